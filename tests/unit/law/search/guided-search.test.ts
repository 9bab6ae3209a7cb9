import { expect, test } from 'vitest'
import { FitJournal, lawShapeOf, type FitLaw } from '../../../../src-main/law/fit/fit-journal.ts'
import { fittedLaw, lawComplexity, lawOf, type FittedLaw, type GraphLaw } from '../../../../src-main/law/graph-law.ts'
import { searchOnGraph } from '../../../../src-main/law/search/graph-search.ts'
import { tidy } from '../../../../src-main/law/rewrite/tidy.ts'
import { parseLaw } from '../../../../src-main/law/text/parse-law.ts'
import {
  printText,
  readTrace,
  replayFront,
  SearchControl,
  type ComplexityWeights,
  type TraceEvent
} from '../../../../src-main/symbolic/index.ts'
import { lawText } from '../../../../src-main/law/search/graph-trace.ts'
import { madeUpFit } from '../../../fixtures/made-up-fit.ts'

const seeds = [lawOf(['C3 * r'], 'C1 + C2*e', { C1: 0, C2: 1, C3: 0.001 })]
const options = {
  seed: 3,
  vocabulary: { pair: ['M_j', 'r'], node: ['M_i', 'e1'] },
  maxComplexity: 25,
  constantLoss: Infinity,
  evaluations: 300,
  fit: madeUpFit
}
const guess = parseLaw('C1 + C2 * sum(tanh(r / 20)) + sum(M_j * exp(-exp(r / 10)))', 50)
const isGuess = ({ formula }: { formula: GraphLaw }): boolean => lawShapeOf(formula) === lawShapeOf(tidy(guess))

/** The loss of the guess is far below all others. */
const preferring: FitLaw = async (formula) => (isGuess({ formula }) ? fittedLaw(formula, 0.01) : madeUpFit(formula))

test('a guess is fitted, reported and kept through every start, and replaying the records gives the same steps', async () => {
  const control = new SearchControl<GraphLaw>()
  const reported: (FittedLaw | null)[] = []
  let fits = 0
  const fit: FitLaw = (formula) => {
    if (++fits === 50) control.inject(guess)
    return preferring(formula)
  }
  const onGuess = (_: GraphLaw, scored: FittedLaw | null): void => void reported.push(scored)
  const journal = new FitJournal(fit)
  const { front } = await searchOnGraph(seeds, { ...options, fit: journal.fit, control, onGuess })
  expect(reported.map((scored) => scored?.trainMae)).toEqual([0.01])
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

test('weights changed during the search re-rank every fitted law', async () => {
  const weights: ComplexityWeights = { variable: 3, operators: { '^': 1, exp: 1 } }
  const control = new SearchControl<GraphLaw>()
  let fits = 0
  const fit: FitLaw = (formula) => {
    if (++fits === 150) control.setComplexity(weights)
    return madeUpFit(formula)
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

test('a trace that is read back gives the front of the search and every fit, and tracing changes no result', async () => {
  const guided = (): SearchControl<GraphLaw> => {
    const control = new SearchControl<GraphLaw>()
    control.inject(guess)
    return control
  }
  const lines: string[] = []
  let calls = 0
  const fit: FitLaw = (law) => (++calls === 8 ? Promise.resolve(null) : preferring(law))
  const onTrace = (event: TraceEvent): void => void lines.push(`${JSON.stringify(event)}\n`)
  const traced = await searchOnGraph(seeds, { ...options, fit, control: guided(), onTrace })
  const fitted = calls
  calls = 0
  expect(traced).toEqual(await searchOnGraph(seeds, { ...options, fit, control: guided() }))

  const events = readTrace(lines.join(''))
  expect(events[0]).toEqual({ event: 'start', version: 1, search: 'graph', seed: 3, round: 0 })
  const front = traced.front.map(({ formula, complexity, trainMae: loss }) => ({
    complexity,
    loss,
    text: lawText(formula)
  }))
  expect(front.length).toBeGreaterThan(2)
  expect(replayFront(events)).toEqual(front)
  expect(events.at(-1)).toMatchObject({ event: 'finish', evaluations: fitted, interrupted: false, front })
  expect(events.filter((event) => event.event === 'restart').map(({ from }) => from)).toEqual(['seeds', 'front'])
  expect(events.filter((event) => event.event === 'guidance')).toMatchObject([{ guess: lawText(guess) }])

  const fits = events.filter((event) => event.event === 'fit')
  expect(fits).toHaveLength(fitted)
  expect(fits.filter(({ loss }) => loss === null)).toHaveLength(1)
  for (const { complexity, loss, text } of front)
    expect(fits).toContainEqual(expect.objectContaining({ complexity, loss, text }))
  const rounds = events.filter((event) => event.event === 'round')
  expect(rounds.map(({ round }) => round)).toEqual(rounds.map((_, k) => k + 1))
  expect(rounds.at(-1)!.evaluations).toBe(fitted)
})

test('the text of a law in a trace reads back as the same law', () => {
  const law = parseLaw(lawText(guess), 50)
  expect(law.messages.map((message) => printText(message, { constants: 'names' }))).toEqual(
    guess.messages.map((message) => printText(message, { constants: 'names' }))
  )
})
