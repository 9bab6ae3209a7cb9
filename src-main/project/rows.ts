import { isSides } from '../../src-shared/contract/box.ts'
import type { Sides } from '../../src-shared/contract/box.ts'
import { damaged, describeDiskError } from './disk-errors.ts'
import { isRecord, problemIn, type ContentCheck } from './content.ts'
import { unpack } from './pack.ts'
import type { ProjectFile } from './project-file.ts'

/** Reads one value of a row. Throws a Mismatch for a value that Halolaw does not write there. */
export type CellReader<T> = (value: unknown) => T

/** The columns that are read from a table. */
export interface RowShape<Row> {
  table: string
  columns: { [Name in keyof Row]: CellReader<Row[Name]> }
  /**
   * The project version that added each column missing from the first version; these columns are null in older files
   */
  since: ReadonlyMap<string, number>
}

/** The message describes the expected content of the cell. */
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

/**
 * Reads numbers stored as bytes, little-endian like every machine that Node runs on; returns an aligned copy.
 * @param most how many there may be
 */
export function numbers<T>(
  Kind: { new (buffer: ArrayBuffer): T; BYTES_PER_ELEMENT: number },
  most = Infinity
): CellReader<T> {
  return (value) => {
    const bytes = blob(value)
    if (bytes.length > most * Kind.BYTES_PER_ELEMENT) throw new Mismatch(`at most ${most} numbers`)
    if (bytes.length % Kind.BYTES_PER_ELEMENT !== 0)
      throw new Mismatch(`bytes in multiples of ${Kind.BYTES_PER_ELEMENT}`)
    return new Kind(new Uint8Array(bytes).buffer)
  }
}

function parsed(value: unknown): unknown {
  try {
    return JSON.parse(text(value))
  } catch {
    throw new Mismatch('JSON')
  }
}

/** An object as JSON. */
export function json<T extends object>(check: ContentCheck): CellReader<T> {
  return (value) => checkedBy<T>(parsed(value), check)
}

/** Three sides of a box as JSON. */
export const jsonSides: CellReader<Sides> = (value) => {
  const sides = parsed(value)
  if (isSides(sides)) return sides
  throw new Mismatch('three positive numbers')
}

/** An object as `pack` writes it. */
export function packed<T extends object>(check: ContentCheck): CellReader<T> {
  return (value) => checkedBy<T>(unpacked(value), check)
}

/** Bytes as `pack` writes them. */
export const packedBytes: CellReader<Uint8Array> = (value) => {
  checkedBy(unpacked(value), () => null)
  return blob(value)
}

function unpacked(value: unknown): unknown {
  try {
    return unpack(blob(value))
  } catch {
    throw new Mismatch('a packed record')
  }
}

/** The check is for a T: `check` and the type are declared side by side in tables.ts. */
function checkedBy<T extends object>(value: unknown, check: ContentCheck): T {
  const problem = isObject<T>(value) ? problemIn(value, check) : 'not an object'
  if (problem === null) return value as T
  throw new Mismatch(`what belongs there: ${problem}`)
}

function isObject<T extends object>(value: unknown): value is T {
  return isRecord(value)
}

/** The row type of a shape. */
export type RowOf<S> = S extends RowShape<infer Row> ? Row : never

/**
 * Reads rows and checks each of their values.
 * @param rest SQL after FROM and the table's name: JOIN, WHERE, ORDER BY
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
  try {
    const rows = file.db
      .prepare<(string | number)[], unknown[]>(`SELECT ${selected.join(', ')} FROM ${shape.table} ${rest}`)
      .raw()
      .iterate(...values)
    // One by one: a damaged record stops the reading before later records are in memory.
    return Array.from(rows, (row) => readCells(file, shape, names, row))
  } catch (cause) {
    throw describeReadError(file, shape.table, cause)
  }
}

function readCells<Row>(
  { path }: ProjectFile,
  shape: RowShape<Row>,
  names: readonly (keyof Row & string)[],
  row: readonly unknown[]
): Row {
  const result: Partial<Row> = {}
  names.forEach((name, index) => {
    try {
      result[name] = shape.columns[name](row[index])
    } catch (cause) {
      if (!(cause instanceof Mismatch)) throw cause
      throw damaged(path, `column "${name}" of its table "${shape.table}" does not hold ${cause.message}`)
    }
  })
  return result as Row
}

/** The first row; null if there is none. */
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

/** SQLITE_ERROR: the table or one of its columns is missing. */
function describeReadError({ path }: ProjectFile, table: string, cause: unknown): unknown {
  if (cause instanceof Error && 'code' in cause && cause.code === 'SQLITE_ERROR')
    return damaged(path, `its table "${table}" cannot be read: ${cause.message}`)
  return describeDiskError(path, cause)
}
