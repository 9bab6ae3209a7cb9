import { open, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet'
import type { AsyncBuffer, Compressors, FileMetaData, SchemaTree } from 'hyparquet'
import { compressors as foreign } from 'hyparquet-compressors'
import { badInput, HalolawError } from '../../../src-shared/errors.ts'
import { throwIfCancelled } from '../../work.ts'
import { describeAccess } from '../table/access.ts'
import type { ColumnType } from '../table/table.ts'
import { describePairs } from '../table/metadata.ts'
import { splitHeading } from '../table/names.ts'
import { reasonOf } from '../table/reason.ts'
import { judgeRows } from '../table/sizes.ts'
import { isWide, valuesFor, wholeNumbersFor } from '../table/table.ts'
import { checkArrow } from './arrow-check.ts'
import { checkPages } from './parquet-pages.ts'
import type { ReadOptions, Reader, Table, TableColumn, Values, WholeNumbers } from '../table/table.ts'

/** A page is about a megabyte; one that claims more than this is damaged or hostile. */
const LARGEST_PAGE = 2 ** 29

type Decompress = (input: Uint8Array, outputLength: number) => Uint8Array

/** Node's own decompressors where available, because they are faster. */
const compressors: Compressors = Object.fromEntries(
  Object.entries({
    ...foreign,
    GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
    BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
    ZSTD: (input, length) => zstdDecompressSync(input, { maxOutputLength: Math.max(1, length) })
  } satisfies Compressors).map(([codec, decompress]) => [codec, capped(decompress)])
)

function capped(decompress: Decompress): Decompress {
  return (input, length) => {
    if (length > Math.min(LARGEST_PAGE, 2 ** 26 + 1000 * input.length)) throw new Error(`a page claims ${length} bytes`)
    return decompress(input, length)
  }
}

/** An open file and what its footer says. */
interface ParquetFile {
  path: string
  file: AsyncBuffer
  metadata: FileMetaData
  rows: number
}

/** Parquet with any of its codecs, read by row group and column; vectors are lists of equal length. */
export const parquetReader: Reader = { id: 'parquet', title: 'a Parquet file', access: 'seek', open: openParquet }

async function openParquet(path: string, options: ReadOptions): Promise<Table> {
  let handle: FileHandle
  let size: number
  try {
    handle = await open(path)
    size = (await stat(path)).size
  } catch (cause) {
    throw describeAccess(path, cause)
  }
  try {
    const file = bufferOf(handle, size)
    await checkFooter(file)
    const metadata = await parquetMetadataAsync(file)
    const rows = Number(metadata.num_rows)
    const counted = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0)
    if (rows !== counted || !(rows >= 0)) throw new Error(`it says ${rows} rows and its row groups ${counted}`)
    judgeRows(path, rows, size, options.memoryLimit)
    const columns: TableColumn[] = []
    const others: NonNullable<Table['others']> = []
    const pairs = (metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ''] as const)
    const description = describePairs(pairs)
    for (const [key, text] of pairs)
      if (key === 'ARROW:schema') for (const [name, unit] of await schemaUnits(text)) description.units.set(name, unit)
    const parquet = { path, file: withCheckedPages(file, metadata), metadata, rows }
    for (const child of parquetSchema(metadata).children) {
      const column = await columnOf(parquet, child, options)
      const { name } = child.element
      if ('content' in column) others.push({ name: splitHeading(name).name, content: column.content })
      else columns.push({ ...column, unit: column.unit ?? description.units.get(name) ?? null })
    }
    return {
      format: 'parquet',
      rows,
      columns,
      others,
      metadata: description.metadata,
      notes: [],
      close: () => handle.close()
    }
  } catch (cause) {
    await handle.close()
    throw damaged(path, cause)
  }
}

/** Each entry of a footer becomes an object of many times its size; real footers are small compared with their data. */
async function checkFooter(file: AsyncBuffer): Promise<void> {
  const end = new DataView(await file.slice(Math.max(0, file.byteLength - 8)))
  if (end.byteLength < 8) throw new Error('it is too short')
  const length = end.getUint32(0, true)
  if (length > Math.max(2 ** 20, file.byteLength / 4))
    throw new Error(`its footer claims ${length} of its ${file.byteLength} bytes`)
}

/**
 * Units from the field metadata of the Arrow schema that pyarrow stores in a Parquet file; empty if it cannot be read.
 */
async function schemaUnits(base64: string): Promise<Map<string, string>> {
  const units = new Map<string, string>()
  try {
    const bytes = Buffer.from(base64, 'base64')
    checkArrow(bytes, 'stream')
    const { RecordBatchReader } = await import('apache-arrow')
    for (const field of RecordBatchReader.from(bytes).open().schema.fields) {
      const unit = field.metadata.get('unit') ?? field.metadata.get('units')
      if (unit !== undefined) units.set(field.name, unit)
    }
  } catch {
    // The table itself does not depend on its units.
  }
  return units
}

