import type { Duplex } from 'node:stream'
import { logger } from './log.ts'

const log = logger('pipe')

/**
 * Messages over a pipe between the desktop shell and the service: the frames of the web socket, with a length before
 * each. Not Node's own channel, because Electron's V8 and the pinned Node's may write different versions of
 * structured clones, and because JSON would turn columns into text.
 *
 *   u32 length of what follows | u8 kind | payload     (little-endian)
 *   kind 0: JSON in UTF-8; kind 1: u32 request id, then the bytes of its result
 */
const jsonKind = 0
const bytesKind = 1
const headerBytes = 5
/** Longer than any message; a greater length means that the pipe carries something else. */
const maxFrameBytes = 2 ** 31

export interface FrameHandlers {
  onMessage(message: unknown): void
  onBytes(id: number, bytes: Uint8Array<ArrayBuffer>): void
  /** The other side has closed the pipe, or sent something else than frames. */
  onEnd(): void
}

/** One end of the pipe. */
export class FramePipe {
  private readonly stream: Duplex
  private chunks: Buffer[] = []
  private buffered = 0
  private ended = false

  constructor(stream: Duplex, handlers: FrameHandlers) {
    this.stream = stream
    const end = () => {
      if (this.ended) return
      this.ended = true
      handlers.onEnd()
    }
    stream.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk)
      this.buffered += chunk.length
      try {
        this.drain(handlers)
      } catch (cause) {
        log.error('A damaged frame closes the desktop pipe.', cause)
        stream.destroy()
      }
    })
    stream.on('error', end)
    stream.on('close', end)
    stream.on('end', end)
  }

  send(message: unknown): void {
    this.write(jsonKind, [Buffer.from(JSON.stringify(message))])
  }

  sendBytes(id: number, bytes: Uint8Array): void {
    const head = Buffer.alloc(4)
    head.writeUInt32LE(id)
    this.write(bytesKind, [head, bytes])
  }

  private write(kind: number, parts: Uint8Array[]): void {
    if (this.ended || this.stream.destroyed) return
    const header = Buffer.alloc(headerBytes)
    header.writeUInt32LE(1 + parts.reduce((sum, part) => sum + part.byteLength, 0))
    header.writeUInt8(kind, 4)
    for (const part of [header, ...parts]) this.stream.write(part)
  }

  /** Passes on every complete frame that has arrived. */
  private drain(handlers: FrameHandlers): void {
    while (this.buffered >= headerBytes) {
      const length = this.peekLength()
      if (length < 1 || length > maxFrameBytes) throw new RangeError('not a frame')
      if (this.buffered < 4 + length) return
      const frame = this.take(4 + length)
      const payload = frame.subarray(headerBytes)
      if (frame[4] === jsonKind) handlers.onMessage(JSON.parse(payload.toString()))
      else handlers.onBytes(payload.readUInt32LE(0), new Uint8Array(payload.subarray(4)))
    }
  }

  private peekLength(): number {
    if (this.chunks[0]!.length < 4) this.chunks = [Buffer.concat(this.chunks)]
    return this.chunks[0]!.readUInt32LE(0)
  }

  private take(bytes: number): Buffer {
    const all = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks)
    const rest = all.subarray(bytes)
    this.chunks = rest.length > 0 ? [rest] : []
    this.buffered = rest.length
    return all.subarray(0, bytes)
  }
}
