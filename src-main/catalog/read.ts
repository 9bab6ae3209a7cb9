import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { badInput, HalolawError } from '../../src-shared/errors.ts'
import { throwIfCancelled } from '../work.ts'
import { assemble } from './assemble.ts'
import type { Catalog } from './catalog.ts'
import { detectReader } from './detect.ts'
import { contentHash, StreamedHash } from './hash.ts'
import type { LoadOptions } from './load.ts'
import { reasonOf } from './table/reason.ts'
import { judgeTable } from './table/sizes.ts'
import type { Reader } from './table/table.ts'

/**
 * `loadCatalog` on the calling thread; its worker runs this.
 * @throws HalolawError `bad-input` in one sentence: what is wrong with which file and how to fix it.
 */
export async function readCatalog(path: string, options: LoadOptions = {}): Promise<Catalog> {
  const full = resolve(path)
  try {
    throwIfCancelled(options.signal)
    const reader = await detectReader(full)
    options.onProgress?.({ fraction: 0, message: `Opening ${reader.title}` })
    if (options.hash !== 'content') return await tableToCatalog(reader, full, options)
    const hashed = reader.access === 'stream' ? whileStreaming : besideSeeking
    return await hashed(reader, full, options)
  } catch (cause) {
    throw asSentence(full, cause)
  }
}

async function tableToCatalog(
  reader: Reader,
  path: string,
  options: LoadOptions,
  onBytes?: (chunk: Uint8Array) => void
): Promise<Catalog> {
  const { map = {}, boxSize = null, periodic, signal, onProgress, memoryLimit } = options
  const table = await reader.open(path, { map, signal, onProgress, memoryLimit, onBytes })
  try {
    await judgeTable(table, path, memoryLimit)
    return await assemble(table, path, { map, boxSize, periodic, signal, onProgress, memoryLimit })
  } finally {
    await table.close?.()
  }
}

/** Hashes the bytes that the reader passes on; a second pass is needed only if it stops before the end of the file. */
async function whileStreaming(reader: Reader, path: string, options: LoadOptions): Promise<Catalog> {
  const hash = new StreamedHash()
  const catalog = await tableToCatalog(reader, path, options, (chunk) => hash.add(chunk))
  const sha256 = hash.digest((await stat(path)).size) ?? (await contentHash(path, options.signal))
  return { ...catalog, sha256 }
}

/**
 * Hashes the file in its own pass beside the reader, which reads only parts of it. Each finds in memory the pages that
 * the other has read.
 */
async function besideSeeking(reader: Reader, path: string, options: LoadOptions): Promise<Catalog> {
  const failed = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal
  const hashing = contentHash(path, signal)
  // The reader's error takes precedence.
  hashing.catch(() => {})
  try {
    const catalog = await tableToCatalog(reader, path, options)
    return { ...catalog, sha256: await hashing }
  } catch (cause) {
    failed.abort()
    throw cause
  }
}

/** Turns an error that a reader's library throws on a damaged file into a sentence that the user can act on. */
function asSentence(path: string, cause: unknown): Error {
  if (cause instanceof HalolawError) return cause
  const reason = cause instanceof RangeError ? cause.message.split('\n')[0] : reasonOf(cause)
  if (cause instanceof RangeError && /alloc|array (?:buffer|length)|out of memory/i.test(reason))
    return badInput(
      `${path} asks for more memory than there is (${reason}); it is damaged, or too large for this machine; copy it again, or cut the catalog, e.g. by mass.`
    )
  return badInput(`${path} cannot be read (${reason}); it is damaged, copy or write it again.`)
}
