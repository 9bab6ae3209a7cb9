import { damaged, describeDiskError } from './disk-errors.ts'
import { unpack } from './pack.ts'
import type { ProjectFile } from './project-file.ts'

/** Reads one value of a row. Throws a Mismatch for a value that Halolaw does not write there. */
export type CellReader<T> = (value: unknown) => T

/** What a table has in the columns that are read. */
export interface RowShape<Row> {
  table: string
  columns: { [Name in keyof Row]: CellReader<Row[Name]> }
  /** Project versions from which on columns exist that the first version lacks; they are null in older files */
  since: ReadonlyMap<string, number>
}

/** The message says what belongs in the cell. */
class Mismatch extends Error {}

function cell<T>(expected: string, fits: (value: unknown) => value is T): CellReader<T> {
  return (value) => {
    if (fits(value)) return value
    throw new Mismatch(expected)
  }
}

export const text = cell('text', (value) => typeof value === 'string')
export const real = cell('a number', (value) => typeof value === 'number')
export const integer = cell('a whole number', (value): value is number => Number.isSafeInteger(value))
/** A number of things, zero or more */
export const count = cell(
  'a whole number from 0',
  (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0
)
export const blob = cell('bytes', (value) => value instanceof Uint8Array)

export function nullable<T>(reader: CellReader<T>): CellReader<T | null> {
  return (value) => (value === null ? null : reader(value))
}

/** SQLite has no NaN: it stores NULL. */
export const realOrNaN: CellReader<number> = (value) => nullable(real)(value) ?? NaN

/** A whole number as text */
export const integerText: CellReader<number> = (value) => {
  const digits = text(value)
  if (!/^\d{1,15}$/.test(digits)) throw new Mismatch('a whole number as text')
  return Number(digits)
}

export function oneOf<const W extends string>(words: readonly W[]): CellReader<W> {
  return cell(words.join(', '), (value): value is W => words.some((word) => word === value))
}

/** Numbers as bytes, little-endian as every machine that Node runs on has them; the answer is a copy, aligned for its elements. */
export function numbers<T>(Kind: { new (buffer: ArrayBuffer): T; BYTES_PER_ELEMENT: number }): CellReader<T> {
  return (value) => {
    const bytes = blob(value)
    if (bytes.length % Kind.BYTES_PER_ELEMENT !== 0)
      throw new Mismatch(`bytes in multiples of ${Kind.BYTES_PER_ELEMENT}`)
    return new Kind(new Uint8Array(bytes).buffer)
  }
}

type MemberKind = 'text' | 'number' | 'list' | 'object'

/**
 * The members that T has at least. Members inside them are not checked: a project may come from a version of Halolaw that
 * wrote more or fewer of them, and a number that was not finite is null in JSON.
 */
export type Members<T> = { readonly [Name in keyof T]?: MemberKind }

/** An object as JSON. */
export function json<T extends object>(members: Members<T>): CellReader<T> {
  return (value) => {
    let parsed: unknown
    try {
      parsed = JSON.parse(text(value))
    } catch {
      throw new Mismatch('JSON')
    }
    return withMembers(parsed, members)
  }
}

/** Texts by name, as JSON. */
export const jsonTexts: CellReader<Record<string, string>> = (value) => {
  const texts = json<Record<string, string>>({})(value)
  if (Object.values(texts).every((one) => typeof one === 'string')) return texts
  throw new Mismatch('an object of texts')
}

/** An object as `pack` writes it. */
export function packed<T extends object>(members: Members<T>): CellReader<T> {
  return (value) => {
    let data: unknown
    try {
      data = unpack(blob(value))
    } catch {
      throw new Mismatch('a packed record')
    }
    return withMembers(data, members)
  }
}

function withMembers<T extends object>(value: unknown, members: Members<T>): T {
  if (isObject<T>(value, members)) return value
  const list = Object.entries(members).map(([name, kind]) => `${name} (${String(kind)})`)
  throw new Mismatch(list.length === 0 ? 'an object' : `an object with ${list.join(', ')}`)
}

function isObject<T extends object>(value: unknown, members: Members<T>): value is T {
  if (kindOf(value) !== 'object') return false
  const given = new Map(Object.entries(value as object))
  return Object.entries(members).every(([name, kind]) => kindOf(given.get(name)) === kind)
}

function kindOf(value: unknown): MemberKind | null {
  if (typeof value === 'string') return 'text'
  if (typeof value === 'number') return 'number'
  if (Array.isArray(value)) return 'list'
  return typeof value === 'object' && value !== null ? 'object' : null
}

/** The row of a shape. */
export type RowOf<S> = S extends RowShape<infer Row> ? Row : never

/**
 * Reads rows and checks every value of them.
 * @param rest what follows FROM and the table's name: JOIN, WHERE, ORDER BY
 * @param values for the question marks of `rest`
 * @throws HalolawError `bad-input` with file, table and column for content that Halolaw does not write; `disk`
 */
export function readRows<Row>(
  file: ProjectFile,
  shape: RowShape<Row>,
  rest: string,
  values: readonly (string | number)[] = []
): Row[] {
  const names = columnNames(shape)
  const selected = names.map((name) => ((shape.since.get(name) ?? 0) > file.version ? `NULL AS ${name}` : name))
  let rows: unknown[][]
  try {
    rows = file.db
      .prepare<(string | number)[], unknown[]>(`SELECT ${selected.join(', ')} FROM ${shape.table} ${rest}`)
      .raw()
      .all(...values)
  } catch (cause) {
    throw describeReadError(file, shape.table, cause)
  }
  return rows.map((row) => {
    const read: Partial<Row> = {}
    names.forEach((name, index) => {
      try {
        read[name] = shape.columns[name](row[index])
      } catch (cause) {
        if (!(cause instanceof Mismatch)) throw cause
        throw damaged(file.path, `column "${name}" of its table "${shape.table}" does not hold ${cause.message}`)
      }
    })
    return read as Row
  })
}

/** The first row; null when there is none. */
export function readRow<Row>(
  file: ProjectFile,
  shape: RowShape<Row>,
  rest: string,
  values: readonly (string | number)[] = []
): Row | null {
  return readRows(file, shape, `${rest} LIMIT 1`, values)[0] ?? null
}

function columnNames<Row>({ columns }: RowShape<Row>): (keyof Row & string)[] {
  return Object.keys(columns) as (keyof Row & string)[]
}

/** SQLITE_ERROR: the table or a column of it is missing. */
function describeReadError({ path }: ProjectFile, table: string, cause: unknown): unknown {
  if (cause instanceof Error && 'code' in cause && cause.code === 'SQLITE_ERROR')
    return damaged(path, `its table "${table}" cannot be read: ${cause.message}`)
  return describeDiskError(path, cause)
}
