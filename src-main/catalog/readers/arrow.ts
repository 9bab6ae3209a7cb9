import { readFile, stat } from 'node:fs/promises'
import { zstdDecompressSync } from 'node:zlib'
import { CompressionType, compressionRegistry, DataType, Float, Int, Precision, RecordBatchReader } from 'apache-arrow'
import type { Data, Field, RecordBatch } from 'apache-arrow'
import { decompressFrameSync } from 'lz4-napi'
import { badInput, HalolawError } from '../../../src-shared/errors.ts'
import { throwIfCancelled } from '../../work.ts'
import { describeAccess } from '../table/access.ts'
import type { ColumnType } from '../table/table.ts'
import { metadataFromPairs } from '../table/metadata.ts'
import { splitHeading } from '../table/names.ts'
import { requireMemory } from '../table/sizes.ts'
import { valuesFor } from '../table/table.ts'
import type { ReadOptions, Reader, Table, TableColumn, Values } from '../table/table.ts'
import { checkArrow } from './arrow-check.ts'

/** Node reads a file into one buffer up to this size. */
const LARGEST_FILE = 2 ** 31 - 1
/** One compressed buffer may not unfold into more than this. */
const LARGEST_BUFFER = 2 ** 30
const MAGIC = Buffer.from('ARROW1')

compressionRegistry.set(CompressionType.ZSTD, {
  decode: (data) =>
    zstdDecompressSync(data, { maxOutputLength: Math.min(LARGEST_BUFFER, 2 ** 26 + 1000 * data.length) })
})
compressionRegistry.set(CompressionType.LZ4_FRAME, {
  decode: (data) => decompressFrameSync(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
})

/** Arrow IPC file (Feather v2) and stream, plain or with LZ4 or ZSTD bodies; vectors are fixed-size lists. */
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
    requireMemory(`${path} unpacks to`, checkArrow(bytes, isFile), options.memoryLimit)
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
  const columns: TableColumn[] = []
  const others: string[] = []
  fields.forEach((field, at) => {
    const column = columnOf(field, at, batches, rows, path)
    if (column === null) others.push(splitHeading(field.name).name)
    else columns.push(column)
  })
  return { format: 'arrow', rows, columns, others, metadata: metadataFromPairs(pairs), notes: [] }
}

function columnOf(field: Field, at: number, batches: RecordBatch[], rows: number, path: string): TableColumn | null {
  const { type: fieldType } = field
  const list = DataType.isFixedSizeList(fieldType)
  const width = list ? fieldType.listSize : 1
  const type = typeOf(list ? fieldType.children[0]?.type : fieldType)
  if (type === null || width < 1) return null
  const heading = splitHeading(field.name)
  return {
    name: heading.name,
    type,
    width,
    unit: field.metadata.get('unit') ?? field.metadata.get('units') ?? heading.unit,
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

function typeOf(type: DataType | undefined): ColumnType | null {
  if (type instanceof Float) return type.precision === Precision.DOUBLE ? 'float64' : 'float32'
  if (type instanceof Int) return `${type.isSigned ? '' : 'u'}int${type.bitWidth}` as ColumnType
  return type !== undefined && DataType.isBool(type) ? 'bool' : null
}

/** Numbers of one batch; a null, of the row or of the number in it, becomes NaN. */
function copyData(data: Data, width: number, values: Values, start: number): void {
  const inner: Data = width === 1 && !DataType.isFixedSizeList(data.type) ? data : data.children[0]
  const count = data.length * width
  if (inner === undefined || inner.length < count) throw new Error('a vector column is shorter than its table')
  copyNumbers(inner, count, values, start)
  if (inner.nullCount > 0) for (let i = 0; i < count; i++) if (!inner.getValid(i)) values[start + i] = NaN
  if (inner !== data && data.nullCount > 0)
    for (let row = 0; row < data.length; row++)
      if (!data.getValid(row)) values.fill(NaN, start + row * width, start + (row + 1) * width)
}

function copyNumbers(data: Data, count: number, values: Values, start: number): void {
  const raw: unknown = data.values
  if (!ArrayBuffer.isView(raw)) throw new Error('a column has no values')
  if (DataType.isBool(data.type)) {
    const bits = raw as Uint8Array
    if (bits.length * 8 < count) throw new Error('a column is shorter than its table')
    for (let i = 0; i < count; i++) values[start + i] = (bits[i >> 3] >> (i & 7)) & 1
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

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

function damaged(path: string, cause: unknown): Error {
  const reason = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0].slice(0, 120)
  return badInput(`${path} cannot be read as Arrow: it is damaged or truncated (${reason}); copy or write it again.`)
}
