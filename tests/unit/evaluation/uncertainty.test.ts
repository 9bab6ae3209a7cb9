import { expect, test } from 'vitest'
import { compareAblations } from '../../../src-main/evaluation/ablation.ts'
import { calibrationFactor, rankCorrelation, spreadReport } from '../../../src-main/evaluation/spread.ts'
import { Random } from '../../../src-main/random.ts'
import { mockCatalog } from '../../fixtures/mock-catalog.ts'

const halos = 20_000
const every = Uint32Array.from({ length: halos }, (_, halo) => halo)

test('a spread that is the standard deviation of the errors covers what a normal distribution does', () => {
  const random = new Random(1)
  const truth = Float64Array.from(every, () => random.normal())
  const sigma = Float64Array.from(every, () => Math.exp(0.5 * random.normal()))
  const predicted = truth.map((value, halo) => value + sigma[halo] * random.normal())
  const { correlation, coverage } = spreadReport(predicted, sigma, truth, every)
  expect(coverage.one).toBeCloseTo(0.6827, 1.7)
  expect(coverage.two).toBeCloseTo(0.9545, 1.7)
  expect(correlation).toBeGreaterThan(0.2)
  // A spread three times too small needs a factor of three, and is then right.
  const narrow = sigma.map((value) => value / 3)
  const factor = calibrationFactor(predicted, narrow, truth, every.subarray(0, halos / 2))
  expect(factor).toBeCloseTo(3, 0.7)
  const rest = every.subarray(halos / 2)
  expect(spreadReport(predicted, narrow, truth, rest).coverage.one).toBeLessThan(0.35)
  expect(spreadReport(predicted, narrow, truth, rest, factor).coverage.one).toBeCloseTo(0.6827, 1.5)
})

test('rank correlation with ties is that of scipy.stats.spearmanr', () => {
  const a = Float64Array.of(0.3, 0.1, 0.4, 0.1, 0.5, 0.9, 0.2)
  const b = Float64Array.of(1, 2, 2, 3, 5, 4, 0)
  expect(rankCorrelation(a, b)).toBeCloseTo(0.4818181818181818, 12)
  expect(rankCorrelation(a, b.fill(1))).toBeNaN()
})

test('halos without a prediction are left out', () => {
  const truth = Float64Array.of(0, 0, 0, 0)
  const { coverage } = spreadReport(
    Float64Array.of(1, NaN, 3, 1),
    Float64Array.of(1, 1, 1, NaN),
    truth,
    every.subarray(0, 4)
  )
  expect(coverage).toEqual({ one: 0.5, two: 0.5 })
})

test('an ablation recovers the planted difference, within its interval', () => {
  const catalog = mockCatalog({ halos: 3000, seed: 2 })
  const random = new Random(3)
  const truth = Float64Array.from({ length: 3000 }, () => random.normal())
  const whole = truth.map((value) => value + 0.1 * random.normal())
  const worse = truth.map((value, halo) => value + 2 * (whole[halo] - value))
  const test_ = every.subarray(0, 1500)
  const validation = every.subarray(1500, 3000)
  const [lost, same] = compareAblations(
    catalog,
    truth,
    { test: test_, validation, ood: new Uint32Array(0) },
    { whole, without: [worse, whole] },
    1
  )
  const error = test_.reduce((sum, halo) => sum + Math.abs(whole[halo] - truth[halo]), 0) / test_.length
  expect(lost.mae.test).toBeCloseTo(2 * error, 10)
  expect(lost.difference.test?.difference).toBeCloseTo(error, 10)
  const [low, high] = lost.difference.test!.ci95
  expect(low).toBeLessThan(error)
  expect(high).toBeGreaterThan(error)
  expect(same.difference.validation).toEqual({ difference: 0, ci95: [0, 0] })
  expect(Object.keys(lost.mae)).toEqual(['test', 'validation'])
})
