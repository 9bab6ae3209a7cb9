/**
 * The size that an LZ4 frame unpacks to (github.com/lz4/lz4, doc/lz4_Frame_format.md), read from its blocks without
 * unpacking them.
 * @throws Error when the frame is damaged.
 */
export function lz4FrameSize(frame: Uint8Array): number {
  let size = 0
  for (const { start, end, isPacked } of blocksOf(frame).blocks)
    size += isPacked ? packedBlockSize(frame, start, end) : end - start
  return size
}

/** An upper limit of `lz4FrameSize` that reads only the sizes of the blocks. */
export function lz4FrameBound(frame: Uint8Array): number {
  const { blocks, largestBlock } = blocksOf(frame)
  let bound = 0
  for (const { start, end, isPacked } of blocks)
    bound += isPacked ? Math.min(largestBlock, MOST_COMPRESSION * (end - start)) : end - start
  return bound
}

const MAGIC = 0x184d2204
/** A byte of a match length stands for at most this many bytes. */
const MOST_COMPRESSION = 255
const FIXED_HEADER = 7

interface Block {
  start: number
  end: number
  isPacked: boolean
}

function blocksOf(frame: Uint8Array): { blocks: Block[]; largestBlock: number } {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  if (frame.length < FIXED_HEADER || view.getUint32(0, true) !== MAGIC) throw new Error('a buffer is no LZ4 frame')
  const flags = frame[4]
  const has = (bit: number): boolean => (flags & (1 << bit)) !== 0
  const largestBlock = 2 ** (8 + 2 * ((frame[5] >> 4) & 7))
  const blocks: Block[] = []
  let at = FIXED_HEADER + (has(3) ? 8 : 0) + (has(0) ? 4 : 0)
  for (;;) {
    if (at + 4 > frame.length) throw new Error('an LZ4 frame is cut off')
    const word = view.getUint32(at, true)
    if (word === 0) return { blocks, largestBlock }
    const start = at + 4
    const end = start + (word & 0x7fffffff)
    if (end > frame.length) throw new Error('an LZ4 block is longer than what is left')
    blocks.push({ start, end, isPacked: word < 2 ** 31 })
    at = end + (has(4) ? 4 : 0)
  }
}

/** Adds the lengths of literals and matches (doc/lz4_Block_format.md). */
function packedBlockSize(frame: Uint8Array, start: number, end: number): number {
  let at = start
  let size = 0
  const more = (length: number): number => {
    if (length < 15) return length
    let sum = length
    for (;;) {
      if (at >= end) throw new Error('an LZ4 block is cut off')
      const byte = frame[at++]
      sum += byte
      if (byte < 255) return sum
    }
  }
  while (at < end) {
    const token = frame[at++]
    const literals = more(token >> 4)
    at += literals
    size += literals
    if (at >= end) break
    at += 2
    size += more(token & 15) + 4
  }
  return size
}
