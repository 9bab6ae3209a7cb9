import type Database from 'better-sqlite3'
import { badInput } from '../../src-shared/errors.ts'
import { damaged } from './disk-errors.ts'
import type { ProjectFile } from './project-file.ts'
import { integer, readRow } from './rows.ts'
import { tables } from './tables.ts'

/** 'Halo' in ASCII, in the file's header; distinguishes a Halolaw project from any other SQLite file. */
export const applicationId = 0x48616c6f

/**
 * Each entry migrates a project from the previous version to the next. A project's version (PRAGMA user_version) is the
 * number of entries applied to it. Released entries never change.
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
  `ALTER TABLE fronts ADD COLUMN validation_loss REAL`,
  // SQLite before 3.45 reports the check of a missing value, `json_valid(NULL)`, as failed.
  `
  CREATE TABLE new_runs (
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
    result TEXT CHECK (result IS NULL OR json_valid(result)),
    owner TEXT CHECK (owner IS NULL OR json_valid(owner)),
    heartbeat INTEGER
  ) STRICT;
  INSERT INTO new_runs (rowid, id, name, state, config, catalog_id, created_at, step, progress, message, error, result, owner, heartbeat)
    SELECT rowid, id, name, state, config, catalog_id, created_at, step, progress, message, error, result, owner, heartbeat FROM runs;
  DROP TABLE runs;
  ALTER TABLE new_runs RENAME TO runs;
  `,
  // Sides of a cuboid that the user gave; the side of a cube stays in box_size.
  `ALTER TABLE catalogs ADD COLUMN box_sides TEXT CHECK (box_sides IS NULL OR json_valid(box_sides))`
]

export const schemaVersion = migrations.length

/** The number of migrations applied to a project. */
export function versionOf(db: Database.Database): number {
  return integer(db.pragma('user_version', { simple: true }))
}

/**
 * Migrates a project to the version `to`, one transaction per step. Foreign keys are off during the steps, because a
 * step may replace a table that others refer to, and on afterwards.
 * @throws HalolawError `bad-input` when records refer to a missing run
 */
export function migrate(db: Database.Database, to: number = schemaVersion): void {
  db.pragma('foreign_keys = OFF')
  while (versionOf(db) < to) {
    db.transaction(() => {
      // Checked again inside the transaction, because another process may have migrated the file meanwhile.
      const next = versionOf(db)
      if (next >= to) return
      db.exec(migrations[next])
      const orphans = db.pragma('foreign_key_check')
      if (Array.isArray(orphans) && orphans.length > 0)
        throw badInput(`${db.name} is damaged (records of a run that it does not list); restore it from a copy.`)
      db.pragma(`application_id = ${applicationId}`)
      db.pragma(`user_version = ${next + 1}`)
    }).immediate()
  }
  db.pragma('foreign_keys = ON')
}

/** Returns a number never used before in this project, so ids of deleted records are not reused. */
export function takeNumber(file: ProjectFile, key: 'next_run' | 'next_mask'): number {
  const next = readRow(file, tables.counter, 'WHERE key = ?', [key])?.value
  if (next === undefined) throw damaged(file.path, `its table "meta" lacks "${key}"`)
  file.db.prepare('UPDATE meta SET value = ? WHERE key = ?').run(`${next + 1}`, key)
  return next
}
