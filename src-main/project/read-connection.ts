import Database from 'better-sqlite3'
import { accessSync, chmodSync, constants, copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/**
 * Settings of every connection. A project may come from an untrusted source, so SQL in its schema may not call
 * functions with side effects.
 */
export function harden(db: Database.Database): Database.Database {
  // The driver itself sets SQLite's defensive mode.
  db.pragma('trusted_schema = OFF')
  db.pragma('cell_size_check = ON')
  return db
}

/**
 * A read-only connection. To read a project with a log, SQLite needs files beside it; if they cannot be created, e.g.
 * on read-only media, this reads a temporary copy.
 */
export function connectForReading(path: string): Database.Database {
  if (!isWritable(path) || !isWritable(dirname(path))) return connectReadOnly(path) ?? connectToCopy(path)
  const db = harden(new Database(path, { fileMustExist: true }))
  db.pragma('query_only = ON')
  return db
}

/** Null for a file with a log that needs files beside it. */
function connectReadOnly(path: string): Database.Database | null {
  const db = new Database(path, { readonly: true, fileMustExist: true })
  try {
    db.pragma('schema_version')
    return harden(db)
  } catch (cause) {
    db.close()
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY')) return null
    throw cause
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** The copy has no name once it is open, so it disappears when the connection closes. */
function connectToCopy(path: string): Database.Database {
  const folder = mkdtempSync(join(tmpdir(), 'halolaw-read-'))
  try {
    const copy = join(folder, basename(path))
    for (const suffix of ['', '-wal', '-journal'])
      if (suffix === '' || existsSync(path + suffix)) {
        copyFileSync(path + suffix, copy + suffix)
        chmodSync(copy + suffix, 0o600)
      }
    const db = harden(new Database(copy, { fileMustExist: true }))
    db.pragma('journal_mode = DELETE')
    db.pragma('query_only = ON')
    return db
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
