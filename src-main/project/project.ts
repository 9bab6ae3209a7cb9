import Database from 'better-sqlite3'
import { closeSync, existsSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, relative, resolve } from 'node:path'
import type { CatalogSummary, MaskRecord } from '../../src-shared/contract.ts'
import { badInput, HalolawError } from '../../src-shared/errors.ts'
import { describeDiskError, onDisk } from './disk-errors.ts'
import { isAlive, thisProcess } from './owner.ts'
import { readRow, readRows } from './rows.ts'
import { RunTable } from './run-table.ts'
import { applicationId, migrate, schemaVersion, takeNumber, versionOf } from './schema.ts'
import { tables, type CatalogRow } from './tables.ts'

/** Where the project's catalog is and how it was read: enough to open it again and to notice that it changed. */
export interface CatalogReference {
  /** Absolute */
  path: string
  /** Of the file; 0 for a folder */
  bytes: number
  sha256: string
  map: Record<string, string>
  /** Mpc/h, as the user gave it; null: as the file says */
  boxSize: number | null
  summary: CatalogSummary
}

/** An open project file. Every method is one transaction. */
export class Project {
  readonly path: string
  readonly runs: RunTable
  private readonly db: Database.Database

  /** Use `openProject` or `createProject`. */
  constructor(path: string, db: Database.Database) {
    this.path = path
    this.db = db
    this.runs = new RunTable(path, db)
  }

  /** The catalog opened last; its path is where the file lies now, if it moved together with the project. */
  catalog(): CatalogReference | null {
    const row = readRow(this.db, tables.catalogs, 'ORDER BY id DESC')
    return row && this.referenceOf(row)
  }

  private referenceOf(row: CatalogRow): CatalogReference {
    return {
      path: this.placeOf(row),
      bytes: row.bytes,
      sha256: row.sha256,
      map: row.map,
      boxSize: row.box_size,
      summary: row.summary
    }
  }

  /** Every catalog that was opened in this project, newest first; the same one may occur several times. */
  catalogs(): CatalogReference[] {
    return readRows(this.db, tables.catalogs, 'ORDER BY id DESC').map((row) => this.referenceOf(row))
  }

  /** Forgets the catalogs that no run was made on. */
  forgetUnusedCatalogs(): void {
    onDisk(this.path, () =>
      this.db
        .prepare('DELETE FROM catalogs WHERE id NOT IN (SELECT catalog_id FROM runs WHERE catalog_id IS NOT NULL)')
        .run()
    )
  }

  /** Makes a catalog and the runs made on it refer to another place of the same content. */
  relocateCatalog(sha256: string, path: string): void {
    onDisk(this.path, () =>
      this.db
        .transaction(() => {
          const sameContent = 'SELECT id FROM catalogs WHERE sha256 = @sha256'
          const place = { sha256, path, relative: relative(dirname(this.path), path) }
          this.db
            .prepare(
              `UPDATE runs SET config = json_set(config, '$.catalog', @path)
               WHERE catalog_id IN (${sameContent})
                 AND config ->> 'catalog' IN (SELECT path FROM catalogs WHERE sha256 = @sha256)`
            )
            .run({ sha256, path })
          this.db
            .prepare(
              `UPDATE catalogs SET path = @path, relative_path = @relative, summary = json_set(summary, '$.path', @path)
               WHERE sha256 = @sha256`
            )
            .run(place)
        })
        .immediate()
    )
  }

  /** Where a catalog that the project knows lies now; any other path as it is. */
  locate(path: string): string {
    const row = readRow(this.db, tables.catalogs, 'WHERE path = ? ORDER BY id DESC', [path])
    return row ? this.placeOf(row) : path
  }

  private placeOf({ path, relative_path }: CatalogRow): string {
    if (relative_path === null || existsSync(path)) return path
    const beside = resolve(dirname(this.path), relative_path)
    return existsSync(beside) ? beside : path
  }

