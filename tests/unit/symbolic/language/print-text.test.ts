import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as s from '../../../../src-main/symbolic/index.ts'

test('printed text reads back with every number and name, alone and in every place', () => {
  const numbers = [
    1e-300,
    5e-324,
    1e21,
    1e22,
    2 ** 53,
    2 ** 53 + 2,
    123456789012345680000,
    1.7976931348623157e308,
    Math.PI,
    1 / 3,
    0
  ]
  const leaf = fc.oneof(
    fc
      .constantFrom(...numbers, ...numbers.map((value) => -value), Infinity, -Infinity, NaN)
      .map((value) => s.constant(value)),
    fc.constantFrom('x', 'pi', 'M_i', 'e', 'if', 'a b', '2d', 'x-y', 'Ω_m', '%').map(s.variable)
  )
  const call = (args: fc.Arbitrary<s.Expression>): fc.Arbitrary<s.Expression> =>
    fc
      .tuple(fc.constantFrom(...s.operatorNames), fc.array(args, { minLength: 3, maxLength: 3 }))
      .map(([op, all]) => s.call(op, ...all.slice(0, s.operators[op])))
  fc.assert(
    fc.property(call(fc.oneof(leaf, call(fc.oneof(leaf, call(leaf))))), (e) => {
      expect(s.equal(s.parse(s.printText(e)), e), s.printText(e)).toBe(true)
    }),
    { numRuns: 5000 }
  )
})