/** Serves hyparquet's reads of the file, and refuses reads beyond its end. */
function bufferOf(handle: FileHandle, size: number): AsyncBuffer {
  const read = async (start: number, end: number): Promise<ArrayBuffer> => {
    const from = start < 0 ? Math.max(0, size + start) : start
    if (!(from <= end) || end > size) throw new Error(`it points to bytes ${from} to ${end} of ${size}`)
    const bytes = new Uint8Array(end - from)
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, from)
    if (bytesRead !== bytes.length) throw new Error('it became shorter while it was read')
    return bytes.buffer
  }
  return {
    byteLength: size,
    slice: (start, end = size) => {
      const bytes = read(start, end)
      // A read-ahead may fail without being awaited, because another one failed first; it must not count as unhandled.
      bytes.catch(() => undefined)
      return bytes
    }
  }
}

/** The same file; the pages of a column chunk are checked when they are read. */
function withCheckedPages(file: AsyncBuffer, metadata: FileMetaData): AsyncBuffer {
  const valuesFrom = new Map<number, number>()
  for (const { meta_data: meta } of metadata.row_groups.flatMap(({ columns }) => columns))
    if (meta !== undefined)
      valuesFrom.set(Number(meta.dictionary_page_offset ?? 0) || Number(meta.data_page_offset), Number(meta.num_values))
  const read = async (start: number, end?: number): Promise<ArrayBuffer> => {
    const bytes = await file.slice(start, end)
    const values = valuesFrom.get(start)
    if (values !== undefined) checkPages(new Uint8Array(bytes), values)
    return bytes
  }
  return {
    byteLength: file.byteLength,
    slice: (start, end) => {
      const bytes = read(start, end)
      // See bufferOf.
      bytes.catch(() => undefined)
      return bytes
    }
  }
}

async function columnOf(
  parquet: ParquetFile,
  node: SchemaTree,
  options: ReadOptions
): Promise<TableColumn | { content: string }> {
  const { path, metadata, rows } = parquet
  const leaf = leafOf(node)
  const type = leaf === null ? null : typeOf(leaf)
  if (leaf === null) return { content: 'nested records' }
  if (type === null) return { content: contentOf(leaf) }
  const name = node.element.name
  const list = leaf !== node
  const width = list ? await widthOf(parquet, name) : 1
  if (width === null || width < 1) return { content: 'lists of different lengths' }
  const decimals = decimalsOf(leaf)
  const heading = splitHeading(name)
  return {
    name: heading.name,
    type,
    width,
    unit: heading.unit,
    ...(isWide(type) &&
      width === 1 &&
      decimals === null && { readExact: () => wholeNumbersOf(parquet, name, type, options) }),
    read: async () => {
      const values = valuesFor(type, rows * width)
      let start = 0
      try {
        for (const group of metadata.row_groups) {
          throwIfCancelled(options.signal)
          const end = start + Number(group.num_rows)
          await readRows(parquet, name, [start, end], (chunk, at) => copyChunk(chunk, at, width, values, decimals))
          start = end
        }
      } catch (cause) {
        throw damaged(path, cause)
      }
      return values
    }
  }
}

async function wholeNumbersOf(
  parquet: ParquetFile,
  name: string,
  type: ColumnType,
  options: ReadOptions
): Promise<WholeNumbers> {
  const values = wholeNumbersFor(type, parquet.rows)
  let start = 0
  for (const group of parquet.metadata.row_groups) {
    throwIfCancelled(options.signal)
    const end = start + Number(group.num_rows)
    await readRows(parquet, name, [start, end], (chunk, row) => {
      for (let i = 0; i < chunk.length; i++) {
        const value = chunk[i]
        if (typeof value === 'bigint') values[row + i] = value
      }
    })
    start = end
  }
  return values
}

/** A plain number, or the number inside a list. */
function leafOf(node: SchemaTree): SchemaTree | null {
  if (node.children.length === 0) return node.element.repetition_type === 'REPEATED' ? null : node
  const isList = node.element.converted_type === 'LIST' || node.element.logical_type?.type === 'LIST'
  if (!isList || node.children.length !== 1) return null
  const [repeated] = node.children
  if (repeated.children.length === 0) return repeated
  return repeated.children.length === 1 && repeated.children[0].children.length === 0 ? repeated.children[0] : null
}

