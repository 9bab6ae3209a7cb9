import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pack, unpack } from '../../../src-main/project/pack.ts'

test('plain data survives, with every number and typed arrays at any offset', () => {
  const plain = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.double(),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.float32Array(),
      fc.float64Array(),
      fc.uint32Array(),
      fc.uint8Array(),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(
        fc.string().filter((key) => !key.startsWith('$') && key !== '__proto__'),
        tie('value')
      )
    )
  })).value
  fc.assert(
    fc.property(plain, (value) => void expect({ value: unpack(pack(value)) }).toEqual({ value: unnull(value) }))
  )
})

/** fast-check's dictionaries have no prototype; stored ones are ordinary. */
function unnull(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unnull)
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, unnull(member)]))
}

test('foreign bytes are refused', () => {
  const good = pack({ a: Float32Array.of(1, 2, 3) })
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        unpack(bytes)
      } catch (error) {
        expect((error as Error).message).toMatch(/damaged/)
      }
    })
  )
  expect(() => unpack(good.subarray(0, good.length - 8))).toThrow('damaged')
})
