import { open, stat } from 'node:fs/promises'
import { badInput } from '../../src-shared/errors.ts'
import { describeAccess } from './table/access.ts'
import { looksLikeText } from './readers/text/dialect.ts'
import { firstText } from './readers/text/stream.ts'
import type { Reader } from './table/table.ts'

const HDF5_MAGIC = Buffer.from('894844460d0a1a0a', 'hex')
/** An Arrow stream has no magic number; its first message begins with this mark. */
const STREAM_MAGIC = Buffer.from('ffffffff', 'hex')
const GZIP_MAGIC = Buffer.from('1f8b', 'hex')
const KNOWN =
  'Arrow/Feather, Parquet, HDF5, FITS, bigfile, CSV and text tables (also those of Rockstar, consistent-trees and AHF)'
/** The records with which a file of Corrfunc begins: five integers and nine floats (its io/ftread.h). */
const FAST_FOOD = [20, 36]
/** Rockstar's binary output begins with this number (its io/io_internal.h). */
const ROCKSTAR_MAGIC = 0xfadedacec0c0d0d0n

/** Readers import large libraries, so each is loaded only when a file needs it. */
async function textTables(): Promise<Reader> {
  const [{ textReader }, { ahfFlavour }, { consistentTreesFlavour, rockstarFlavour }] = await Promise.all([
    import('./readers/text.ts'),
    import('./readers/ahf.ts'),
    import('./readers/rockstar.ts')
  ])
  return textReader([consistentTreesFlavour, rockstarFlavour, ahfFlavour])
}

async function hdf5Tables(): Promise<Reader> {
  const [{ hdf5Reader }, { subfindFlavour }] = await Promise.all([
    import('./readers/hdf5.ts'),
    import('./readers/subfind.ts')
  ])
  return hdf5Reader([subfindFlavour])
}

/**
 * Chooses the reader by a file's first bytes, not by its name.
 * @throws HalolawError `bad-input` when the file is missing, empty, unreadable or in no known format.
 */
export async function detectReader(path: string): Promise<Reader> {
  let head: Buffer
  try {
    const info = await stat(path)
    if (info.isDirectory()) {
      const { bigfileReader, isBigfile } = await import('./readers/bigfile.ts')
      if (await isBigfile(path)) return bigfileReader
      throw badInput(`${path} is a folder; name the catalog file in it.`)
    }
    if (!info.isFile()) throw badInput(`${path} is not a file; name a catalog file.`)
    if (info.size === 0) throw badInput(`${path} is empty; choose another file.`)
    head = await firstBytes(path, 4096)
  } catch (cause) {
    throw describeAccess(path, cause)
  }
  const starts = (magic: string | Buffer): boolean => head.subarray(0, magic.length).equals(Buffer.from(magic))
  if (starts(HDF5_MAGIC)) return hdf5Tables()
  if (starts('PAR1')) return (await import('./readers/parquet.ts')).parquetReader
  if (starts('ARROW1') || starts(STREAM_MAGIC)) return (await import('./readers/arrow.ts')).arrowReader
  if (starts('SIMPLE  =')) return (await import('./readers/fits.ts')).fitsReader
  if (starts('FEA1'))
    throw badInput(
      `${path} is Feather version 1, which is no longer read; write it again as version 2 (pandas: df.to_feather(path)).`
    )
  const text = starts(GZIP_MAGIC) ? (await firstText(path, 4096)).bytes.subarray(0, 4096) : head
  if (text.subarray(0, 9).toString('latin1') === 'SIMPLE  =') return (await import('./readers/fits.ts')).fitsReader
  refuseByName(path, text)
  if (looksLikeText(text)) return textTables()
  throw badInput(
    `${path} is in none of the formats that Halolaw reads (${KNOWN}), or its first bytes are damaged; convert it to one of them, or copy it again.`
  )
}

/**
 * Rejects formats of the field that Halolaw does not read, and names the format.
 * @throws HalolawError `bad-input` with the remedy.
 */
function refuseByName(path: string, head: Buffer): void {
  const text = head.toString('latin1')
  if (text.startsWith('#ASDF'))
    throw badInput(
      `${path} is an ASDF file (AbacusSummit's CompaSO catalogs, say), which Halolaw does not read; write its table as HDF5 or Parquet (abacusnbody: CompaSOHaloCatalog(path).halos.write("halos.h5", path="halos", serialize_meta=True)).`
    )
  if (/^\s*</.test(text) && /<(?:\w+:)?VOTABLE[\s>]|\/VOTable\//i.test(text))
    throw badInput(
      `${path} is a VOTable, which Halolaw does not read; convert it to ECSV (astropy: Table.read(path).write("halos.ecsv")).`
    )
  if (/^\s*<(?:\?xml|!|html|\w+:\w+[\s>])/i.test(text))
    throw badInput(`${path} is an XML or HTML page, not a catalog; download the catalog itself.`)
  if (head.length >= 8 && [head.readBigUInt64LE(0), head.readBigUInt64BE(0)].includes(ROCKSTAR_MAGIC))
    throw badInput(
      `${path} is Rockstar's binary form, which Halolaw does not read; use the text form of the same output (halos_*.ascii or out_*.list).`
    )
  if (beginsWithRecords(head, FAST_FOOD))
    throw badInput(
      `${path} is a fast-food file (Corrfunc's Fortran records without column names), which Halolaw does not read; write it as text with a heading, e.g. "x y z".`
    )
}

/** True if a file begins with Fortran records of these lengths; each record states its length before and after it. */
function beginsWithRecords(head: Buffer, lengths: readonly number[]): boolean {
  let at = 0
  for (const length of lengths) {
    if (at + length + 8 > head.length) return false
    if (head.readInt32LE(at) !== length || head.readInt32LE(at + 4 + length) !== length) return false
    at += length + 8
  }
  return true
}

async function firstBytes(path: string, count: number): Promise<Buffer> {
  const file = await open(path)
  try {
    const bytes = Buffer.alloc(count)
    const { bytesRead } = await file.read(bytes, 0, count, 0)
    return bytes.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
