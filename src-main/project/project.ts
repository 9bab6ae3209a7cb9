import Database from 'better-sqlite3'
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, relative, resolve } from 'node:path'
import { isSides } from '../../src-shared/contract/box.ts'
import type { BoxSize } from '../../src-shared/contract/box.ts'
import type { CatalogSummary, MaskRecord } from '../../src-shared/contract.ts'
import { badInput, HalolawError } from '../../src-shared/errors.ts'
import { logger } from '../log.ts'
import { checkHeader, checkProject } from './check.ts'
import { checkProjectAside } from './check-aside.ts'
import { damaged, describeDiskError, onDisk } from './disk-errors.ts'
import { fileSystemType, journalModeOn } from './file-system.ts'
import { acquireLock, describeHolder, ProjectLock } from './lock.ts'
import { moveIntoPlace, newPartial, removeWithLogs } from './partial.ts'
import { requireWritable, writeTo, type ProjectFile } from './project-file.ts'
import { connectForReading, harden } from './read-connection.ts'
import { readRow, readRows } from './rows.ts'
import { RunTable } from './run-table.ts'
import { migrate, schemaVersion, takeNumber, versionOf } from './schema.ts'
import { tables, type CatalogRow } from './tables.ts'

const log = logger('project')

/** With `write`, a project that is not writable opens for reading only. */
export type ProjectAccess = 'read' | 'write'

/** Location of the project's catalog and how it was read: enough to open it again and to detect a change. */
export interface CatalogReference {
  /** Absolute */
  path: string
  /** Size of the file; 0 for a folder */
  bytes: number
  sha256: string
  map: Record<string, string>
  /** Mpc/h, as the user gave it; null: the file's value */
  boxSize: BoxSize | null
  summary: CatalogSummary
}

/** An open project file. Every method is one transaction. */
export class Project {
  readonly path: string
  readonly runs: RunTable
  private readonly file: ProjectFile

  /** Use `openProject` or `createProject`. */
  constructor(file: ProjectFile) {
    this.path = file.path
    this.file = file
    this.runs = new RunTable(file)
  }

  /** The catalog opened last. Its path is the file's current path if it moved together with the project. */
  catalog(): CatalogReference | null {
    const row = readRow(this.file, tables.catalogs, 'ORDER BY id DESC')
    return row && this.referenceOf(row)
  }

  private referenceOf(row: CatalogRow): CatalogReference {
    return {
      path: this.placeOf(row),
      bytes: row.bytes,
      sha256: row.sha256,
      map: row.map,
      boxSize: row.box_sides ?? row.box_size,
      summary: row.summary
    }
  }

  /** Every catalog opened in this project, newest first; the same one may occur several times. */
  catalogs(): CatalogReference[] {
    return readRows(this.file, tables.catalogs, 'ORDER BY id DESC').map((row) => this.referenceOf(row))
  }

  /** Removes the catalogs that no run uses. */
  forgetUnusedCatalogs(): void {
    writeTo(this.file, () =>
      this.file.db
        .prepare('DELETE FROM catalogs WHERE id NOT IN (SELECT catalog_id FROM runs WHERE catalog_id IS NOT NULL)')
        .run()
    )
  }

  /** Points a catalog and its runs to another location of the same content. */
  relocateCatalog(sha256: string, path: string): void {
    writeTo(this.file, () => {
      const sameContent = 'SELECT id FROM catalogs WHERE sha256 = @sha256'
      this.file.db
        .prepare(
          `UPDATE runs SET config = json_set(config, '$.catalog', @path)
           WHERE catalog_id IN (${sameContent})
             AND config ->> 'catalog' IN (SELECT path FROM catalogs WHERE sha256 = @sha256)`
        )
        .run({ sha256, path })
      this.file.db
        .prepare(
          `UPDATE catalogs SET path = @path, relative_path = @relative, summary = json_set(summary, '$.path', @path)
           WHERE sha256 = @sha256`
        )
        .run({ sha256, path, relative: relative(dirname(this.path), path) })
    })
  }

  /** Current location of a catalog that the project knows; returns any other path unchanged. */
  locate(path: string): string {
    const row = readRow(this.file, tables.catalogs, 'WHERE path = ? ORDER BY id DESC', [path])
    return row ? this.placeOf(row) : path
  }

  private placeOf({ path, relative_path }: CatalogRow): string {
    if (relative_path === null || existsSync(path)) return path
    const beside = resolve(dirname(this.path), relative_path)
    return existsSync(beside) ? beside : path
  }

