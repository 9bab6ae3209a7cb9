import { expect, test } from 'vitest'
import type { FrontEntry } from '../../../../src-shared/contract.ts'
import { guessText } from '../../../../src-renderer/formula/guesses.ts'
import { verdictsOf } from '../../../../src-renderer/formula/verdicts.ts'

const guess = { text: 'sum(M_j)', state: 'tried' as const, loss: 0.25, complexity: 7 }
const entry = (complexity: number, loss: number) => ({ complexity, loss }) as FrontEntry

test('a guess waits, fails, or stands beside the front, beaten only by a law that is not larger', () => {
  expect(guessText({ ...guess, state: 'waiting', loss: null }, [], false)).toBe('waiting for its turn')
  expect(guessText({ ...guess, state: 'waiting', loss: null }, [], true)).toBe('waiting until you resume')
  expect(guessText({ ...guess, state: 'failed', loss: null }, [], false)).toBe('not finite on these halos')
  expect(guessText(guess, [entry(5, 0.3), entry(9, 0.1)], false)).toBe('error 0.250, complexity 7')
  expect(guessText(guess, [entry(5, 0.2)], false)).toBe('error 0.250, complexity 7; beaten at 5')
})

test('a law is worse or better than the chosen one only if the interval excludes zero', () => {
  const paired = (difference: number, half: number) => ({
    difference,
    ci95: [difference - half, difference + half] as [number, number]
  })
  expect(verdictsOf(undefined)).toEqual([])
  const verdicts = verdictsOf({ minusFormula: { test: paired(0.02, 0.01), ood: paired(-0.01, 0.02) } })
  expect(verdicts).toEqual([
    expect.stringMatching(/^Test \+0\.02.*worse$/),
    expect.stringMatching(/^OOD .*no difference$/)
  ])
  expect(verdictsOf({ minusFormula: { test: paired(-0.2, 0.01) } })[0]).toMatch(/better$/)
})
