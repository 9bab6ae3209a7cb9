import { describe, expect, test } from 'vitest'
import { blocksOf, readLawPattern } from '../../../../src-main/law/text/law-pattern.ts'
import { parseLaw } from '../../../../src-main/law/text/parse-law.ts'

const window = {
  law: parseLaw(
    'delta = (e + 0.07 * M_i) ^ 0.83 - 0.55, e = sum(0.03 * (M_j + 0.26) * (tanh(9.4 - 0.47 * r) + 1.01))',
    50
  ),
  complexity: 25,
  loss: 0.056,
  validationLoss: 0.054
}
const power = {
  law: parseLaw(
    'delta = e1 + 0.1 * e2 - 0.4, e1 = sum(M_j / (1 + (r / 20.5) ^ 16.5)), e2 = sum(v_ij * exp(-0.1 * r))',
    50
  ),
  complexity: 30,
  loss: 0.06,
  validationLoss: NaN
}

describe('patterns of laws', () => {
  test.each([
    ['has tanh(r)', true, false],
    ['tanh', true, false],
    ['tanh(M_j)', false, false],
    ['^(e)', true, false],
    ['^(r)', false, true],
    ['has tanh(r) and not v_ij', true, false],
    ['has tanh(r) or has exp(r)', true, true],
    ['not (has tanh or has v_ij)', false, false],
    ['e2 and sums = 2', false, true],
    ['complexity <= 25', true, false],
    ['constants < 8 or loss >= 0.06', false, true],
    ['validation < 0.06', true, false],
    ['has M_j and complexity > 25 or has M_i', true, true]
  ])('%s', (text, first, second) => {
    const pattern = readLawPattern(text)
    expect([pattern(window), pattern(power)]).toEqual([first, second])
  })

  test.each([
    ['', 'at character 1: a variable, an operator or a comparison is missing'],
    ['has', 'at character 4: a variable, an operator or a comparison is missing'],
    ['has mass', 'at character 5: "mass" is neither a variable of laws'],
    ['complexity 20', 'at character 12: a comparison is needed here'],
    ['loss < x', 'at character 8: a number is needed here'],
    ['tanh(r and', 'at character 8: ")" is missing'],
    ['tanh(mass)', 'at character 6: "mass" is no variable of laws'],
    ['has r has M_j', 'at character 7: "has" is not expected here']
  ])('%j is refused, with the place of the mistake', (text, sentence) => {
    expect(() => readLawPattern(text)).toThrow(sentence)
  })

  test('the building blocks of a law are its variables and its functions of them', () => {
    expect([...blocksOf(window.law)].sort()).toEqual(['M_i', 'M_j', '^(M_i, e1)', 'e1', 'r', 'tanh(r)'])
    expect([...blocksOf(power.law)].sort()).toEqual(['M_j', '^(r)', 'e1', 'e2', 'exp(r)', 'r', 'v_ij'])
  })
})
