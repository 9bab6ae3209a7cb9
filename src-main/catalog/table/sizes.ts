import { stat } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { badInput } from '../../../src-shared/errors.ts'
import type { ColumnType, Table, TableColumn } from './table.ts'

/**
 * Sizes are checked before memory is allocated, because a few bytes of a header can state any number of rows. A table
 * must fit into a limit that the user can raise, and its file must be large enough to hold the stated rows.
 */

/**
 * Halo positions hardly compress. They take 12 bytes per row; a table whose positions exceed the file size by this
 * factor is rejected.
 */
const mostCompression = 100
/** Sizes below this many bytes are not checked, because they cost nothing. */
const harmlessBytes = 2 ** 24
/** The same limit for text, which takes longer to read than to unpack. */
const harmlessText = 2 ** 23
/** Three positions in single precision */
const fewestRowBytes = 12

/**
 * Bytes that a catalog may take in memory: HALOLAW_MEMORY_LIMIT in GB, or half of this machine's memory.
 * @throws HalolawError `bad-input` if the variable is not a positive number
 */
export function memoryLimit(): number {
  const text = process.env.HALOLAW_MEMORY_LIMIT?.trim() ?? ''
  if (text === '') return totalmem() / 2
  const limit = Number(text) * 1e9
  if (limit > 0 && Number.isFinite(limit)) return limit
  throw badInput(`HALOLAW_MEMORY_LIMIT is "${text}"; set it to a positive number of GB, e.g. 16.`)
}

/** @throws HalolawError `bad-input` if `bytes` exceeds the limit; `what` begins the sentence */
export function requireMemory(what: string, bytes: number, limit = memoryLimit()): void {
  if (bytes <= limit) return
  throw badInput(
    `${what} ${gigabytes(bytes)} of memory, more than the limit of ${gigabytes(limit)}; raise it with --limit GB or by starting Halolaw with HALOLAW_MEMORY_LIMIT=GB, or cut the catalog, e.g. by mass.`
  )
}

/**
 * Checks a table by its number of rows alone: the minimum size of its positions.
 * @param storedBytes of the files that hold it; null if unknown
 * @throws HalolawError `bad-input`
 */
export function judgeRows(path: string, rows: number, storedBytes: number | null, limit?: number): void {
  const bytes = rows * fewestRowBytes
  if (storedBytes !== null && bytes > harmlessBytes && bytes > mostCompression * storedBytes)
    throw badInput(
      `${path} states ${rows} rows in ${storedBytes} bytes, which cannot hold them: most rows were never written, or its header is damaged; write the file again with the rows that it has.`
    )
  requireMemory(`${path} holds ${rows} rows, whose positions alone take`, bytes, limit)
}

/** The same check for a table that a reader has opened. */
export async function judgeTable(
  table: Pick<Table, 'rows' | 'storedBytes'>,
  path: string,
  limit?: number
): Promise<void> {
  const { rows, storedBytes } = table
  if (storedBytes !== undefined) return judgeRows(path, rows, storedBytes, limit)
  const info = await stat(path)
  judgeRows(path, rows, info.isFile() ? info.size : null, limit)
}

/** Bytes of these columns in memory. */
export function columnBytes(rows: number, columns: readonly Pick<TableColumn, 'type' | 'width'>[]): number {
  return columns.reduce((sum, { type, width }) => sum + rows * width * bytesInMemory(type), 0)
}

/** @throws HalolawError `bad-input` if the columns to read, plus a copy of the widest, exceed the limit */
export function judgeColumns(
  path: string,
  rows: number,
  columns: readonly Pick<TableColumn, 'type' | 'width'>[],
  limit?: number
): void {
  const each = columns.map(({ type, width }) => rows * width * bytesInMemory(type))
  const bytes = each.reduce((sum, one) => sum + one, 0) + Math.max(0, ...each)
  requireMemory(`${path} holds ${rows} rows, whose ${columns.length} columns take`, bytes, limit)
}

/**
 * Checks bytes while they are unpacked: text compresses tenfold, and a decompression bomb a thousandfold.
 * @throws HalolawError `bad-input`
 */
export function judgeUnpacked(path: string, unpacked: number, packed: number): void {
  if (unpacked > harmlessText + mostCompression * packed)
    throw badInput(
      `${path} unpacks to more than ${mostCompression} times its size, as no catalog does; unpack it (gunzip) and look at it first.`
    )
}

function bytesInMemory(type: ColumnType): number {
  return ['float16', 'float32', 'int16', 'int8', 'uint16', 'uint8', 'bool'].includes(type) ? 4 : 8
}

function gigabytes(bytes: number): string {
  return bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
