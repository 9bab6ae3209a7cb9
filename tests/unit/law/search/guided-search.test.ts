import { expect, test } from 'vitest'
import { FitJournal, lawShapeOf, type FitLaw } from '../../../../src-main/law/fit/fit-journal.ts'
import { fittedLaw, lawComplexity, lawOf, type FittedLaw, type GraphLaw } from '../../../../src-main/law/graph-law.ts'
import { searchOnGraph } from '../../../../src-main/law/search/graph-search.ts'
import { tidy } from '../../../../src-main/law/rewrite/tidy.ts'
import { parseLaw } from '../../../../src-main/law/text/parse-law.ts'
import { SearchControl, type ComplexityWeights } from '../../../../src-main/symbolic/index.ts'

/** Not a fit but a figure that each shape of formula has: the search is under test, and what it does with figures. */
const figure: FitLaw = (formula) => {
  let hash = 2166136261
  for (const character of lawShapeOf(formula)) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619) >>> 0
  return Promise.resolve(fittedLaw(formula, 0.1 + (hash % 1000) / 1000))
}
const seeds = [lawOf(['C3 * r'], 'C1 + C2*e', { C1: 0, C2: 1, C3: 0.001 })]
const options = {
  seed: 3,
  vocabulary: { pair: ['M_j', 'r'], node: ['M_i', 'e1'] },
  maxComplexity: 25,
  constantLoss: Infinity,
  evaluations: 300,
  fit: figure
}
const guess = parseLaw('C1 + C2 * sum(tanh(r / 20)) + sum(M_j * exp(-exp(r / 10)))', 50)
const isGuess = ({ formula }: { formula: GraphLaw }): boolean => lawShapeOf(formula) === lawShapeOf(tidy(guess))

/** The figure of the guess is far below all others. */
const preferring: FitLaw = async (formula) => (isGuess({ formula }) ? fittedLaw(formula, 0.01) : figure(formula))

test('a guess is fitted, told and kept through every start, and the same steps come again from the records', async () => {
  const control = new SearchControl<GraphLaw>()
  const told: (FittedLaw | null)[] = []
  let fits = 0
  const fit: FitLaw = (formula) => {
    if (++fits === 50) control.inject(guess)
    return preferring(formula)
  }
  const onGuess = (_: GraphLaw, scored: FittedLaw | null): void => void told.push(scored)
  const journal = new FitJournal(fit)
  const { front } = await searchOnGraph(seeds, { ...options, fit: journal.fit, control, onGuess })
  expect(told.map((scored) => scored?.trainMae)).toEqual([0.01])
  expect(front.some(isGuess)).toBe(true)
  expect(front[front.length - 1].trainMae).toBe(0.01)

  const before = fits
  const { front: again } = await searchOnGraph(seeds, {
    ...options,
    fit: new FitJournal(fit, journal.records()).fit,
    control: new SearchControl(control.records)
  })
  expect(again).toEqual(front)
  expect(fits).toBe(before)
  expect(await searchOnGraph(seeds, { ...options, control: new SearchControl() })).toEqual(
    await searchOnGraph(seeds, options)
  )
})

test('weights changed while it searches re-order all that was fitted', async () => {
  const weights: ComplexityWeights = { variable: 3, operators: { '^': 1, exp: 1 } }
  const control = new SearchControl<GraphLaw>()
  let fits = 0
  const fit: FitLaw = (formula) => {
    if (++fits === 150) control.setComplexity(weights)
    return figure(formula)
  }
  const { front } = await searchOnGraph(seeds, { ...options, fit, control })
  expect(front.length).toBeGreaterThan(2)
  for (const { formula, complexity } of front) expect(complexity).toBe(lawComplexity(formula, weights))
  front.forEach(({ trainMae, complexity }, k) => {
    if (k === 0) return
    expect(trainMae).toBeLessThan(front[k - 1].trainMae)
    expect(complexity).toBeGreaterThan(front[k - 1].complexity)
  })
})
