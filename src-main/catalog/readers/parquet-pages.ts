/**
 * Checks the page headers of a column chunk before hyparquet follows them: where a header does not state its page's size,
 * hyparquet reads the same byte for ever. Headers are structs in Thrift's compact protocol
 * (github.com/apache/thrift, doc/specs/thrift-compact-protocol.md; PageHeader of parquet.thrift).
 * @param values numbers that the chunk holds; bytes after the pages of that many are not looked at
 * @throws Error with the reason.
 */
export function checkPages(bytes: Uint8Array, values: number): void {
  let at = 0
  for (let seen = 0; seen < values && at < bytes.length - 1;) {
    const header = new ThriftStruct(bytes, at)
    const { size } = header
    if (size === null || size < 0 || header.end + size > bytes.length) throw new Error('a page states no sensible size')
    seen += header.values
    at = header.end + size
  }
}

const PAGE_SIZE = 3
/** DataPageHeader and DataPageHeaderV2; the first field of both is the number of values. */
const DATA_PAGES = [5, 8]
const DEEPEST = 16
const STOP = 0
const TRUE = 1
const FALSE = 2
const BYTE = 3
const I16 = 4
const I32 = 5
const I64 = 6
const DOUBLE = 7
const BINARY = 8
const LIST = 9
const STRUCT = 12

/** A page header; other fields than those of interest are skipped. */
class ThriftStruct {
  size: number | null = null
  values = 0
  end: number
  private readonly bytes: Uint8Array

  constructor(bytes: Uint8Array, start: number) {
    this.bytes = bytes
    this.end = start
    this.fields((field, type) => {
      if (field === PAGE_SIZE && type === I32) this.size = this.integer()
      else if (DATA_PAGES.includes(field) && type === STRUCT)
        this.fields((inner, kind) => {
          if (inner === 1 && kind === I32) this.values += Math.max(0, this.integer())
          else this.skip(kind, 1)
        }, 1)
      else this.skip(type, 0)
    }, 0)
  }

  private fields(take: (field: number, type: number) => void, depth: number): void {
    if (depth > DEEPEST) throw new Error('a page header is too deep')
    let field = 0
    for (;;) {
      const byte = this.byte()
      const type = byte & 15
      if (type === STOP) return
      field = byte >> 4 === 0 ? this.integer() : field + (byte >> 4)
      take(field, type)
    }
  }

  private skip(type: number, depth: number): void {
    if (type === TRUE || type === FALSE) return
    if (type === BYTE) this.byte()
    else if (type === I16 || type === I32 || type === I64) this.varint()
    else if (type === DOUBLE) this.end += 8
    else if (type === BINARY) {
      const length = this.varint()
      this.end += length
    } else if (type === STRUCT) this.fields((_, inner) => this.skip(inner, depth + 1), depth + 1)
    else if (type === LIST) {
      const byte = this.byte()
      const count = byte >> 4 === 15 ? this.varint() : byte >> 4
      const kind = byte & 15
      // A truth value in a list is a byte, so that every item takes at least one.
      for (let i = 0; i < count; i++) this.skip(kind === TRUE || kind === FALSE ? BYTE : kind, depth + 1)
    } else throw new Error('a page header has a field of an unknown type')
  }

  private byte(): number {
    if (!(this.end < this.bytes.length)) throw new Error('a page header is cut off')
    return this.bytes[this.end++]
  }

  private varint(): number {
    let result = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte()
      result += (byte & 127) * factor
      if (byte < 128) return result
    }
  }

  /** A zigzag number: 0, -1, 1, -2, ... */
  private integer(): number {
    const value = this.varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}
