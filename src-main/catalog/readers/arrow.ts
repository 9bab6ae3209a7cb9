import { readFile, stat } from 'node:fs/promises'
import { zstdDecompressSync } from 'node:zlib'
import {
  CompressionType,
  compressionRegistry,
  DataType,
  Decimal,
  Float,
  Int,
  Precision,
  RecordBatchReader
} from 'apache-arrow'
import type { Data, Field, LargeList, List, RecordBatch } from 'apache-arrow'
import { decompressFrameSync } from 'lz4-napi'
import { badInput, HalolawError } from '../../../src-shared/errors.ts'
import { throwIfCancelled } from '../../work.ts'
import { describeAccess } from '../table/access.ts'
import type { ColumnType } from '../table/table.ts'
import { describePairs } from '../table/metadata.ts'
import { reasonOf } from '../table/reason.ts'
import { halfToNumber } from '../table/records.ts'
import { splitHeading } from '../table/names.ts'
import { requireMemory } from '../table/sizes.ts'
import { isWide, valuesFor, wholeNumbersFor } from '../table/table.ts'
import type { ReadOptions, Reader, Table, TableColumn, Values, WholeNumbers } from '../table/table.ts'
import { checkArrow } from './arrow-check.ts'
import { lz4FrameBound, lz4FrameSize } from './lz4-size.ts'

/** Node can read a file of up to this size into one buffer. */
const LARGEST_FILE = 2 ** 31 - 1
/** One compressed buffer may not unpack to more than this. */
const LARGEST_BUFFER = 2 ** 30
const MAGIC = Buffer.from('ARROW1')

