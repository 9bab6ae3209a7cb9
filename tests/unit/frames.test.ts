import fc from 'fast-check'
import { PassThrough } from 'node:stream'
import type { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { FramePipe } from '../../src-main/frames.ts'

/** What arrives of `write` when the pipe delivers it in pieces of the given sizes. */
function receive(write: (pipe: FramePipe) => void, sizes: number[]): unknown[] {
  const sent: Buffer[] = []
  const collector = new PassThrough()
  collector.write = ((chunk: Uint8Array) => sent.push(Buffer.from(chunk)) > 0) as typeof collector.write
  write(new FramePipe(collector, { onMessage: () => undefined, onBytes: () => undefined, onEnd: () => undefined }))

  const received: unknown[] = []
  const stream = new PassThrough() as Duplex
  new FramePipe(stream, {
    onMessage: (message) => received.push(message),
    onBytes: (id, bytes) => received.push([id, [...bytes]]),
    onEnd: () => received.push('end')
  })
  const all = Buffer.concat(sent)
  for (let at = 0, piece = 0; at < all.length; piece++) {
    const size = sizes[piece % sizes.length]!
    stream.emit('data', all.subarray(at, at + size))
    at += size
  }
  return received
}

test('messages and bytes arrive whole and in order however the pipe cuts them', () => {
  const frame = fc.oneof(
    fc.record({ id: fc.nat(), text: fc.string() }),
    fc.tuple(fc.nat({ max: 2 ** 32 - 1 }), fc.uint8Array({ maxLength: 300 }))
  )
  const sizes = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(fc.array(frame), sizes, (frames, cuts) => {
      const received = receive((pipe) => {
        for (const one of frames)
          if (Array.isArray(one)) pipe.sendBytes(...one)
          else pipe.send(one)
      }, cuts)
      expect(received).toEqual(frames.map((one) => (Array.isArray(one) ? [one[0], [...one[1]]] : one)))
    })
  )
})

test('a stream without frames ends the pipe instead of filling its buffer', async () => {
  const stream = new PassThrough()
  const ended = new Promise<void>((resolve) => {
    new FramePipe(stream, { onMessage: () => undefined, onBytes: () => undefined, onEnd: resolve })
  })
  stream.write(Buffer.alloc(64, 0xff))
  await ended
})
