import { expect, test } from 'vitest'
import { checkGuess } from '../../../../src-main/run/laws/guess.ts'

const run = { radius: 50, preset: 'quick' } as const
const sumOf = (count: number): string =>
  `C1 + C2 * sum(${Array.from({ length: count }, (_, k) => `M_j / (r + ${k + 1})`).join(' + ')})`

test('a guess is read, tidied and counted', () => {
  expect(checkGuess('C1 + C2 * sum(M_j / r)', run, null, null)).toMatchObject({
    text: 'delta = 1 * e + 1, e = sum(M_j / r for r < 50)'
  })
})

test.each([
  [sumOf(200), /^The law has 1\d\d\d operators, variables and constants, and at most 200 are accepted; shorten it\.$/],
  [sumOf(400), /^The law has 7\d\d\d characters, and at most 5000 are read; shorten it\.$/],
  [`C1 + C2 * sum(${'exp('.repeat(300)}r${')'.repeat(300)})`, /nested more than 200 levels deep/]
])('a guess that is too large is refused before it is rewritten', (text, sentence) => {
  expect(() => checkGuess(text, run, null, null)).toThrow(sentence)
})
