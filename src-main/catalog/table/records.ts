import type { ColumnType } from './table.ts'
import { splitHeading } from './names.ts'
import { judgeColumns } from './sizes.ts'
import { isWide, valuesFor, wholeNumbersFor } from './table.ts'
import type { TableColumn, Values, WholeNumbers } from './table.ts'

/** Bytes of records held at a time. */
const BLOCK_BYTES = 16 * 2 ** 20

/** One numeric member of a fixed-size record. */
export interface RecordField {
  name: string
  path?: string
  unit: string | null
  type: ColumnType
  /** Numbers per row: 3 for a vector. */
  width: number
  /** Bytes from the start of the record. */
  offset: number
  littleEndian: boolean
  /** The byte that means true, if it is not 1. */
  trueByte?: number
  /** Value = stored * scale + zero; an integer equal to `blank` is missing. */
  scale?: number
  zero?: number
  blank?: number
  /** The unsigned type whose values are stored as signed integers, shifted by half its range; instead of `zero`. */
  unsigned?: 'uint16' | 'uint32' | 'uint64'
}

/** A table of fixed-size records; `block` returns the bytes of `count` records from `start`. */
export interface Records {
  /** For sentences */
  path: string
  memoryLimit: number | undefined
  rows: number
  recordBytes: number
  members: RecordField[]
  block(start: number, count: number): Promise<DataView> | DataView
}

export const BYTES: Record<ColumnType, number> = {
  float16: 2,
  float32: 4,
  float64: 8,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1
}

/** Reads the records once, when the first column is requested, and extracts every member in that pass. */
export function recordColumns(records: Records): TableColumn[] {
  let columns: Map<RecordField, Values> | null = null
  return records.members.map((member) => {
    const heading = splitHeading(member.name)
    return {
      name: heading.name,
      path: member.path,
      type: typeInMemory(member),
      width: member.width,
      unit: member.unit ?? heading.unit,
      ...(isWide(typeInMemory(member)) && { readExact: () => readWhole(records, member) }),
      read: async () => {
        columns ??= await readAll(records)
        const values = columns.get(member) ?? new Float32Array()
        columns.delete(member)
        if (columns.size === 0) columns = null
        return values
      }
    }
  })
}

/** Scaled numbers are in double precision. */
function typeInMemory({ type, unsigned, scale, zero }: RecordField): ColumnType {
  return scale !== undefined || zero !== undefined ? 'float64' : (unsigned ?? type)
}

/** The whole numbers of one member, in a separate pass. */
async function readWhole({ rows, recordBytes, block }: Records, member: RecordField): Promise<WholeNumbers> {
  const values = wholeNumbersFor(typeInMemory(member), rows * member.width)
  const blockRows = Math.max(1, Math.floor(BLOCK_BYTES / Math.max(1, recordBytes)))
  let to = 0
  for (let start = 0; start < rows; start += blockRows) {
    const count = Math.min(rows - start, blockRows)
    const view = await block(start, count)
    const read = wholeReader(view, member)
    for (let row = 0; row < count; row++)
      for (let k = 0; k < member.width; k++) values[to++] = read(row * recordBytes + member.offset + 8 * k) ?? 0n
  }
  return values
}

const HALF_RANGE = 2n ** 63n
const LARGEST = HALF_RANGE - 1n

/** Returns a function that reads one 64-bit integer at a byte offset; null: missing. */
function wholeReader(
  view: DataView,
  { type, littleEndian, unsigned, blank }: RecordField
): (at: number) => bigint | null {
  const shift = unsigned === 'uint64' ? HALF_RANGE : 0n
  // A header gives the missing value as a double, in which the largest integer is rounded up.
  const stated = blank === undefined || !Number.isInteger(blank) ? null : BigInt(blank)
  const missing = stated !== null && stated > LARGEST ? LARGEST : stated
  return (at) => {
    const stored = type === 'uint64' ? view.getBigUint64(at, littleEndian) : view.getBigInt64(at, littleEndian)
    return stored === missing ? null : stored + shift
  }
}

async function readAll(records: Records): Promise<Map<RecordField, Values>> {
  const { rows, recordBytes, members, block } = records
  judgeColumns(records.path, rows, members, records.memoryLimit)
  const columns = members.map((member) => ({ member, values: valuesFor(typeInMemory(member), rows * member.width) }))
  const blockRows = Math.max(1, Math.floor(BLOCK_BYTES / Math.max(1, recordBytes)))
  for (let start = 0; start < rows; start += blockRows) {
    const count = Math.min(rows - start, blockRows)
    const view = await block(start, count)
    for (const { member, values } of columns)
      copyMember({ view, recordBytes, count }, member, values, start * member.width)
  }
  return new Map(columns.map(({ member, values }) => [member, values]))
}

/** Records that follow each other in memory. */
interface RecordBlock {
  view: DataView
  recordBytes: number
  count: number
}

/** Copies one member of each record to `start` and the places after it. */
function copyMember(
  { view, recordBytes, count }: RecordBlock,
  member: RecordField,
  values: Values,
  start: number
): void {
  const { width, offset, blank, trueByte, scale = 1 } = member
  const size = BYTES[member.type]
  let to = start
  if (isWide(typeInMemory(member))) {
    const whole = wholeReader(view, member)
    for (let row = 0; row < count; row++)
      for (let k = 0; k < width; k++) {
        const value = whole(row * recordBytes + offset + size * k)
        values[to++] = value === null ? NaN : Number(value)
      }
    return
  }
  const read = numberReader(view, member)
  const zero = member.zero ?? (member.unsigned === undefined ? 0 : 2 ** (8 * size - 1))
  for (let row = 0; row < count; row++) {
    let at = row * recordBytes + offset
    for (let k = 0; k < width; k++, at += size) {
      const stored = read(at)
      if (trueByte !== undefined) values[to++] = stored === trueByte ? 1 : 0
      else values[to++] = stored === blank ? NaN : stored * scale + zero
    }
  }
}

/** IEEE 754 binary16. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

/** Returns a function that reads one number of a type at a byte offset. */
export function numberReader(
  view: DataView,
  { type, littleEndian }: Pick<RecordField, 'type' | 'littleEndian'>
): (at: number) => number {
  switch (type) {
    case 'float64':
      return (at) => view.getFloat64(at, littleEndian)
    case 'float32':
      return (at) => view.getFloat32(at, littleEndian)
    case 'float16':
      return (at) => halfToNumber(view.getUint16(at, littleEndian))
    case 'int64':
      return (at) => Number(view.getBigInt64(at, littleEndian))
    case 'uint64':
      return (at) => Number(view.getBigUint64(at, littleEndian))
    case 'int32':
      return (at) => view.getInt32(at, littleEndian)
    case 'uint32':
      return (at) => view.getUint32(at, littleEndian)
    case 'int16':
      return (at) => view.getInt16(at, littleEndian)
    case 'uint16':
      return (at) => view.getUint16(at, littleEndian)
    case 'int8':
      return (at) => view.getInt8(at)
    case 'uint8':
    case 'bool':
      return (at) => view.getUint8(at)
  }
}
