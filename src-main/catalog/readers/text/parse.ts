import { stat } from 'node:fs/promises'
import { badInput } from '../../../../src-shared/errors.ts'
import { throwIfCancelled } from '../../../work.ts'
import { requireMemory } from '../../table/sizes.ts'
import type { ReadOptions } from '../../table/table.ts'
import type { TextDialect } from './dialect.ts'
import { splitLine, withDecimalPoint } from './dialect.ts'
import { scanEnd, scanInteger, scanNumber, specialNumber } from './numbers.ts'
import { byteStream } from './stream.ts'

/** Rows of a chunk of a column. */
export const CHUNK_ROWS = 2 ** 16
const LONGEST_LINE = 2 ** 24
const PROGRESS_MILLISECONDS = 100
/** Characters of a 64-bit integer, with leading zeros to spare. */
const LONGEST_WHOLE = 40

/** A column of a text table while it is being filled. */
export interface TextColumn {
  /** Numbers per row. */
  perRow: number
  /** `perRow` numbers a row, one row after another. */
  chunks: Float64Array[]
  /** Beside each chunk the bits of its whole numbers above 2^53, 0 elsewhere; null where a chunk has none. */
  wide: (BigInt64Array | null)[]
  /** `unsigned`: some number exceeds the range of int64; `none`: some exceeds 64 bits, and `wide` is not complete. */
  width: 'signed' | 'unsigned' | 'none'
  integers: boolean
  /** Fields that are neither numbers nor missing. */
  texts: number
  firstText: { line: number; text: string } | null
}

export interface ParsedText {
  rows: number
  columns: TextColumn[]
  /** Line of the file (from 1) of a row (from 0). */
  lineOf(row: number): number
}

/**
 * Reads every row of a text table.
 * @throws HalolawError `bad-input` at a row with more or fewer fields than the table has columns.
 */
export async function parseText(path: string, dialect: TextDialect, options: ReadOptions): Promise<ParsedText> {
  const { size } = await stat(path)
  let nextReport = 0
  let bytesRead = 0
  const onBytes = (chunk: Uint8Array): void => {
    bytesRead += chunk.length
    options.onBytes?.(chunk)
    const now = performance.now()
    if (now < nextReport) return
    nextReport = now + PROGRESS_MILLISECONDS
    options.onProgress?.({ fraction: 0.9 * Math.min(1, bytesRead / Math.max(1, size)), message: 'Reading rows' })
  }
  const parser = new RowParser(path, dialect, options.memoryLimit)
  let carry: Buffer = Buffer.alloc(0)
  for await (const chunk of byteStream(path, onBytes)) {
    throwIfCancelled(options.signal)
    const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk])
    let start = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      parser.line(bytes, start, end)
      start = end + 1
    }
    carry = bytes.subarray(start)
    if (carry.length > LONGEST_LINE)
      throw badInput(
        `${path} has a line of more than ${LONGEST_LINE} bytes; it is not a table of text, so choose another file.`
      )
  }
  if (carry.length > 0) parser.line(carry, 0, carry.length)
  return parser.finish()
}

class RowParser {
  private readonly path: string
  private readonly delimiter: number
  private readonly point: number
  private readonly dialect: TextDialect
  private readonly columns: TextColumn[]
  private readonly current: Float64Array[]
  private readonly currentWide: (BigInt64Array | null)[]
  private readonly isNumeric: boolean[]
  private readonly limit: number | undefined
  private rows = 0
  private lines = 0
  private skip: number
  /** Rows at which the difference between row and line number changes, and that difference. */
  private readonly offsets: { row: number; offset: number }[] = []

  constructor(path: string, dialect: TextDialect, limit: number | undefined) {
    this.path = path
    this.dialect = dialect
    this.delimiter = dialect.delimiter === null ? -1 : dialect.delimiter.charCodeAt(0)
    this.skip = dialect.skip
    this.point = dialect.decimal.charCodeAt(0)
    this.isNumeric = dialect.text.map((text) => !text)
    this.columns = dialect.names.map((_, i) => ({
      perRow: dialect.widths[i],
      chunks: [],
      wide: [],
      width: 'signed',
      integers: dialect.widths[i] === 1,
      texts: 0,
      firstText: null
    }))
    this.current = this.columns.map(() => new Float64Array(0))
    this.currentWide = this.columns.map(() => null)
    this.limit = limit
  }