  saveCatalog(reference: CatalogReference): void {
    const { path, bytes, sha256, map, boxSize, summary } = reference
    onDisk(this.path, () =>
      this.db
        .prepare(
          `INSERT INTO catalogs (path, relative_path, bytes, sha256, map, box_size, summary, opened_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
        )
        .run(
          path,
          relative(dirname(this.path), path),
          bytes,
          sha256,
          JSON.stringify(map),
          boxSize,
          JSON.stringify(summary),
          new Date().toISOString()
        )
    )
  }

  /** Marks the project as open in this process; false if it is open in another running process. */
  claim(): boolean {
    return onDisk(this.path, () =>
      this.db
        .transaction(() => {
          const owner = readRow(this.db, tables.openedBy, `WHERE key = 'opened_by'`)?.value
          if (owner && owner.pid !== process.pid && isAlive(owner, 0)) return false
          this.db.prepare(`INSERT OR REPLACE INTO meta VALUES ('opened_by', ?)`).run(JSON.stringify(thisProcess()))
          return true
        })
        .immediate()
    )
  }

  masks(): MaskRecord[] {
    const rows = readRows(this.db, tables.masks, 'ORDER BY position')
    return rows.map(({ color, ...mask }) => (color === null ? mask : { ...mask, color }))
  }

  /** Adds a mask, or replaces the one with the same id. */
  saveMask(mask: Omit<MaskRecord, 'id'> & { id?: string }): MaskRecord {
    return onDisk(this.path, () =>
      this.db
        .transaction(() => {
          const number = takeNumber(this.db, 'next_mask')
          const record: MaskRecord = { ...mask, id: mask.id ?? `m${number}` }
          this.db
            .prepare(
              `INSERT INTO masks VALUES (@id, @name, @role, @expression, @color, @position)
               ON CONFLICT (id) DO UPDATE SET name = @name, role = @role, expression = @expression, color = @color`
            )
            .run({ ...record, color: record.color ?? null, position: number })
          return record
        })
        .immediate()
    )
  }

  deleteMask(id: string): void {
    const { changes } = onDisk(this.path, () => this.db.prepare('DELETE FROM masks WHERE id = ?').run(id))
    if (changes === 0) throw new HalolawError('not-found', `The project has no mask "${id}".`)
  }

  /**
   * Writes a copy under another name. It replaces an existing project only when the copy is complete, and includes everything
   * saved in the meantime.
   * @throws HalolawError `disk`: the old file and the new one's predecessor are untouched.
   */
  async copyTo(path: string): Promise<void> {
    const target = resolve(path)
    if (existsSync(target)) {
      inspect(target)
      // Merges the log of the replaced file, because a leftover log would damage the new one.
      onDisk(target, () => new Database(target).close())
    }
    requireFolder(target)
    const partial = `${target}.partial-${process.pid}`
    try {
      await this.db.backup(partial)
      renameSync(partial, target)
    } catch (cause) {
      onDisk(target, () => {
        for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(partial + suffix, { force: true })
      })
      throw describeDiskError(target, cause)
    }
  }

  close(): void {
    this.db.close()
  }
}

/** @throws HalolawError `disk` when the file cannot be made, `bad-input` when there is one already. */
export function createProject(path: string): Project {
  const target = resolve(path)
  if (existsSync(target)) throw badInput(`${target} exists already; open it, or choose another name.`)
  requireFolder(target)
  return connect(target)
}

/**
 * Opens a project; runs whose process is gone are marked interrupted, and can be resumed.
 * @throws HalolawError `bad-input`: missing, or not a project; `project-version`: from a newer Halolaw, left untouched;
 *   `disk`: it cannot be written.
 */
export function openProject(path: string): Project {
  const target = resolve(path)
  inspect(target)
  return connect(target)
}

function requireFolder(path: string): void {
  if (!existsSync(dirname(path)))
    throw new HalolawError('disk', `The folder ${dirname(path)} does not exist; choose another, or make it first.`)
}

function connect(path: string): Project {
  return onDisk(path, () => {
    const db = new Database(path)
    try {
      db.pragma('journal_mode = WAL')
      db.pragma('synchronous = NORMAL')
      db.pragma('foreign_keys = ON')
      db.pragma('trusted_schema = OFF')
      refuseNewer(path, versionOf(db))
      migrate(db)
      const project = new Project(path, db)
      project.runs.markInterrupted()
      // Puts name and version into the file itself, where `inspect` reads them.
      db.pragma('wal_checkpoint(PASSIVE)')
      return project
    } catch (cause) {
      db.close()
      throw cause
    }
  })
}

/** Reads only the header, so that a file that is no project, or a newer one, stays untouched. */
function inspect(path: string): void {
  const header = Buffer.alloc(100)
  try {
    if (statSync(path).isDirectory()) throw badInput(`${path} is a folder; name the project file in it.`)
    const file = openSync(path, 'r')
    try {
      readSync(file, header, 0, header.length, 0)
    } finally {
      closeSync(file)
    }
  } catch (cause) {
    if (cause instanceof HalolawError) throw cause
    const code = (cause as NodeJS.ErrnoException).code
    throw badInput(
      code === 'ENOENT'
        ? `There is no file ${path}; check the name.`
        : `${path} cannot be read (${code}); check its permissions.`
    )
  }
  const isProject = header.toString('latin1', 0, 15) === 'SQLite format 3' && header.readUInt32BE(68) === applicationId
  if (!isProject) throw badInput(`${path} is not a Halolaw project; open it as a catalog, or choose a .halolaw file.`)
  refuseNewer(path, header.readUInt32BE(60))
}

function refuseNewer(path: string, version: number): void {
  if (version > schemaVersion)
    throw new HalolawError(
      'project-version',
      `${basename(path)} was written by a newer Halolaw (project version ${version}, this one knows ${schemaVersion}); the file is unchanged; update Halolaw to open it.`
    )
}
