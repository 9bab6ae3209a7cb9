import { open, stat } from 'node:fs/promises'
import { badInput } from '../../src-shared/errors.ts'
import { describeAccess } from './table/access.ts'
import { looksLikeText } from './readers/text/dialect.ts'
import { firstText } from './readers/text/stream.ts'
import type { Reader } from './table/table.ts'

const HDF5_MAGIC = Buffer.from('894844460d0a1a0a', 'hex')
/** An Arrow stream has no magic; its first message begins with this mark. */
const STREAM_MAGIC = Buffer.from('ffffffff', 'hex')
const GZIP_MAGIC = Buffer.from('1f8b', 'hex')
const KNOWN = 'Arrow/Feather, Parquet, HDF5, CSV, Rockstar, consistent-trees, AHF, FITS, bigfile'

/** Readers bring large libraries along, so each is loaded when a file asks for it. */
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
 * The reader of a file: by its first bytes, whatever its name says; by its name where the bytes leave a choice.
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
  if (looksLikeText(text)) return textTables()
  throw badInput(`${path} is in none of the formats that Halolaw reads (${KNOWN}), or damaged from its first bytes on.`)
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