  line(bytes: Buffer, from: number, to: number): void {
    this.lines++
    const end = to > from && bytes[to - 1] === 13 ? to - 1 : to
    let at = from
    while (at < end && (bytes[at] === 32 || bytes[at] === 9)) at++
    if (at === end || bytes[at] === 35 || bytes[at] === 37) return
    if (this.skip > 0) {
      this.skip--
      return
    }
    const { delimiter } = this
    const slot = this.rows % CHUNK_ROWS
    if (slot === 0) this.grow()
    const width = this.columns.length
    at = delimiter < 0 ? at : from
    let field = 0
    for (;;) {
      if (delimiter < 0) {
        while (at < end && (bytes[at] === 32 || bytes[at] === 9)) at++
        if (at >= end) break
      } else while (at < end && bytes[at] === 32) at++
      if (field >= width) {
        if (at >= end && field === width) break
        throw this.ragged(bytes, from, end)
      }
      let value = scanNumber(bytes, at, end, this.point)
      let stop = scanEnd
      while (stop < end && bytes[stop] === 32) stop++
      const ended = stop >= end || (delimiter < 0 ? bytes[stop] === 9 || stop > scanEnd : bytes[stop] === delimiter)
      if (this.columns[field].perRow > 1) {
        stop = this.fieldEnd(bytes, at, end)
        this.vector(bytes.toString('utf8', at, stop), field, slot)
      } else if (scanEnd === at || !ended) {
        stop = this.fieldEnd(bytes, at, end)
        value = this.special(bytes.toString('utf8', at, stop), field)
      } else if (scanInteger && (value >= 2 ** 53 || value <= -(2 ** 53)) && this.isNumeric[field]) {
        // A number of many digits takes long to convert, and is not one of 64 bits.
        if (scanEnd - at > LONGEST_WHOLE) this.columns[field].width = 'none'
        else this.keepWide(BigInt(bytes.toString('latin1', at, scanEnd)), field, slot)
      }
      if (this.isNumeric[field] && this.columns[field].perRow === 1) {
        this.current[field][slot] = value
        if (!scanInteger || value !== value) this.columns[field].integers = false
      }
      field++
      if (stop >= end) break
      at = delimiter < 0 ? stop : stop + 1
      if (at >= end && delimiter >= 0) {
        // A delimiter at the end of the line: either one more, empty field, or a habit of the writer.
        if (field < width && this.isNumeric[field]) {
          this.current[field][slot] = NaN
          this.columns[field].integers = false
        }
        if (field < width) field++
        break
      }
    }
    if (field < width - this.dialect.optional) throw this.ragged(bytes, from, end)
    for (; field < width; field++) {
      if (!this.isNumeric[field]) continue
      this.current[field][slot] = NaN
      this.columns[field].integers = false
    }
    const offset = this.lines - this.rows
    if (this.offsets.at(-1)?.offset !== offset) this.offsets.push({ row: this.rows, offset })
    this.rows++
  }

  finish(): ParsedText {
    const { rows, columns, offsets } = this
    columns.forEach((column, i) => {
      if (this.isNumeric[i] && rows % CHUNK_ROWS !== 0)
        column.chunks.push(this.current[i].subarray(0, (rows % CHUNK_ROWS) * column.perRow))
      else if (this.isNumeric[i] && rows > 0) column.chunks.push(this.current[i])
      column.wide.push(this.currentWide[i])
    })
    return {
      rows,
      columns,
      lineOf: (row) => row + (offsets.findLast((entry) => entry.row <= row)?.offset ?? 1)
    }
  }

  private grow(): void {
    const columns = this.columns.reduce((sum, { perRow }, i) => sum + (this.isNumeric[i] ? perRow : 0), 0)
    requireMemory(
      `${this.path} holds more than ${this.rows} rows, whose ${columns} columns take`,
      8 * columns * (this.rows + CHUNK_ROWS),
      this.limit
    )
    for (let i = 0; i < this.columns.length; i++) {
      if (!this.isNumeric[i]) continue
      if (this.rows > 0) {
        this.columns[i].chunks.push(this.current[i])
        this.columns[i].wide.push(this.currentWide[i])
      }
      this.current[i] = new Float64Array(CHUNK_ROWS * this.columns[i].perRow)
      this.currentWide[i] = null
    }
  }

  /** Stores a number that a double may round. */
  private keepWide(value: bigint, field: number, slot: number): void {
    const column = this.columns[field]
    if (BigInt.asIntN(64, value) !== value)
      column.width = BigInt.asUintN(64, value) === value && column.width !== 'none' ? 'unsigned' : 'none'
    const wide = (this.currentWide[field] ??= new BigInt64Array(CHUNK_ROWS))
    wide[slot] = BigInt.asIntN(64, value)
  }

  private fieldEnd(bytes: Buffer, from: number, end: number): number {
    let quoted = false
    for (let at = from; at < end; at++) {
      const byte = bytes[at]
      if (byte === 34 && (this.delimiter >= 0 || this.dialect.quoted)) quoted = !quoted
      else if (!quoted && (this.delimiter < 0 ? byte === 32 || byte === 9 : byte === this.delimiter)) return at
    }
    return end
  }

  /** Stores a vector such as `[1.5,null,3]`; a missing one is NaN throughout. */
  private vector(text: string, field: number, slot: number): void {
    const { perRow } = this.columns[field]
    const cell = text
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .trim()
    const items = /^\[([^[\]]*)\]$/.exec(cell)?.[1].split(',') ?? []
    if (items.length !== perRow && specialNumber(cell) === null)
      throw badInput(
        `Line ${this.lines} of ${this.path} has ${items.length} numbers in ${this.dialect.names[field]} where ${perRow} belong; mend or remove that line.`
      )
    for (let k = 0; k < perRow; k++)
      this.current[field][slot * perRow + k] = items[k] === undefined ? NaN : this.special(items[k], field)
  }

  private special(text: string, field: number): number {
    const point = this.dialect.decimal === ',' ? withDecimalPoint(text) : null
    const value = point === null ? specialNumber(text) : Number(point)
    if (value !== null) return value
    const column = this.columns[field]
    column.texts++
    column.firstText ??= { line: this.lines, text: text.trim().slice(0, 40) }
    return NaN
  }

  private ragged(bytes: Buffer, from: number, end: number): Error {
    const fields = splitLine(
      bytes.toString('utf8', from, Math.min(end, from + 10_000)),
      this.dialect.delimiter,
      this.dialect.quoted
    ).length
    return badInput(
      `Line ${this.lines} of ${this.path} has ${fields} fields where ${this.columns.length} belong (a truncated or mixed file?); mend or remove that line.`
    )
  }
}