compressionRegistry.set(CompressionType.ZSTD, {
  decode: (data) => zstdDecompressSync(data, { maxOutputLength: Math.max(1, statedSize(data)) })
})
compressionRegistry.set(CompressionType.LZ4_FRAME, {
  decode: (data) => {
    const stated = statedSize(data)
    // The bound is exact enough for the frames that Arrow's libraries write, whose blocks are full.
    if (lz4FrameBound(data) > stated && lz4FrameSize(data) > stated)
      throw new Error('a buffer unpacks to more than it states')
    return decompressFrameSync(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
  }
})

/** apache-arrow passes a compressed buffer without the eight bytes before it, which state its unpacked size. */
function statedSize(data: Uint8Array): number {
  const stated = Number(new DataView(data.buffer, data.byteOffset - 8, 8).getBigInt64(0, true))
  if (!(stated >= 0 && stated <= LARGEST_BUFFER)) throw new Error(`a buffer states ${stated} bytes`)
  return stated
}

/** Arrow IPC file (Feather v2) and stream, uncompressed or with LZ4 or ZSTD bodies; vectors are fixed-size lists. */
export const arrowReader: Reader = { id: 'arrow', title: 'an Arrow file', access: 'stream', open: openArrow }

async function openArrow(path: string, options: ReadOptions): Promise<Table> {
  let bytes: Buffer
  try {
    const { size } = await stat(path)
    if (size > LARGEST_FILE)
      throw badInput(
        `${path} has ${(size / 1e9).toFixed(1)} GB, more than the 2 GB that an Arrow file may have here; write it as Parquet or HDF5.`
      )
    requireMemory(`${path} is read in one piece and takes`, size, options.memoryLimit)
    bytes = await readFile(path, { signal: options.signal })
    options.onBytes?.(bytes)
  } catch (cause) {
    throw describeAccess(path, cause)
  }
  const isFile = bytes.subarray(0, 6).equals(MAGIC)
  if (isFile && !bytes.subarray(-6).equals(MAGIC))
    throw badInput(`${path} is a truncated Arrow file (its end mark is missing); copy or write it again.`)
  const batches: RecordBatch[] = []
  let fields: Field[]
  let pairs: Map<string, string>
  try {
    requireMemory(`${path} unpacks to`, checkArrow(bytes, isFile ? 'file' : 'stream'), options.memoryLimit)
    const reader = RecordBatchReader.from(bytes).open()
    fields = reader.schema.fields
    pairs = reader.schema.metadata
    for (const batch of reader) {
      throwIfCancelled(options.signal)
      batches.push(batch)
    }
  } catch (cause) {
    if (cause instanceof HalolawError) throw cause
    throw damaged(path, cause)
  }
  const rows = batches.reduce((sum, batch) => sum + batch.numRows, 0)
  const description = describePairs(pairs)
  const columns: TableColumn[] = []
  const others: NonNullable<Table['others']> = []
  fields.forEach((field, at) => {
    const column = columnOf(field, at, batches, rows, path)
    const { name } = splitHeading(field.name)
    if ('content' in column) others.push({ name, content: column.content })
    else columns.push({ ...column, unit: column.unit ?? description.units.get(field.name) ?? null })
  })
  return { format: 'arrow', rows, columns, others, metadata: description.metadata, notes: [] }
}

function columnOf(
  field: Field,
  at: number,
  batches: RecordBatch[],
  rows: number,
  path: string
): TableColumn | { content: string } {
  const { type: fieldType } = field
  const list = DataType.isFixedSizeList(fieldType) || isVariableList(fieldType)
  const type = typeOf(list ? fieldType.children[0]?.type : fieldType)
  if (type === null) return { content: contentOf(fieldType) }
  const width = DataType.isFixedSizeList(fieldType) ? fieldType.listSize : list ? listLength(at, batches) : 1
  if (width === null || width < 1) return { content: 'lists of different lengths' }
  const heading = splitHeading(field.name)
  const isPlain = fieldType instanceof Int && isWide(type)
  return {
    name: heading.name,
    type,
    width,
    unit: field.metadata.get('unit') ?? field.metadata.get('units') ?? heading.unit,
    ...(isPlain && { readExact: () => wholeNumbersOf(batches, at, wholeNumbersFor(type, rows)) }),
    read: () => {
      const values = valuesFor(type, rows * width)
      let start = 0
      for (const batch of batches) {
        try {
          for (const data of batch.getChildAt(at)?.data ?? []) {
            copyData(data, width, values, start)
            start += data.length * width
          }
        } catch (cause) {
          throw damaged(path, cause)
        }
      }
      return values
    }
  }
}

function wholeNumbersOf(batches: readonly RecordBatch[], at: number, values: WholeNumbers): WholeNumbers {
  let start = 0
  for (const batch of batches)
    for (const data of batch.getChildAt(at)?.data ?? []) {
      const raw: unknown = data.values
      if (raw instanceof BigInt64Array || raw instanceof BigUint64Array)
        for (let i = 0; i < data.length; i++) if (data.getValid(i)) values[start + i] = raw[i]
      start += data.length
    }
  return values
}

/** The common length of all lists in a column; null when they differ, 0 when there are none. */
function listLength(at: number, batches: RecordBatch[]): number | null {
  let length = 0
  for (const batch of batches) {
    for (const data of batch.getChildAt(at)?.data ?? []) {
      const offsets: ArrayLike<number | bigint> = data.valueOffsets
      for (let row = 0; row < data.length; row++) {
        if (data.nullCount > 0 && !data.getValid(row)) continue
        const items = Number(offsets[row + 1]) - Number(offsets[row])
        if (length === 0) length = items
        if (items !== length) return null
      }
    }
  }
  return length
}

function typeOf(type: DataType | undefined): ColumnType | null {
  if (type instanceof Float)
    return type.precision === Precision.DOUBLE ? 'float64' : type.precision === Precision.HALF ? 'float16' : 'float32'
  if (type instanceof Int) return `${type.isSigned ? '' : 'u'}int${type.bitWidth}` as ColumnType
  // Without digits after the point, its values are whole numbers, which may exceed 2^53.
  if (type instanceof Decimal) return type.scale > 0 ? 'float64' : 'int64'
  if (type !== undefined && DataType.isDictionary(type)) return typeOf(type.dictionary)
  return type !== undefined && DataType.isBool(type) ? 'bool' : null
}

function contentOf(type: DataType): string {
  if (DataType.isTimestamp(type) || DataType.isDate(type) || DataType.isTime(type)) return 'dates or times'
  if (DataType.isDuration(type)) return 'durations'
  if (DataType.isNull(type)) return 'nothing'
  if (DataType.isStruct(type) || DataType.isMap(type)) return 'nested records'
  if (DataType.isFixedSizeList(type) || isVariableList(type)) return 'lists without numbers'
  return DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isDictionary(type)
    ? 'text'
    : 'no plain numbers'
}

function isVariableList(type: DataType): type is List | LargeList {
  return DataType.isList(type) || DataType.isLargeList(type)
}

/** Numbers of one batch; a null row, or a null number in a row, becomes NaN. */
function copyData(data: Data, width: number, values: Values, start: number): void {
  const variable = isVariableList(data.type)
  const isVector = variable || DataType.isFixedSizeList(data.type)
  const inner: Data = isVector ? data.children[0] : data
  const count = data.length * width
  if (inner === undefined) throw new Error('a vector column has no values')
  if (variable) copyLists(data, inner, width, values, start)
  else {
    if (inner.length < count) throw new Error('a vector column is shorter than its table')
    copyNumbers(inner, count, values, start)
    if (inner.nullCount > 0) for (let i = 0; i < count; i++) if (!inner.getValid(i)) values[start + i] = NaN
  }
  if (inner !== data && data.nullCount > 0)
    for (let row = 0; row < data.length; row++)
      if (!data.getValid(row)) values.fill(NaN, start + row * width, start + (row + 1) * width)
}

function copyLists(data: Data, inner: Data, width: number, values: Values, start: number): void {
  const all = new Float64Array(inner.length)
  copyNumbers(inner, inner.length, all, 0)
  if (inner.nullCount > 0) for (let i = 0; i < all.length; i++) if (!inner.getValid(i)) all[i] = NaN
  for (let row = 0; row < data.length; row++) {
    const from = Number((data.valueOffsets as ArrayLike<number | bigint>)[row])
    if (from + width > all.length && data.getValid(row)) throw new Error('a list column is shorter than its table')
    for (let k = 0; k < width; k++) values[start + row * width + k] = all[from + k] ?? NaN
  }
}

function copyNumbers(data: Data, count: number, values: Values, start: number): void {
  if (DataType.isDictionary(data.type)) {
    copyDictionary(data, count, values, start)
    return
  }
  const raw: unknown = data.values
  if (!ArrayBuffer.isView(raw)) throw new Error('a column has no values')
  if (DataType.isBool(data.type)) {
    const bits = raw as Uint8Array
    if (bits.length * 8 < count) throw new Error('a column is shorter than its table')
    for (let i = 0; i < count; i++) values[start + i] = (bits[i >> 3] >> (i & 7)) & 1
    return
  }
  if (data.type instanceof Decimal) {
    copyDecimals(raw as Uint32Array, data.type, count, values, start)
    return
  }
  const numbers = raw as Float32Array | Uint16Array | BigInt64Array
  if (numbers.length < count) throw new Error('a column is shorter than its table')
  if (numbers instanceof BigInt64Array || raw instanceof BigUint64Array)
    for (let i = 0; i < count; i++) values[start + i] = Number(numbers[i])
  else if (DataType.isFloat(data.type) && numbers instanceof Uint16Array)
    for (let i = 0; i < count; i++) values[start + i] = halfToNumber(numbers[i])
  else values.set((numbers as Float32Array).subarray(0, count), start)
}

/** Replaces each index by the dictionary's number; a null in the dictionary becomes NaN. */
function copyDictionary(data: Data, count: number, values: Values, start: number): void {
  const parts: readonly Data[] = data.dictionary?.data ?? []
  const numbers = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let filled = 0
  for (const part of parts) {
    copyNumbers(part, part.length, numbers, filled)
    if (part.nullCount > 0) for (let i = 0; i < part.length; i++) if (!part.getValid(i)) numbers[filled + i] = NaN
    filled += part.length
  }
  const indices = data.values as ArrayLike<number | bigint>
  if (indices.length < count) throw new Error('a column is shorter than its table')
  for (let i = 0; i < count; i++) values[start + i] = numbers[Number(indices[i])] ?? NaN
}

/** Little-endian two's complement in 32-bit words. The number is rounded once, from its text. */
function copyDecimals(words: Uint32Array, type: Decimal, count: number, values: Values, start: number): void {
  const size = type.bitWidth / 32
  if (words.length < count * size) throw new Error('a column is shorter than its table')
  for (let i = 0; i < count; i++) {
    let whole = 0n
    for (let k = size - 1; k >= 0; k--) whole = (whole << 32n) | BigInt(words[i * size + k])
    values[start + i] = Number(`${BigInt.asIntN(type.bitWidth, whole)}e${-type.scale}`)
  }
}

function damaged(path: string, cause: unknown): Error {
  const unknown = /^Unrecognized type: "(\w+)"/.exec(cause instanceof Error ? cause.message : '')
  if (unknown !== null)
    return badInput(
      `${path} has a column of the Arrow type ${unknown[1]}, which Halolaw does not read; write the file without that column, or with it as plain numbers.`
    )
  return badInput(
    `${path} cannot be read as Arrow: it is damaged or truncated (${reasonOf(cause)}); copy or write it again.`
  )
}