function typeOf(leaf: SchemaTree): ColumnType | null {
  const { type, logical_type: logical, converted_type: converted } = leaf.element
  if (logical?.type === 'FLOAT16') return 'float16'
  const decimals = decimalsOf(leaf)
  // Without digits after the point, its values are whole numbers, which may exceed 2^53.
  if (decimals !== null) return decimals > 0 ? 'float64' : 'int64'
  if (type === 'FLOAT') return 'float32'
  if (type === 'DOUBLE') return 'float64'
  if (type === 'BOOLEAN') return 'bool'
  if (type !== 'INT32' && type !== 'INT64') return null
  if (logical?.type === 'INTEGER') return `${logical.isSigned ? '' : 'u'}int${logical.bitWidth}` as ColumnType
  const integer = /^(U?)INT_(8|16|32|64)$/.exec(converted ?? '')
  if (integer !== null) return `${integer[1].toLowerCase()}int${integer[2]}` as ColumnType
  // A formula cannot use dates and times.
  return logical === undefined && converted === undefined ? (type === 'INT32' ? 'int32' : 'int64') : null
}

/** Digits after the point of a decimal; null for another type. */
function decimalsOf({ element }: SchemaTree): number | null {
  const isDecimal = element.logical_type?.type === 'DECIMAL' || element.converted_type === 'DECIMAL'
  return isDecimal ? Math.min(100, Math.max(0, element.scale ?? 0)) : null
}

function contentOf({ element }: SchemaTree): string {
  const kind = element.logical_type?.type ?? element.converted_type ?? ''
  if (/^(?:DATE|TIME|TIMESTAMP)/.test(kind) || element.type === 'INT96') return 'dates or times'
  if (kind === 'INTERVAL') return 'durations'
  return kind === 'NULL' ? 'nothing' : 'text'
}

/**
 * The common length of all lists in a column; null when they differ. The value counts of the column chunks decide; only
 * lists with gaps are read for it.
 */
async function widthOf(parquet: ParquetFile, name: string): Promise<number | null> {
  const { metadata, rows } = parquet
  let width = 0
  let equal = true
  const look = (chunk: ArrayLike<unknown>): void => {
    for (let i = 0; i < chunk.length; i++) {
      const item = chunk[i]
      if (!Array.isArray(item) && !ArrayBuffer.isView(item)) continue
      const { length } = item as ArrayLike<unknown>
      if (width === 0) width = length
      if (length !== width) equal = false
    }
  }
  if (rows === 0) return 0
  await readRows(parquet, name, [0, 1], look)
  const values = metadata.row_groups.reduce((sum, group) => {
    const chunk = group.columns.find((column) => column.meta_data?.path_in_schema[0] === name)
    return sum + Number(chunk?.meta_data?.num_values ?? 0)
  }, 0)
  if (width > 0 && values === rows * width) return width
  let start = 0
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows)
    await readRows(parquet, name, [start, end], look)
    start = end
  }
  return equal ? width : null
}

/** Passes on the decoded chunks inside [start, end), each with its first row. */
async function readRows(
  { file, metadata }: ParquetFile,
  name: string,
  [start, end]: readonly [start: number, end: number],
  take: (chunk: ArrayLike<unknown>, row: number) => void
): Promise<void> {
  const chunks: { data: ArrayLike<unknown>; row: number }[] = []
  await parquetRead({
    file,
    metadata,
    columns: [name],
    rowStart: start,
    rowEnd: end,
    compressors,
    utf8: false,
    onChunk: ({ columnData, rowStart }) => chunks.push({ data: columnData as ArrayLike<unknown>, row: rowStart })
  })
  let count = 0
  for (const { data, row } of chunks) {
    take(data, row)
    count += data.length
  }
  if (count < end - start)
    throw new Error(`column ${name} has ${count} values where ${end - start} rows begin at ${start}`)
}

function copyChunk(
  chunk: ArrayLike<unknown>,
  row: number,
  width: number,
  values: Values,
  decimals: number | null
): void {
  const rows = Math.min(chunk.length, values.length / width - row)
  for (let i = 0; i < rows; i++) {
    const value = chunk[i]
    const at = (row + i) * width
    if (width === 1) {
      values[at] = numberOf(value, decimals)
      continue
    }
    const items = value as ArrayLike<unknown> | null | undefined
    if (items !== null && items !== undefined && items.length !== width)
      throw new Error(`row ${row + i + 1} of a list column has ${items.length} numbers where others have ${width}`)
    for (let k = 0; k < width; k++)
      values[at + k] = items === null || items === undefined ? NaN : numberOf(items[k], decimals)
  }
}

/** hyparquet multiplies a decimal by a power of ten, which rounds twice; its digits give the nearest number. */
function numberOf(value: unknown, decimals: number | null): number {
  if (value === null || value === undefined) return NaN
  const number = Number(value)
  return decimals === null ? number : Number(number.toFixed(decimals))
}

function damaged(path: string, cause: unknown): Error {
  if (cause instanceof HalolawError) return cause
  return badInput(
    `${path} cannot be read as Parquet: it is damaged or truncated (${reasonOf(cause)}); copy or write it again.`
  )
}
