import { open, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { badInput } from '../../../src-shared/errors.ts'
import { throwIfCancelled } from '../../work.ts'
import { describeAccess } from '../table/access.ts'
import type { ColumnType } from '../table/table.ts'
import { hasPositions } from '../table/mapping.ts'
import { isWide, valuesFor, wholeNumbersFor } from '../table/table.ts'
import type { ReadOptions, Reader, Table, TableColumn, Values, WholeNumbers } from '../table/table.ts'
import { BYTES, numberReader } from '../table/records.ts'

/** Headers and attributes are small texts. */
const LARGEST_TEXT = 2 ** 22
const BLOCK_BYTES = 2 ** 24
/** Folders of halos, which precede any other folder with positions; particles (0, 1, ... 5) come last. */
const HALOS = [/^LL-/, /^FOFGroups$/i, /^(?:halos?|groups?)$/i, /^(?!\d$)/]

/**
 * bigfile (github.com/rainwoodman/bigfile): the folders that FastPM, MP-Gadget and nbodykit write. A column is a folder
 * with a text `header` (type, numbers per row, rows of each part), `attr-v2`, and raw parts 000000, 000001, ...
 */
export const bigfileReader: Reader = { id: 'bigfile', title: 'a bigfile folder', access: 'seek', open: openBigfile }

/** True for a bigfile folder, or for a table inside one. */
export async function isBigfile(path: string): Promise<boolean> {
  const inside = async (folder: string): Promise<boolean> => (await blockHeader(folder)) !== null
  if ((await inside(join(path, 'Header'))) || (await inside(path))) return true
  for (const name of (await folders(path)).slice(0, 50)) if (await inside(join(path, name))) return true
  return false
}

interface Block {
  name: string
  folder: string
  type: ColumnType
  littleEndian: boolean
  width: number
  parts: { file: string; rows: number; checksum: number | null }[]
  rows: number
}

async function openBigfile(path: string, options: ReadOptions): Promise<Table> {
  const tables: (Pick<Table, 'columns' | 'rows' | 'others'> & { folder: string; name: string })[] = []
  for (const name of ['.', ...(await folders(path))]) {
    const folder = name === '.' ? path : join(path, name)
    const blocks = await blocksOf(folder)
    const rows = blocks.find((block) => /position/i.test(block.name))?.rows ?? blocks[0]?.rows ?? 0
    const columns = blocks.filter((block) => block.rows === rows).map((block) => columnOf(block, options))
    const others = blocks
      .filter((block) => block.rows !== rows && block.rows > 0)
      .map((block) => ({ name: block.name, content: `${block.rows} rows where the others have ${rows}` }))
    if (columns.length > 0 && rows > 0) tables.push({ folder, name, columns, others, rows })
  }
  const candidates = tables.filter((table) => hasPositions(table.columns, options.map))
  candidates.sort((a, b) => rank(a.name) - rank(b.name))
  const chosen = candidates[0] ?? tables[0]
  if (chosen === undefined)
    throw badInput(
      `${path} is a bigfile folder without columns of halos; name the folder that holds Position, Velocity, ...`
    )
  const notes: string[] = []
  if (candidates.length > 1) {
    const others = candidates.slice(1).map((table) => `${table.name} (${table.rows})`)
    notes.push(
      `Halos are taken from ${chosen.name} in ${path}; other tables with positions: ${others.join(', ')} (open the folder ${join(path, candidates[1].name)} to take that one).`
    )
  }
  const metadata = await metadataOf(chosen.folder)
  const length = Number(metadata.UnitLength_in_cm ?? 3.085678e24) < 1e23 ? 'kpc/h' : 'Mpc/h'
  return {
    format: 'bigfile',
    rows: chosen.rows,
    columns: chosen.columns,
    others: chosen.others,
    metadata,
    convention: { length, velocity: 'km/s', mass: '1e10 Msun/h', box: length },
    notes
  }
}

/** Attributes of the table and of its file; FastPM's M0 is the particle mass. */
async function metadataOf(folder: string): Promise<Record<string, string | number>> {
  const tableAttributes = await attributes(folder)
  const metadata = {
    ...tableAttributes,
    ...(await attributes(join(dirname(folder), 'Header'))),
    ...(await attributes(join(folder, 'Header')))
  }
  if (typeof tableAttributes.M0 === 'number') metadata.particle_mass = `${tableAttributes.M0} 1e10 Msun/h`
  return metadata
}

function rank(name: string): number {
  const at = HALOS.findIndex((pattern) => pattern.test(name))
  return at < 0 ? HALOS.length : at
}

async function folders(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true })
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort()
  } catch (cause) {
    throw describeAccess(path, cause)
  }
}

async function blocksOf(folder: string): Promise<Block[]> {
  const blocks: Block[] = []
  for (const name of await folders(folder)) {
    const text = await blockHeader(join(folder, name))
    const block = text === null ? null : parseHeader(text, name, join(folder, name))
    if (block !== null) blocks.push(block)
  }
  return blocks
}

/** The text of a column's header; null if it has none. */
async function blockHeader(folder: string): Promise<string | null> {
  const file = join(folder, 'header')
  const info = await stat(file).catch(() => null)
  if (info?.isFile() !== true || info.size > LARGEST_TEXT) return null
  const text = await readFile(file, 'latin1')
  return text.startsWith('DTYPE:') ? text : null
}

