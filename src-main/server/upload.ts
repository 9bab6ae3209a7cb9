import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { makeUploadFolder, removeUnusedUploads } from '../uploads.ts'
import { refuse } from './refuse.ts'

/**
 * Stores files that the browser uploads, because the browser does not reveal their paths. Each file gets its own folder
 * in the system's temporary folder and stays there as long as a project refers to it.
 */
export class Uploads {
  private readonly maxBytes: number

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
    removeUnusedUploads('ended')
  }

  async take(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
    const tooLarge = `The file is larger than the limit of ${Math.floor(this.maxBytes / 2 ** 20)} MiB for uploads; open it by its path.`
    if (Number(request.headers['content-length'] ?? 0) > this.maxBytes) return refuse(response, 413, tooLarge)
    const folder = await makeUploadFolder()
    const path = join(folder, safeName(name))
    try {
      await pipeline(request, this.counter(), createWriteStream(path, { flags: 'wx', mode: 0o600 }))
    } catch (cause) {
      await rm(folder, { recursive: true, force: true })
      if (cause instanceof RangeError) refuse(response, 413, tooLarge)
      else refuse(response, 507, describe(cause as NodeJS.ErrnoException))
      return
    }
    response.writeHead(200, { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' })
    response.end(JSON.stringify({ path }))
  }

  /** Removes files that no project refers to. */
  close(): void {
    removeUnusedUploads('ended and this')
  }

  private counter(): Transform {
    let bytes = 0
    const { maxBytes } = this
    return new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length
        done(bytes > maxBytes ? new RangeError('too large') : null, chunk)
      }
    })
  }
}

/** The file's name without folders, and without characters that a file system may reject. */
function safeName(name: string): string {
  const bare = basename(name.replaceAll('\\', '/'))
    .replace(/[^\p{L}\p{N} ._()+-]/gu, '_')
    .replace(/^\.+/, '')
    .slice(-150)
  return bare === '' ? 'catalog' : bare
}

function describe(cause: NodeJS.ErrnoException): string {
  if (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
    return `The disk that holds ${tmpdir()} is full; make room, or open the file by its path.`
  return `The file could not be stored in ${tmpdir()} (${cause.code ?? cause.message}); open it by its path.`
}
