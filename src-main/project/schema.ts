import type Database from 'better-sqlite3'
import { integer, readRow } from './rows.ts'
import { tables } from './tables.ts'
import { logger } from '../log.ts'

const log = logger('project')

/** 'Halo' in ASCII, in the file's header: tells a Halolaw project from any other SQLite file. */
export const applicationId = 0x48616c6f

/**
 * Each entry takes a project from the version before to the next; a project's version is the number of entries it has
 * been through (PRAGMA user_version). Entries that were released are never changed.
 */
const migrations = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  INSERT INTO meta VALUES ('next_run', '1'), ('next_mask', '1');

  CREATE TABLE catalogs (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    relative_path TEXT,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    map TEXT NOT NULL CHECK (json_valid(map)),
    box_size REAL,
    summary TEXT NOT NULL CHECK (json_valid(summary)),
    opened_at TEXT NOT NULL
  ) STRICT;

  CREATE TABLE masks (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('ood', 'test')),
    expression TEXT NOT NULL,
    color TEXT,
    position INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL
      CHECK (state IN ('queued', 'running', 'paused', 'done', 'failed', 'cancelled', 'interrupted')),
    config TEXT NOT NULL CHECK (json_valid(config)),
    catalog_id INTEGER REFERENCES catalogs (id),
    created_at TEXT NOT NULL,
    step TEXT,
    progress REAL NOT NULL DEFAULT 0,
    message TEXT NOT NULL DEFAULT '',
    error TEXT,
    result TEXT CHECK (json_valid(result)),
    owner TEXT CHECK (json_valid(owner)),
    heartbeat INTEGER
  ) STRICT;

  CREATE TABLE splits (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    set_name TEXT NOT NULL,
    halos BLOB NOT NULL,
    PRIMARY KEY (run_id, set_name)
  ) STRICT;

  CREATE TABLE epochs (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    train_loss REAL,
    validation_mae REAL,
    learning_rate REAL,
    seconds REAL,
    message_std BLOB NOT NULL,
    PRIMARY KEY (run_id, epoch)
  ) STRICT;

  CREATE TABLE checkpoints (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    data BLOB NOT NULL,
    saved_at TEXT NOT NULL,
    PRIMARY KEY (run_id, key)
  ) STRICT;

  CREATE TABLE fronts (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    which TEXT NOT NULL CHECK (which IN ('message', 'node', 'law')),
    position INTEGER NOT NULL,
    complexity REAL NOT NULL,
    loss REAL,
    score REAL,
    text TEXT NOT NULL,
    latex TEXT NOT NULL,
    python TEXT NOT NULL,
    PRIMARY KEY (run_id, which, position)
  ) STRICT;

  CREATE TABLE models (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    model_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (run_id, model_id)
  ) STRICT;

  CREATE TABLE predictions (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    model_id TEXT NOT NULL,
    delta BLOB NOT NULL,
    PRIMARY KEY (run_id, model_id)
  ) STRICT;

  CREATE TABLE metrics (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    model_id TEXT NOT NULL,
    set_name TEXT NOT NULL,
    mae REAL,
    low REAL,
    high REAL,
    bias REAL,
    r2 REAL,
    PRIMARY KEY (run_id, model_id, set_name)
  ) STRICT;

  CREATE TABLE formulas (
    run_id TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    message TEXT NOT NULL,
    node TEXT NOT NULL,
    text TEXT NOT NULL,
    latex TEXT NOT NULL,
    python TEXT NOT NULL
  ) STRICT;
  `,
  `ALTER TABLE epochs ADD COLUMN message_kl BLOB`,
  `ALTER TABLE fronts ADD COLUMN validation_loss REAL`
]

export const schemaVersion = migrations.length

/** How many of the migrations a project has been through. */
export function versionOf(db: Database.Database): number {
  return integer(db.pragma('user_version', { simple: true }))
}

/** Brings a project to the present version, each step in one transaction. */
export function migrate(db: Database.Database): void {
  while (versionOf(db) < schemaVersion) {
    db.transaction(() => {
      // Checked again inside the transaction, because another process may have migrated the file meanwhile.
      const next = versionOf(db)
      if (next >= schemaVersion) return
      db.exec(migrations[next])
      db.pragma(`application_id = ${applicationId}`)
      db.pragma(`user_version = ${next + 1}`)
      if (next > 0) log.info(`${db.name} is migrated to project version ${next + 1}.`)
    }).immediate()
  }
}

/** A number never used before in this project: ids of deleted records are not reused. */
export function takeNumber(db: Database.Database, key: 'next_run' | 'next_mask'): number {
  db.prepare('UPDATE meta SET value = value + 1 WHERE key = ?').run(key)
  return Number(readRow(db, tables.counter, 'WHERE key = ?', [key])?.value) - 1
}
