import { expect, test } from 'vitest'
import { spellingOf } from '../../../../src-main/law/rewrite/spelling.ts'
import { parseLaw } from '../../../../src-main/law/text/parse-law.ts'

const spelling = (text: string): string => spellingOf(parseLaw(`delta = ${text}`, 50))

test.each([
  ['0.5 + e * M_i, e = sum(M_j / r)', 'M_i * e + 0.7, e = sum(M_j / r)'],
  ['e1 - 0.4 + 0.1 * e2, e1 = sum(M_j), e2 = sum(r)', '0.3 * e2 + (e1 - 0.2), e1 = sum(M_j), e2 = sum(r)'],
  ['e, e = sum(M_j * 0.2 * (1.5 + tanh(2.5 - r)) / r)', 'e, e = sum((tanh(0.5 - r) + 0.25) * M_j / r * 0.1)']
])('%s is spelled as %s', (one, other) => {
  expect(spelling(one)).toBe(spelling(other))
})

test.each([
  ['e - M_i, e = sum(M_j)', 'M_i - e, e = sum(M_j)'],
  ['e / M_i, e = sum(M_j)', 'M_i / e, e = sum(M_j)'],
  ['e, e = sum(M_j ^ 2)', 'e, e = sum(M_j ^ 3)'],
  ['e, e = sum(r - (M_j - v_j))', 'e, e = sum(r - M_j - v_j)']
])('%s is not spelled as %s', (one, other) => {
  expect(spelling(one)).not.toBe(spelling(other))
})
