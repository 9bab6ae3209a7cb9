// Changes of a file's bytes that a damaged or hostile catalog could have.
import type { Random } from '../../src-main/random.ts'

export const pick = <T>(random: Random, list: readonly T[]): T => list[random.integer(list.length)]

/** Numbers that a length field could state instead of the true one. */
const lies = [0n, 1n, -1n, 7n, 255n, 65_536n, 2n ** 24n, 2n ** 31n - 1n, 2n ** 32n - 1n, 2n ** 40n, 2n ** 63n - 1n]
const words = [
  '',
  'nan',
  'inf',
  '1e999',
  '-',
  '"',
  "'",
  ',',
  '\t',
  '\0',
  '#',
  '1,5',
  '1;2',
  '9'.repeat(25),
  '0x10',
  '1d400',
  'é',
  '[Mpc]',
  '(3)',
  ': {',
  '- {name: x, unit: kpc',
  '&id001',
  '*id001',
  'x'.repeat(5000)
]

/** A changed copy of the bytes, and what was changed. */
export function mutate(bytes: Buffer, isText: boolean, random: Random): { bytes: Buffer; how: string } {
  const kind = isText && random.integer(3) > 0 ? 'text' : pick(random, ['bits', 'bytes', 'cut', 'lie', 'lie', 'move'])
  if (kind === 'text') return editText(bytes, random)
  const copy = Buffer.from(bytes)
  const at = place(copy, random)
  if (kind === 'cut') return { bytes: copy.subarray(0, random.integer(copy.length + 1)), how: 'cut' }
  if (kind === 'bits' || kind === 'bytes') {
    const times = 1 + random.integer(kind === 'bits' ? 8 : 20)
    for (let n = 0; n < times; n++) {
      const one = place(copy, random)
      copy[one] = kind === 'bits' ? copy[one] ^ (1 << random.integer(8)) : random.integer(256)
    }
    return { bytes: copy, how: `${times} ${kind}` }
  }
  if (kind === 'lie') return lie(copy, at, random)
  const length = 1 + random.integer(Math.min(4096, copy.length))
  const piece = copy.subarray(random.integer(copy.length - length + 1)).subarray(0, length)
  const moved = pick(random, [
    [copy.subarray(0, at), piece, copy.subarray(at)],
    [copy.subarray(0, at), copy.subarray(at + length)],
    [copy.subarray(0, at), piece, copy.subarray(at + length)]
  ])
  return { bytes: Buffer.concat(moved), how: `${length} bytes moved at ${at}` }
}

/** Most formats describe themselves at the beginning or the end, so these parts are changed more often. */
function place(bytes: Buffer, random: Random): number {
  const near = Math.min(bytes.length, 1024)
  const zone = random.integer(3)
  const at = zone === 0 ? random.integer(near) : zone === 1 ? bytes.length - near + random.integer(near) : -1
  return Math.max(0, Math.min(bytes.length - 1, at < 0 ? random.integer(bytes.length) : at))
}

function lie(bytes: Buffer, near: number, random: Random): { bytes: Buffer; how: string } {
  const size = pick(random, [1, 2, 4, 8])
  const at = Math.min(near - (near % size), Math.max(0, bytes.length - size))
  if (bytes.length < size) return { bytes, how: 'nothing' }
  const number = Buffer.alloc(8)
  bytes.copy(number, 0, at, at + size)
  const before = number.readBigUInt64LE()
  const value = pick(random, [...lies, before + 1n, before - 1n, before * 2n, before * 1000n])
  number.writeBigUInt64LE(BigInt.asUintN(64, value))
  number.copy(bytes, at, 0, size)
  return { bytes, how: `${value} in ${size} bytes at ${at}` }
}

function editText(bytes: Buffer, random: Random): { bytes: Buffer; how: string } {
  const lines = bytes.toString('latin1').split('\n')
  const times = 1 + random.integer(4)
  const edits: string[] = []
  for (let n = 0; n < times; n++) {
    const at = random.integer(random.integer(2) === 0 ? Math.min(lines.length, 12) : lines.length)
    const line = lines[at] ?? ''
    const how = random.integer(7)
    if (how === 0) lines.splice(at, 1)
    else if (how === 1) lines.splice(at, 0, pick(random, lines))
    else if (how === 2) lines.splice(at, 2, line + (lines[at + 1] ?? ''))
    else if (how === 3) lines[at] = line.replaceAll(pick(random, [',', ' ', '\t', ':', '.', '1']), pick(random, words))
    else {
      const fields = line.split(/(?<=[\s,:])/)
      fields[random.integer(Math.max(1, fields.length))] = pick(random, words)
      lines[at] = fields.join('')
    }
    edits.push(`${how} in line ${at + 1}`)
  }
  return { bytes: Buffer.from(lines.join('\n'), 'latin1'), how: `text: ${edits.join(', ')}` }
}
