import { open, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { badInput } from '../../../src-shared/errors.ts'
import { throwIfCancelled } from '../../work.ts'
import { describeAccess } from '../table/access.ts'
import type { ColumnType } from '../table/table.ts'
import { hasPositions } from '../table/mapping.ts'
import { splitHeading } from '../table/names.ts'
import type { ReadOptions, Reader, Table } from '../table/table.ts'
import { BYTES, recordColumns } from '../table/records.ts'
import { byteStream, isGzip } from './text/stream.ts'
import type { RecordField } from '../table/records.ts'

const BLOCK = 2880
const CARD = 80
/** A header with more blocks than this is not a header. */
const MOST_HEADER_BLOCKS = 2000
const MOST_EXTENSIONS = 1000
/** A gzipped file is unpacked in memory, up to this size. */
const LARGEST_UNPACKED = 2 ** 30

/**
 * Binary tables of FITS files (Pence et al. 2010, A&A 524, A42, section 7.3). Reads the first table with positions;
 * supports big-endian values, scaled columns and missing integers.
 */
export const fitsReader: Reader = { id: 'fits', title: 'a FITS file', access: 'seek', open: openFits }

type Header = Map<string, string | number | boolean>

interface Extension {
  header: Header
  /** Byte offset of its data */
  data: number
}

const TYPES: Record<string, ColumnType> = {
  L: 'bool',
  B: 'uint8',
  I: 'int16',
  J: 'int32',
  K: 'int64',
  E: 'float32',
  D: 'float64'
}
/** FITS writes logical values as the letters T and F. */
const LOGICAL_TRUE = 84
/** Bytes of an element that Halolaw does not read as a number: text, bits, complex, descriptors of variable arrays. */
const OTHER_BYTES: Record<string, number> = { A: 1, X: 1 / 8, C: 8, M: 16, P: 8, Q: 16 }

const OTHER_CONTENT: Record<string, string> = {
  A: 'text',
  X: 'bits',
  C: 'complex numbers',
  M: 'complex numbers',
  P: 'lists of variable length',
  Q: 'lists of variable length'
}

async function openFits(path: string, options: ReadOptions): Promise<Table> {
  const file = await openBytes(path, options)
  const { size } = file
  try {
    const extensions = await readExtensions(file, size, path)
    const tables = extensions.filter(({ header }) => header.get('XTENSION') === 'BINTABLE')
    if (tables.length === 0)
      throw badInput(`${path} is a FITS file without a binary table; write the halos as a BINTABLE extension.`)
    const candidates = tables.map((table) => {
      const rows = number(table.header, 'NAXIS2')
      const recordBytes = number(table.header, 'NAXIS1')
      if (table.data + rows * recordBytes > size)
        throw badInput(`${path} is truncated: its table of ${rows} rows ends after the end of the file; copy it again.`)
      const columns = recordColumns({
        path,
        memoryLimit: options.memoryLimit,
        rows,
        recordBytes,
        members: membersOf(table.header, recordBytes, path),
        block: async (start, count) => {
          throwIfCancelled(options.signal)
          const bytes = new Uint8Array(count * recordBytes)
          const { bytesRead } = await file.read(bytes, 0, bytes.length, table.data + start * recordBytes)
          if (bytesRead !== bytes.length) throw badInput(`${path} became shorter while it was read; try again.`)
          return new DataView(bytes.buffer)
        }
      })
      return { header: table.header, rows, columns }
    })
    const chosen = candidates.find((candidate) => hasPositions(candidate.columns, options.map)) ?? candidates[0]
    const names = new Set(chosen.columns.map(({ name }) => name))
    const metadata = { ...plainCards(chosen.header), ...plainCards(extensions[0].header) }
    return {
      format: 'fits',
      rows: chosen.rows,
      columns: chosen.columns,
      others: columnContents(chosen.header).filter(({ name }) => !names.has(splitHeading(name).name)),
      metadata,
      notes: [],
      close: () => file.close()
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** The bytes of a FITS file: the file itself, or all of it unpacked if it is gzipped. */
interface Bytes {
  size: number
  read(target: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>
  close(): Promise<void>
}

async function openBytes(path: string, options: ReadOptions): Promise<Bytes> {
  if (await isGzip(path)) {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of byteStream(path)) {
      throwIfCancelled(options.signal)
      size += chunk.length
      if (size > LARGEST_UNPACKED)
        throw badInput(
          `${path} unpacks to more than ${(LARGEST_UNPACKED / 1e9).toFixed(1)} GB; unpack it first (gunzip -k).`
        )
      chunks.push(chunk)
    }
    const bytes = Buffer.concat(chunks)
    return {
      size,
      read: async (target, offset, length, position) => ({
        bytesRead: bytes.copy(target, offset, position, position + length)
      }),
      close: async () => {}
    }
  }
  try {
    const file: FileHandle = await open(path)
    const { size } = await stat(path)
    return {
      size,
      read: (target, offset, length, position) => file.read(target, offset, length, position),
      close: () => file.close()
    }
  } catch (cause) {
    throw describeAccess(path, cause)
  }
}

async function readExtensions(file: Bytes, size: number, path: string): Promise<Extension[]> {
  const extensions: Extension[] = []
  for (let at = 0; at < size && extensions.length < MOST_EXTENSIONS;) {
    const { header, bytes } = await readHeader(file, at, path)
    const data = at + bytes
    extensions.push({ header, data })
    const axes = number(header, 'NAXIS', 0)
    let elements = axes === 0 ? 0 : 1
    for (let axis = 1; axis <= Math.min(axes, 999); axis++) elements *= number(header, `NAXIS${axis}`)
    const length =
      (Math.abs(number(header, 'BITPIX', 8)) / 8) *
      number(header, 'GCOUNT', 1) *
      (number(header, 'PCOUNT', 0) + elements)
    if (!(length >= 0) || !Number.isSafeInteger(length)) throw damaged(path, 'the size of an extension is impossible')
    at = data + Math.ceil(length / BLOCK) * BLOCK
  }
  return extensions
}

async function readHeader(file: Bytes, start: number, path: string): Promise<{ header: Header; bytes: number }> {
  const header: Header = new Map()
  const block = Buffer.alloc(BLOCK)
  for (let blocks = 1; blocks <= MOST_HEADER_BLOCKS; blocks++) {
    const { bytesRead } = await file.read(block, 0, BLOCK, start + (blocks - 1) * BLOCK)
    if (bytesRead < BLOCK) throw damaged(path, 'a header is cut off')
    for (let at = 0; at < BLOCK; at += CARD) {
      const card = block.toString('latin1', at, at + CARD)
      const key = card.slice(0, 8).trim()
      if (key === 'END') return { header, bytes: blocks * BLOCK }
      const value = card.startsWith('= ', 8) ? cardValue(card.slice(10)) : null
      if (value !== null) header.set(key, value)
    }
  }
  throw damaged(path, 'a header has no end')
}

function cardValue(text: string): string | number | boolean | null {
  const quoted = /^\s*'((?:[^']|'')*)'/.exec(text)
  if (quoted !== null) return quoted[1].replace(/''/g, "'").trimEnd()
  const bare = text.split('/')[0].trim()
  if (bare === 'T' || bare === 'F') return bare === 'T'
  const value = Number(bare.replace(/[dD]/, 'e'))
  return bare === '' || !Number.isFinite(value) ? null : value
}

function number(header: Header, key: string, otherwise = NaN): number {
  const value = header.get(key)
  return typeof value === 'number' ? value : otherwise
}

function membersOf(header: Header, recordBytes: number, path: string): RecordField[] {
  const fields = number(header, 'TFIELDS')
  if (!(fields >= 0 && fields <= 999)) throw damaged(path, 'the number of columns is impossible')
  const members: RecordField[] = []
  let offset = 0
  for (let i = 1; i <= fields; i++) {
    const form = /^\s*(\d*)([LXBIJKAEDCMPQ])/.exec(String(header.get(`TFORM${i}`) ?? ''))
    if (form === null) throw damaged(path, `column ${i} has no known format`)
    const width = form[1] === '' ? 1 : Number(form[1])
    const type = TYPES[form[2]]
    if (type !== undefined && width > 0) {
      const unsigned = unsignedType(type, number(header, `TZERO${i}`, 0), number(header, `TSCAL${i}`, 1))
      members.push({
        name: columnName(header, i),
        unit: (header.get(`TUNIT${i}`) as string | undefined) ?? null,
        type,
        width,
        offset,
        littleEndian: false,
        ...(unsigned === null ? scaling(header, i) : { unsigned }),
        ...(type === 'bool' ? { trueByte: LOGICAL_TRUE } : {}),
        ...(type === 'float32' || type === 'float64' || !header.has(`TNULL${i}`)
          ? {}
          : { blank: number(header, `TNULL${i}`) })
      })
    }
    offset += type === undefined ? Math.ceil(width * OTHER_BYTES[form[2]]) : width * BYTES[type]
  }
  if (offset > recordBytes) throw damaged(path, 'its columns are wider than its rows')
  return members
}

function columnContents(header: Header): { name: string; content: string }[] {
  return Array.from({ length: number(header, 'TFIELDS') }, (_, i) => {
    const letter = /[A-Z]/.exec(String(header.get(`TFORM${i + 1}`) ?? ''))?.[0] ?? ''
    return { name: columnName(header, i + 1), content: OTHER_CONTENT[letter] ?? 'nothing' }
  })
}

function columnName(header: Header, i: number): string {
  return String(header.get(`TTYPE${i}`) ?? `col${i}`)
}

/** FITS has no unsigned integers beyond a byte; they are stored shifted by half their range. Null: not shifted. */
function unsignedType(type: ColumnType, zero: number, scale: number): 'uint16' | 'uint32' | 'uint64' | null {
  if (scale !== 1) return null
  if (type === 'int16' && zero === 2 ** 15) return 'uint16'
  if (type === 'int32' && zero === 2 ** 31) return 'uint32'
  return type === 'int64' && zero === 2 ** 63 ? 'uint64' : null
}

function scaling(header: Header, i: number): { scale?: number; zero?: number } {
  const scale = number(header, `TSCAL${i}`, 1)
  const zero = number(header, `TZERO${i}`, 0)
  return scale === 1 && zero === 0 ? {} : { scale, zero }
}

/** Cards that do not describe the table itself. */
function plainCards(header: Header): Record<string, string | number> {
  const structural =
    /^(?:SIMPLE|XTENSION|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|TFIELDS|EXTEND|(?:TFORM|TTYPE|TUNIT|TNULL|TSCAL|TZERO|TDISP|TDIM)\d+)$/
  const cards = [...header].filter(
    (card): card is [string, string | number] => !structural.test(card[0]) && typeof card[1] !== 'boolean'
  )
  return Object.fromEntries(cards)
}

function damaged(path: string, reason: string): Error {
  return badInput(`${path} cannot be read as FITS: ${reason}; it is damaged or truncated, copy it again.`)
}
