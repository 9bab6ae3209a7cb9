import { badInput } from '../../src-shared/errors.ts'

/**
 * Converts plain data to bytes and back: JSON in which a typed array is a reference to raw little-endian bytes that
 * follow, and a number that JSON lacks (NaN, infinities, -0) is written by name. It does not use V8's serialisation,
 * because a project file may come from an untrusted source and from another version of Node.
 *
 *   u32 length of the JSON | JSON in UTF-8, padded with blanks to a multiple of 8 | arrays, each padded to 8
 */
export function pack(data: unknown): Uint8Array {
  const arrays: Uint8Array[] = []
  let offset = 0
  const json = JSON.stringify(encode(data), undefined, 0) ?? 'null'
  const text = Buffer.from(json)
  const head = Buffer.alloc(padded(4 + text.length), 0x20)
  head.writeUInt32LE(text.length)
  text.copy(head, 4)
  return Buffer.concat([head, ...arrays])

  function encode(value: unknown): unknown {
    if (typeof value === 'number')
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? '-0' : `${value}` }
    if (ArrayBuffer.isView(value)) {
      const kind = value.constructor.name
      if (!(kind in arrayKinds)) throw new TypeError(`A ${kind} cannot be stored in a project.`)
      const bytes = Buffer.alloc(padded(value.byteLength))
      bytes.set(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
      const reference = { $array: kind, offset, bytes: value.byteLength }
      arrays.push(bytes)
      offset += bytes.length
      return reference
    }
    if (Array.isArray(value)) return value.map(encode)
    if (value !== null && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, encode(member)]))
    return value
  }
}

/** @throws HalolawError `bad-input` when `pack` did not write the bytes. */
export function unpack(bytes: Uint8Array): unknown {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const length = view.getUint32(0, true)
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, 4 + length))
    const start = padded(4 + length)
    return decode(JSON.parse(text), bytes.subarray(start))
  } catch {
    throw badInput('A record of the project file is damaged; restore the file from a copy.')
  }
}

const arrayKinds = { Float32Array, Float64Array, Uint8Array, Uint16Array, Uint32Array, Int32Array }
const numbers: Record<string, number> = { NaN, Infinity, '-Infinity': -Infinity, '-0': -0 }

function padded(length: number): number {
  return Math.ceil(length / 8) * 8
}

function decode(value: unknown, raw: Uint8Array): unknown {
  if (Array.isArray(value)) return value.map((member) => decode(member, raw))
  if (value === null || typeof value !== 'object') return value
  if ('$number' in value && typeof value.$number === 'string') {
    if (!Object.hasOwn(numbers, value.$number)) throw new RangeError('no such number')
    return numbers[value.$number]
  }
  if ('$array' in value) {
    const { $array, offset, bytes } = value as { $array: keyof typeof arrayKinds; offset: number; bytes: number }
    if (!(offset >= 0 && bytes >= 0 && offset + bytes <= raw.length)) throw new RangeError('array beyond the end')
    if (!Object.hasOwn(arrayKinds, $array)) throw new RangeError('no such array')
    const Kind = arrayKinds[$array]
    // Copied, because a typed array must start at a multiple of its element size, and the blob may start anywhere.
    return new Kind(new Uint8Array(raw.subarray(offset, offset + bytes)).buffer)
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, decode(member, raw)]))
}
