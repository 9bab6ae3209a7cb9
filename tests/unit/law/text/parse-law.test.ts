import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeLaw } from '../../../../src-main/law/text/describe-law.ts'
import { lawConstants, lawOf, type GraphLaw } from '../../../../src-main/law/graph-law.ts'
import { parseLaw } from '../../../../src-main/law/text/parse-law.ts'
import { evaluate, type Expression } from '../../../../src-main/symbolic/index.ts'
import { HalolawError } from '../../../../src-shared/errors.ts'

/** What the law gives where every sum has one term: enough to tell two laws apart. */
function valueOf({ messages, node }: GraphLaw, halo: Record<string, number>): number {
  const column = (names: Record<string, number>): Map<string, Float64Array> =>
    new Map(Object.entries(names).map(([name, value]) => [name, Float64Array.of(value)]))
  const at = (part: Expression, names: Record<string, number>): number => evaluate(part, column(names), 1)[0]
  const sums = messages.map((message, k) => [`e${k + 1}`, at(message, halo)])
  return at(node, { ...halo, ...Object.fromEntries(sums) })
}
const halo = { M_i: 2.5, M_j: 0.7, r: 13, v_i: 0.4, v_j: 0.2, v_ij: 0.3, v_r: -0.1, cos_i: 0.5, cos_j: -0.5 }

test.each([
  [['(C4 + M_j) / (C5 + (C6*r)^C7)'], 'C1 + e / (C2 + C3*M_i)'],
  [['M_j * exp(C4 * r)', 'C5 / r + C6 * v_r'], 'C1 + C2 * e1 - C3 * e2 * M_i'],
  [['tanh(C4 * r) * M_i'], 'C1 * e ^ 2 - log(C2 + M_i)']
])('a law reads back from the text that it is shown as: %s, %s', (messages, node) => {
  const names = ['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7']
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.1, max: 30, noNaN: true }), { minLength: 7, maxLength: 7 }), (values) => {
      const law = lawOf(messages, node, Object.fromEntries(names.map((name, k) => [name, values[k]])))
      const read = parseLaw(describeLaw(law, 50, 500).text, 50)
      const [was, is] = [valueOf(law, halo), valueOf(read, halo)]
      // Constants are shown with four digits.
      if (Number.isFinite(was) && Math.abs(was) < 1e6)
        expect(Math.abs(is - was)).toBeLessThan(0.05 * (1 + Math.abs(was)))
      expect(read.messages).toHaveLength(messages.length)
    }),
    { numRuns: 30 }
  )
})

test('sums are written inline or by name, and a message may be a law by itself', () => {
  const inPlace = parseLaw('C1 + 0.5 * sum(M_j / (1 + (r/20)^8))', 50)
  const named = parseLaw('delta = C1 + 0.5 * e, e = sum(M_j / (1 + (r/20)^8) for r < 50)', 50)
  const alone = parseLaw('M_j / (1 + (r/20)^8)', 50)
  expect(valueOf(inPlace, halo)).toBeCloseTo(1 + (0.5 * 0.7) / (1 + (13 / 20) ** 8), 12)
  expect(named).toEqual(inPlace)
  expect(alone.messages).toHaveLength(1)
  // 1 and 20 are fitted, the whole power 8 is not.
  expect(lawConstants(inPlace).map(({ value }) => value)).toEqual([1, 0.5, 1, 20])
})

test.each([
  ['', /empty/],
  ['C1 + M_i', /no sum over neighbours; write it as sum/],
  ['C1 + C2 * M_j + sum(r)', /"M_j" belongs to a pair of halos/],
  ['C1 + e', /"e" stands for no sum yet/],
  ['sum(M_k)', /did you mean "M_i" or "M_j"/],
  ['sum(M_j) + mass', /In "sum\(M_j\) \+ mass", column 12: there is no "mass"; choose one of M_i, v_i\./],
  ['sum(M_j', /bracket of sum\( is not closed/],
  ['sum(sum(r))', /cannot stand inside another/],
  ['sum(M_j for r < 20)', /reaches to r < 50; .*if\(r < 20/],
  ['C1 + e, e = sum(r), e = sum(M_j)', /stands for two sums/],
  ['sum(M_j), foo', /not of the form/]
])('%s is refused', (text, sentence) => {
  expect(() => parseLaw(text, 50)).toThrow(sentence)
})

test('every text is either parsed or refused', () => {
  const piece = fc.constantFrom(
    'sum(',
    ')',
    '(',
    'M_j',
    'r',
    'e',
    'e2',
    ' = ',
    ', ',
    '+',
    '*',
    '^',
    '1.5',
    'C1',
    'for r < ',
    'x'
  )
  const text = fc.oneof(
    fc.string({ maxLength: 80 }),
    fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(''))
  )
  fc.assert(
    fc.property(text, (written) => {
      try {
        expect(parseLaw(written, 50).messages.length).toBeGreaterThan(0)
      } catch (error) {
        expect(error).toBeInstanceOf(HalolawError)
        expect((error as HalolawError).code).toBe('bad-input')
      }
    }),
    { numRuns: 2000 }
  )
})
