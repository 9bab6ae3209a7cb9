import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { describeAccess } from './table/access.ts'

const CHUNK_BYTES = 2 ** 20

/**
 * SHA-256 of a catalog's content, in hexadecimal. For a file it covers the bytes; for a folder, the names and bytes of
 * its files in order of name. Reads everything once, as a stream. `loadCatalog` computes the same hash while it reads a
 * catalog.
 * @throws HalolawError `bad-input` when a file cannot be read.
 */
export async function contentHash(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  const add = (file: string): Promise<void> =>
    pipeline(createReadStream(file, { highWaterMark: CHUNK_BYTES }), hash, { signal, end: false })
  try {
    if (!(await stat(path)).isDirectory()) await add(path)
    else
      for (const file of await filesOf(path)) {
        hash.update(`${relative(path, file)}\n`)
        await add(file)
      }
  } catch (cause) {
    throw describeAccess(path, cause)
  }
  return hash.digest('hex')
}

/** Computes the same hash from the bytes that a reader passes on while it reads a file from start to end. */
export class StreamedHash {
  private readonly hash = createHash('sha256')
  private bytes = 0

  add(chunk: Uint8Array): void {
    this.hash.update(chunk)
    this.bytes += chunk.length
  }

  /** Null unless exactly this number of bytes arrived, because a reader may stop before the end of a file. */
  digest(size: number): string | null {
    return this.bytes === size ? this.hash.digest('hex') : null
  }
}

/** A stamp cannot show a change made at the moment it is taken. */
const SETTLED_MILLISECONDS = 2000

/**
 * Detects, without reading, whether a catalog's content is unchanged: two equal stamps mean that none of its files was
 * written in between. Null when this cannot be known: a file was written just now, or is missing.
 */
export async function contentStamp(path: string): Promise<string | null> {
  try {
    const files = (await stat(path)).isDirectory() ? await filesOf(path) : [path]
    const parts = await Promise.all(
      files.map(async (file) => {
        const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true })
        return { text: [file, dev, ino, size, mtimeNs, ctimeNs].join(':'), changed: Number(ctimeNs / 1_000_000n) }
      })
    )
    if (parts.some(({ changed }) => changed > Date.now() - SETTLED_MILLISECONDS)) return null
    return parts.map(({ text }) => text).join('\n')
  } catch {
    return null
  }
}

/** Hashes of catalogs, each computed once as long as none of its files changes. */
export class ContentHashes {
  private readonly entries = new Map<string, { stamp: string; sha256: string }>()

  /** SHA-256 of a catalog's current content. @throws HalolawError `bad-input` when a file cannot be read */
  async of(path: string): Promise<string> {
    const stamp = await contentStamp(path)
    const sha256 = this.at(path, stamp) ?? (await contentHash(path))
    this.note(path, stamp, sha256)
    return sha256
  }

  /** The hash that belongs to this stamp of a catalog; null if it has not been computed. */
  at(path: string, stamp: string | null): string | null {
    const entry = this.entries.get(path)
    return stamp !== null && entry?.stamp === stamp ? entry.sha256 : null
  }

  /** @param stamp taken before the content was read */
  note(path: string, stamp: string | null, sha256: string): void {
    if (stamp === null) this.entries.delete(path)
    else this.entries.set(path, { stamp, sha256 })
  }
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
