/**
 * Checks the framing of an Arrow file or stream before it is decoded (arrow.apache.org/docs/format/Columnar.html,
 * "Encapsulated message format"). apache-arrow trusts every length in its FlatBuffers, so a damaged length could make
 * it loop for hours.
 * @returns unpacked size of its columns in bytes, as the file states it
 * @throws Error with the reason when a length or offset points outside the bytes it belongs to.
 */
export function checkArrow(bytes: Buffer, kind: 'file' | 'stream'): number {
  return kind === 'file' ? checkFile(bytes) : checkStream(bytes)
}

const MARK = 0xffffffff
/** MessageHeader of Message.fbs. */
const SCHEMA = 1
const DICTIONARY = 2
const BATCH = 3
const DEEPEST_FIELD = 64
const MOST_FIELDS = 100_000
/** Sizes of the structs in vectors: FieldNode and Buffer, and the footer's Block. */
const PAIR_BYTES = 16
const BLOCK_BYTES = 24

function checkFile(bytes: Buffer): number {
  const length = bytes.readInt32LE(bytes.length - 10)
  const start = bytes.length - 10 - length
  if (!(length > 0) || start < 8) throw new Error('its footer has no sensible length')
  const footer = new Fields(bytes.subarray(start, bytes.length - 10)).root()
  checkSchema(footer.table(1))
  let unpacked = 0
  for (const [field, kind] of [
    [2, DICTIONARY],
    [3, BATCH]
  ]) {
    const blocks = footer.vector(field, BLOCK_BYTES)
    for (let i = 0; i < blocks.length; i++) {
      const at = Number(footer.bytes.readBigInt64LE(blocks.start + i * BLOCK_BYTES))
      if (!(at >= 8 && at < start)) throw new Error('a record batch lies outside the file')
      // apache-arrow loops forever if it finds anything else where the footer points.
      const message = checkMessage(bytes, at)
      if (message?.kind !== kind) throw new Error('its footer points to something else than a record batch')
      unpacked += message.unpacked
    }
  }
  return unpacked
}

function checkStream(bytes: Buffer): number {
  let unpacked = 0
  for (let at = 0; at + 4 <= bytes.length;) {
    const next = checkMessage(bytes, at)
    if (next === null) return unpacked
    unpacked += next.unpacked
    at = next.end
  }
  return unpacked
}

/** @returns the kind of message, the start of the next one, and its unpacked size; null at the end mark. */
function checkMessage(bytes: Buffer, at: number): { kind: number; end: number; unpacked: number } | null {
  const marked = bytes.readUInt32LE(at) === MARK
  const lengthAt = marked ? at + 4 : at
  if (lengthAt + 4 > bytes.length) throw new Error('a message is cut off')
  const length = bytes.readInt32LE(lengthAt)
  if (length === 0) return null
  const start = lengthAt + 4
  if (length < 0 || start + length > bytes.length) throw new Error('a message is longer than what is left')
  const message = new Fields(bytes.subarray(start, start + length)).root()
  const body = message.int64(3)
  const end = start + length + body
  if (body < 0 || end > bytes.length) throw new Error('a message body is longer than what is left')
  const kind = message.uint8(1)
  let unpacked = 0
  if (kind === SCHEMA) checkSchema(message.table(2))
  else if (kind === DICTIONARY) checkDictionary(message.table(2))
  else if (kind === BATCH) unpacked = checkBatch(message.table(2), bytes.subarray(start + length, end))
  return { kind, end, unpacked }
}

function checkSchema(schema: Fields): void {
  let seen = 0
  const visit = (field: Fields, depth: number): void => {
    if (depth > DEEPEST_FIELD || ++seen > MOST_FIELDS)
      throw new Error('its schema is nested too deep or has too many fields')
    for (const child of field.tables(5)) visit(child, depth + 1)
    field.tables(6)
  }
  for (const field of schema.tables(1)) visit(field, 0)
  schema.tables(2)
}

function checkDictionary(dictionary: Fields): void {
  dictionary.table(1).vector(1, PAIR_BYTES)
  dictionary.table(1).vector(2, PAIR_BYTES)
}

function checkBatch(batch: Fields, body: Buffer): number {
  let unpacked = 0
  const isCompressed = batch.has(3)
  batch.vector(1, PAIR_BYTES)
  const buffers = batch.vector(2, PAIR_BYTES)
  for (let i = 0; i < buffers.length; i++) {
    const at = buffers.start + i * PAIR_BYTES
    const offset = Number(batch.bytes.readBigInt64LE(at))
    const length = Number(batch.bytes.readBigInt64LE(at + 8))
    if (!(offset >= 0 && length >= 0 && offset + length <= body.length))
      throw new Error('a buffer lies outside its record batch')
    // A compressed buffer begins with its unpacked length; -1 means not compressed.
    const stated = isCompressed && length >= 8 ? Number(body.readBigInt64LE(offset)) : -1
    unpacked += stated < 0 ? length : stated
  }
  return unpacked
}

/** A FlatBuffers table (flatbuffers.dev/internals). Every access stays inside the bytes or throws. */
class Fields {
  readonly bytes: Buffer
  private readonly at: number

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  root(): Fields {
    return new Fields(this.bytes, this.bytes.readUInt32LE(0))
  }

  uint8(field: number): number {
    const at = this.find(field)
    return at === 0 ? 0 : this.bytes.readUInt8(at)
  }

  int64(field: number): number {
    const at = this.find(field)
    return at === 0 ? 0 : Number(this.bytes.readBigInt64LE(at))
  }

  table(field: number): Fields {
    const at = this.find(field)
    if (at === 0) throw new Error('a part of its description is missing')
    return new Fields(this.bytes, at + this.bytes.readUInt32LE(at))
  }

  has(field: number): boolean {
    return this.find(field) !== 0
  }

  vector(field: number, elementBytes: number): { start: number; length: number } {
    const at = this.find(field)
    if (at === 0) return { start: 0, length: 0 }
    const vector = at + this.bytes.readUInt32LE(at)
    const length = this.bytes.readUInt32LE(vector)
    if (vector + 4 + length * elementBytes > this.bytes.length)
      throw new Error('a list in its description has no sensible length')
    return { start: vector + 4, length }
  }

  tables(field: number): Fields[] {
    const { start, length } = this.vector(field, 4)
    return Array.from({ length }, (_, i) => {
      const at = start + 4 * i
      return new Fields(this.bytes, at + this.bytes.readUInt32LE(at))
    })
  }

  /** Position of a field; 0 when it is absent. */
  private find(field: number): number {
    const vtable = this.at - this.bytes.readInt32LE(this.at)
    // FlatBuffers reads both as signed, so this does too, to see what FlatBuffers will see.
    const size = this.bytes.readInt16LE(vtable)
    if (4 + 2 * field >= size) return 0
    const offset = this.bytes.readInt16LE(vtable + 4 + 2 * field)
    return offset === 0 ? 0 : this.at + offset
  }
}