  saveCatalog(reference: CatalogReference): void {
    const { path, bytes, sha256, map, boxSize, summary } = reference
    writeTo(this.file, () =>
      this.file.db
        .prepare(
          `INSERT INTO catalogs (path, relative_path, bytes, sha256, map, box_size, box_sides, summary, opened_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
        )
        .run(
          path,
          relative(dirname(this.path), path),
          bytes,
          sha256,
          JSON.stringify(map),
          typeof boxSize === 'number' ? boxSize : null,
          isSides(boxSize) ? JSON.stringify(boxSize) : null,
          JSON.stringify(summary),
          new Date().toISOString()
        )
    )
  }

  masks(): MaskRecord[] {
    const rows = readRows(this.file, tables.masks, 'ORDER BY position')
    return rows.map(({ color, ...mask }) => (color === null ? mask : { ...mask, color }))
  }

  /** Adds a mask, or replaces the one with the same id. */
  saveMask(mask: Omit<MaskRecord, 'id'> & { id?: string }): MaskRecord {
    return writeTo(this.file, () => {
      const number = takeNumber(this.file, 'next_mask')
      const record: MaskRecord = { ...mask, id: mask.id ?? `m${number}` }
      this.file.db
        .prepare(
          `INSERT INTO masks VALUES (@id, @name, @role, @expression, @color, @position)
           ON CONFLICT (id) DO UPDATE SET name = @name, role = @role, expression = @expression, color = @color`
        )
        .run({ ...record, color: record.color ?? null, position: number })
      return record
    })
  }

  deleteMask(id: string): void {
    const { changes } = writeTo(this.file, () => this.file.db.prepare('DELETE FROM masks WHERE id = ?').run(id))
    if (changes === 0)
      throw new HalolawError(
        'not-found',
        `The project has no mask "${id}"; it was deleted, so choose one that the project lists.`
      )
  }

  /** The sentence that says why the project cannot be written; null: it can. */
  get readOnly(): string | null {
    return this.file.readOnly?.message ?? null
  }

  /** @throws HalolawError for a project that is open only for reading */
  requireWritable(): void {
    requireWritable(this.file)
  }

  /** Like `saveAs`, without opening the copy. */
  async copyTo(path: string): Promise<void> {
    ;(await this.saveAs(path)).close()
  }

  /**
   * Writes a copy under another name and opens it. The copy replaces an existing project in one transaction of that
   * file, and includes everything saved in the meantime.
   * @throws HalolawError `bad-input` when the target is open in another Halolaw; `disk`; the target stays unchanged
   */
  async saveAs(path: string): Promise<Project> {
    const target = resolve(path)
    requireFolder(target)
    const exists = existsSync(target)
    if (exists) checkHeader(target)
    const lock = lockForWriting(target, 'close it there, or choose another name')
    if (lock instanceof HalolawError) throw lock
    try {
      if (exists) await this.file.db.backup(target)
      else await this.copyToNew(target)
      return connect(target, lock)
    } catch (cause) {
      lock.release()
      throw describeDiskError(target, cause)
    }
  }

  private async copyToNew(target: string): Promise<void> {
    const partial = newPartial(target)
    try {
      await this.file.db.backup(partial)
      moveIntoPlace(partial, target)
    } finally {
      removeWithLogs(partial)
    }
  }

  /** Moves what the log beside the file holds into the file: a copy of the file alone is then whole. */
  gather(): void {
    onDisk(this.path, () => this.file.db.pragma('wal_checkpoint(TRUNCATE)'))
  }

  close(): void {
    this.file.db.close()
    this.file.lock?.release()
  }

  /** Closes the project and removes its file. */
  discard(): void {
    this.requireWritable()
    this.file.db.close()
    removeWithLogs(this.path)
    this.file.lock?.release()
  }
}

/** @throws HalolawError `disk` when the file cannot be created, `bad-input` when it already exists. */
export function createProject(path: string): Project {
  const target = resolve(path)
  const refuseExisting = (): void => {
    if (existsSync(target)) throw badInput(`${target} exists already; open it, or choose another name.`)
  }
  refuseExisting()
  requireFolder(target)
  const lock = lockForWriting(target, 'close it there, or choose another name')
  if (lock instanceof HalolawError) throw lock
  const partial = newPartial(target)
  try {
    refuseExisting()
    // The file gets its name only when it is a complete project, so a crash leaves no partial project.
    connectForWriting(partial).close()
    moveIntoPlace(partial, target)
    return connect(target, lock)
  } catch (cause) {
    lock.release()
    throw describeDiskError(target, cause)
  } finally {
    removeWithLogs(partial)
  }
}

/**
 * Opens a project after checking the whole file. For writing, it locks and migrates the project, and marks runs whose
 * process is gone as interrupted. If another Halolaw has it open, or it is not writable, it opens for reading, see
 * `readOnly`.
 * @throws HalolawError `bad-input`: missing, not a project, or damaged; `project-version`: from a newer Halolaw, left
 * untouched
 */
export function openProject(path: string, access: ProjectAccess = 'write'): Project {
  const target = resolve(path)
  checkProject(target)
  return openChecked(target, access)
}

/** `openProject` with its checks in a thread, which keeps this one free. */
export async function openProjectAside(path: string, access: ProjectAccess = 'write'): Promise<Project> {
  const target = resolve(path)
  await checkProjectAside(target)
  return openChecked(target, access)
}

function openChecked(path: string, access: ProjectAccess): Project {
  return onDisk(path, () => {
    if (access === 'read')
      return readOnlyProject(
        path,
        badInput(`${path} is open for reading only; save a copy under another name to change it.`)
      )
    const lock = lockForWriting(
      path,
      'it is open for reading only here; close it there, or save a copy under another name'
    )
    if (lock instanceof HalolawError) return readOnlyProject(path, lock)
    try {
      return connect(path, lock)
    } catch (cause) {
      lock.release()
      throw cause
    }
  })
}

/** The lock, or the error that says why it was not acquired. */
function lockForWriting(path: string, remedy: string): ProjectLock | HalolawError {
  if (existsSync(path) && !mayWrite(path)) return unwritable(path)
  // A lock and SQLite's log belong to a name, so a second name would let a second program write the same file.
  const names = statSync(path, { throwIfNoEntry: false })?.nlink ?? 1
  if (names > 1)
    return badInput(
      `${basename(path)} has ${names} names on this disk (hard links), under which two programs could write it at once, so nothing is written to it; use a copy, or remove the other name.`
    )
  const lock = onDisk(path, () => acquireLock(realPath(path)))
  if (lock instanceof ProjectLock) return lock
  if ('unwritable' in lock) return unwritable(path)
  return badInput(`${basename(path)} is ${describeHolder(lock.holder)}; ${remedy}.`)
}

function unwritable(path: string): HalolawError {
  return new HalolawError(
    'disk',
    `${path} may not be written, so it is open for reading only; save a copy in a folder of your own, or change its permissions.`
  )
}

/** Resolves symbolic links, so that a project has one lock under all its names. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function requireFolder(path: string): void {
  if (!existsSync(dirname(path)))
    throw new HalolawError('disk', `The folder ${dirname(path)} does not exist; choose another, or make it first.`)
}

function readOnlyProject(path: string, readOnly: HalolawError): Project {
  const db = connectForReading(path)
  return new Project({ path, db, version: versionOf(db), readOnly, lock: null })
}

function connect(path: string, lock: ProjectLock): Project {
  return onDisk(path, () => {
    const db = connectForWriting(path)
    try {
      const project = new Project({ path, db, version: schemaVersion, readOnly: null, lock })
      project.runs.markInterrupted()
      return project
    } catch (cause) {
      db.close()
      throw cause
    }
  })
}

function connectForWriting(path: string): Database.Database {
  const db = harden(new Database(path))
  try {
    const journal = journalModeOn(fileSystemType(path))
    db.pragma(`journal_mode = ${journal}`)
    db.pragma(`synchronous = ${journal === 'WAL' ? 'NORMAL' : 'FULL'}`)
    const version = versionOf(db)
    if (version < schemaVersion) {
      migrate(db)
      if (version > 0) log.info(`${path} is migrated from project version ${version} to ${schemaVersion}.`)
    }
    db.pragma('foreign_keys = ON')
    // Puts name and version into the file itself, where `checkHeader` reads them.
    db.pragma('wal_checkpoint(PASSIVE)')
    return db
  } catch (cause) {
    db.close()
    // The schema matches its version, so a step fails only on damaged content.
    if (cause instanceof Database.SqliteError && cause.code === 'SQLITE_ERROR') throw damaged(path, cause.message)
    throw cause
  }
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
