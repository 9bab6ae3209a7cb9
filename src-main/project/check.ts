import Database from 'better-sqlite3'
import { closeSync, openSync, readSync, statSync, type Stats } from 'node:fs'
import { basename } from 'node:path'
import { badInput, HalolawError } from '../../src-shared/errors.ts'
import { damaged, onDisk } from './disk-errors.ts'
import { connectForReading } from './read-connection.ts'
import { applicationId, migrate, schemaVersion, versionOf } from './schema.ts'

/**
 * Checks a file before any of its content is used: its kind, its header, its schema and its pages. The time depends
 * only on the size of the file.
 * @throws HalolawError `bad-input`: no file, not a project, or damaged; `project-version`: from a newer Halolaw
 */
export function checkProject(path: string): void {
  checkHeader(path)
  onDisk(path, () => {
    const db = connectForReading(path)
    try {
      checkSchema(path, db)
      checkPages(path, db)
    } catch (cause) {
      // A schema or a format that this SQLite cannot read
      if (cause instanceof Database.SqliteError && cause.code === 'SQLITE_ERROR') throw damaged(path, cause.message)
      throw cause
    } finally {
      db.close()
    }
  })
}

/** Reading a pipe or a device may never end. */
export function refuseUnlessFile(path: string, stats: Stats): void {
  if (stats.isDirectory()) throw badInput(`${path} is a folder; name the project file in it.`)
  if (!stats.isFile()) throw badInput(`${path} is not a file but a device, pipe or socket; choose a .halolaw file.`)
}

/** Reads only the header, so that a newer project, or a file that is not a project, stays untouched. */
export function checkHeader(path: string): void {
  const header = Buffer.alloc(100)
  try {
    refuseUnlessFile(path, statSync(path))
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

/** Schema objects by kind and name: tables, indexes, and in a foreign file views and triggers. */
type Schema = ReadonlyMap<string, string>

/** Reading the schema evaluates none of it, unlike a query of a view or of a generated column. */
function schemaOf(db: Database.Database): Schema {
  const rows = db.prepare<[], [unknown, unknown, unknown]>('SELECT type, name, sql FROM sqlite_schema').raw().iterate()
  const schema = new Map<string, string>()
  for (const [type, name, sql] of rows) {
    schema.set(`${String(type)} "${String(name)}"`, normalised(String(sql)))
    if (schema.size > 1000) break
  }
  return schema
}

/** SQLite adds quotes when it renames a table, and keeps the layout of the text. */
function normalised(sql: string): string {
  return sql.replaceAll('"', '').replace(/\s+/g, ' ').trim()
}

const known = new Map<number, Schema>()

function schemaOfVersion(version: number): Schema {
  const cached = known.get(version)
  if (cached) return cached
  const db = new Database(':memory:')
  try {
    migrate(db, version)
    const schema = schemaOf(db)
    known.set(version, schema)
    return schema
  } finally {
    db.close()
  }
}

function checkSchema(path: string, db: Database.Database): void {
  const version = versionOf(db)
  refuseNewer(path, version)
  if (version < 1) throw damaged(path, `its version is ${version}`)
  const expected = schemaOfVersion(version)
  const actual = schemaOf(db)
  for (const [name, sql] of expected) {
    const other = actual.get(name)
    if (other === undefined) throw damaged(path, `its ${name} is missing`)
    if (other !== sql) throw damaged(path, `its ${name} is not as Halolaw makes it`)
  }
  for (const name of actual.keys())
    if (!expected.has(name)) throw damaged(path, `it contains the ${name}, which Halolaw does not make`)
}

/** Messages about single values. Reading a value checks it again and gives a better sentence. */
const aboutValues = /^(non-[A-Z]+ value in|NULL value in|CHECK constraint failed in)/

/** Finds pages that are used twice, loops, and indexes that do not match their tables. Stops at the first finding. */
function checkPages(path: string, db: Database.Database): void {
  const findings = db.prepare<[], [string]>('PRAGMA integrity_check(1000)').raw().iterate()
  for (const [finding] of findings)
    if (finding !== 'ok' && !aboutValues.test(finding)) throw damaged(path, firstLine(finding))
}

/** A line with the name of the database precedes the finding. */
function firstLine(finding: string): string {
  return finding.split('\n').find((line) => !line.startsWith('***')) ?? finding
}
