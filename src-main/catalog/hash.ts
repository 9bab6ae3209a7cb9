import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describeAccess } from './table/access.ts'

/**
 * SHA-256 of a file's bytes, in hexadecimal, read as a stream; of a catalog that is a folder, of its files' names and bytes in order of name.
 * @throws HalolawError `bad-input` when the file cannot be read.
 */
export async function contentHash(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  try {
    if (!(await stat(path)).isDirectory()) {
      await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal, end: false })
    } else {
      const entries = await readdir(path, { recursive: true, withFileTypes: true })
      const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
      for (const file of files.sort()) {
        hash.update(`${relative(path, file)}\n`)
        await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash, { signal, end: false })
      }
    }
  } catch (cause) {
    throw describeAccess(path, cause)
  }
  return hash.digest('hex')
}
