import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { badInput, HalolawError } from '../../../../src-shared/errors.ts'
import { describeAccess } from '../../table/access.ts'
import { judgeUnpacked } from '../../table/sizes.ts'

const CHUNK_BYTES = 2 ** 20

/** True when the file begins like a gzip file. */
export async function isGzip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await file.close()
  }
}

/** The bytes of a text file, unpacked if it is gzipped. `onBytes` receives the file's raw bytes, still packed. */
export async function* byteStream(path: string, onBytes?: (chunk: Uint8Array) => void): AsyncGenerator<Buffer> {
  try {
    const gzip = await isGzip(path)
    const file = createReadStream(path, { highWaterMark: CHUNK_BYTES })
    if (onBytes) file.on('data', (chunk) => typeof chunk === 'string' || onBytes(chunk))
    const gunzip = gzip ? createGunzip({ chunkSize: CHUNK_BYTES }) : null
    const source = gunzip ? file.pipe(gunzip) : file
    let unpacked = 0
    file.on('error', (error) => source.destroy(error))
    try {
      for await (const chunk of source) {
        unpacked += (chunk as Buffer).length
        if (gunzip) judgeUnpacked(path, unpacked, gunzip.bytesWritten)
        yield chunk as Buffer
      }
    } finally {
      file.destroy()
    }
  } catch (cause) {
    if (cause instanceof HalolawError) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'Z_BUF_ERROR' || code === 'Z_DATA_ERROR')
      throw badInput(`${path} is a damaged or truncated gzip file (${message}); fetch or write it again.`)
    throw describeAccess(path, cause)
  }
}

/** The first bytes of the text, at least `count` if there are that many. */
export async function firstText(path: string, count: number): Promise<{ bytes: Buffer; whole: boolean }> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of byteStream(path)) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= count) return { bytes: Buffer.concat(chunks), whole: false }
  }
  return { bytes: Buffer.concat(chunks), whole: true }
}