function parseHeader(text: string, name: string, folder: string): Block | null {
  const dtype = /^DTYPE:\s*([<>=|]?)([fiuS])(\d+)/m.exec(text)
  const width = Number(/^NMEMB:\s*(\d+)/m.exec(text)?.[1] ?? NaN)
  if (dtype === null || !(width > 0)) return null
  const type = `${{ f: 'float', i: 'int', u: 'uint', S: 'S' }[dtype[2]]}${Number(dtype[3]) * 8}`
  if (!(type in BYTES)) return null
  const parts = [...text.matchAll(/^([0-9A-Fa-f]{6}):\s*(\d+)(?:\s*:\s*(\d+))?/gm)].map((match) => ({
    file: join(folder, match[1]),
    rows: Number(match[2]),
    // Writers without checksums write 0.
    checksum: Number(match[3] ?? 0) || null
  }))
  const files = /^NFILE:\s*(\d+)/m.exec(text)?.[1]
  if (files !== undefined && Number(files) !== parts.length)
    throw badInput(
      `The header of column ${folder} says NFILE ${files} and lists ${parts.length} parts: it is cut off; copy the folder again.`
    )
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  return { name, folder, type: type as ColumnType, littleEndian: dtype[1] !== '>', width, parts, rows }
}

function columnOf(block: Block, options: ReadOptions): TableColumn {
  const { name, type, width } = block
  const readExact = (): Promise<WholeNumbers> => readWholeBlock(block, options)
  return {
    name,
    path: block.folder,
    type,
    width,
    unit: null,
    read: () => readBlock(block, options),
    ...(isWide(type) && { readExact })
  }
}

async function readBlock(block: Block, options: ReadOptions): Promise<Values> {
  const { type, width } = block
  const size = BYTES[type]
  for (const part of block.parts) await requireWhole(part.file, part.rows * width * size)
  const values = valuesFor(type, block.rows * width)
  let to = 0
  await readParts(block, options, (view) => {
    to = copyNumbers(view, block, values, to)
  })
  return values
}

async function readWholeBlock(block: Block, options: ReadOptions): Promise<WholeNumbers> {
  const values = wholeNumbersFor(block.type, block.rows * block.width)
  let to = 0
  await readParts(block, options, (view) => {
    for (let at = 0; at + 8 <= view.byteLength; at += 8)
      values[to++] =
        block.type === 'uint64' ? view.getBigUint64(at, block.littleEndian) : view.getBigInt64(at, block.littleEndian)
  })
  return values
}

/** Passes on a column's bytes in order, and compares the checksum of each part. */
async function readParts(block: Block, options: ReadOptions, take: (view: DataView) => void): Promise<void> {
  const size = BYTES[block.type]
  for (const part of block.parts) {
    const total = part.rows * block.width * size
    try {
      const file = await open(part.file)
      try {
        let sum = 0
        for (let at = 0; at < total; at += BLOCK_BYTES) {
          throwIfCancelled(options.signal)
          const bytes = new Uint8Array(Math.min(BLOCK_BYTES, total - at))
          await file.read(bytes, 0, bytes.length, at)
          take(new DataView(bytes.buffer))
          if (part.checksum !== null) sum = byteSum(bytes, sum)
        }
        if (part.checksum !== null && part.checksum !== sum)
          throw badInput(
            `The checksum of ${part.file} is ${sum} and its header says ${part.checksum}; the folder is damaged, copy it again.`
          )
      } finally {
        await file.close()
      }
    } catch (cause) {
      throw describeAccess(part.file, cause)
    }
  }
}

/** A header can state any number of rows, so memory is allocated only after the part's size has been checked. */
async function requireWhole(file: string, total: number): Promise<void> {
  const info = await stat(file).catch((cause: unknown) => {
    throw describeAccess(file, cause)
  })
  if (info.size > total)
    throw badInput(
      `${file} has ${info.size} bytes where its header says ${total}; the folder is damaged, copy it again.`
    )
  if (info.size < total)
    throw badInput(`${file} is truncated: ${info.size} bytes where its header says ${total}; copy the folder again.`)
}

/** bigfile's checksum: the sum of all bytes in 32 bits. */
function byteSum(bytes: Uint8Array, start: number): number {
  let sum = start
  for (const byte of bytes) sum = (sum + byte) >>> 0
  return sum
}

/** Copies all numbers of the view to `start` and the places after it; returns the place after the last one. */
function copyNumbers(
  view: DataView,
  format: Pick<Block, 'type' | 'littleEndian'>,
  values: Values,
  start: number
): number {
  let to = start
  const size = BYTES[format.type]
  const read = numberReader(view, format)
  for (let at = 0; at + size <= view.byteLength; at += size) values[to++] = read(at)
  return to
}

/** One per line: `name dtype count hex #HUMANE [ ... ]`. */
async function attributes(folder: string): Promise<Record<string, string | number>> {
  const metadata: Record<string, string | number> = {}
  const file = join(folder, 'attr-v2')
  const info = await stat(file).catch(() => null)
  if (info?.isFile() !== true || info.size > LARGEST_TEXT) return metadata
  for (const line of (await readFile(file, 'latin1')).split('\n')) {
    const match = /^(\S+) ([<>=|]?)([fiuS])(\d+) (\d+) ([0-9A-Fa-f]*)/.exec(line)
    if (match === null) continue
    const [, name, order, kind, bytes, , hex] = match
    const data = Buffer.from(hex, 'hex')
    if (kind === 'S') {
      if (data.length <= 200) metadata[name] = data.toString('latin1').replace(/\0+$/, '')
      continue
    }
    const type = `${{ f: 'float', i: 'int', u: 'uint' }[kind]}${Number(bytes) * 8}`
    if (!(type in BYTES) || data.length !== Number(bytes)) continue
    const values = new Float64Array(1)
    const format = { type: type as ColumnType, littleEndian: order !== '>' }
    copyNumbers(new DataView(data.buffer, data.byteOffset, data.length), format, values, 0)
    metadata[name] = values[0]
  }
  return metadata
}
