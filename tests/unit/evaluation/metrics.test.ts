import { expect, test } from 'vitest'
import { meanInterval, resampleBlocks } from '../../../src-main/evaluation/bootstrap.ts'
import { compareModels } from '../../../src-main/evaluation/compare.ts'
import { errorsOn } from '../../../src-main/evaluation/metrics.ts'
import { Random } from '../../../src-main/random.ts'
import { mockCatalog } from '../../fixtures/mock-catalog.ts'

const all = (n: number): Uint32Array => Uint32Array.from({ length: n }, (_, i) => i)

test('MAE, bias and R2 are those of NumPy', () => {
  const x = Float64Array.from({ length: 10 }, (_, i) => i / 10)
  const errors = errorsOn(
    x.map((v) => Math.sin(3 * v)),
    x.map((v) => v * v - 0.3),
    all(10)
  )
  expect(errors.mae).toBeCloseTo(0.6828163960099529, 12)
  expect(errors.bias).toBeCloseTo(0.6662923720567189, 12)
  expect(errors.r2).toBeCloseTo(-6.9797115221262285, 10)
})

test('the bootstrap interval of a mean has the width that theory gives, and covers the truth 19 times in 20', () => {
  const n = 4000
  const catalog = mockCatalog({ halos: n })
  const random = new Random(8)
  const trials = 200
  let covered = 0
  let width = 0
  for (let trial = 0; trial < trials; trial++) {
    const values = Float64Array.from({ length: n }, () => random.normal())
    const [low, high] = meanInterval(values, resampleBlocks(catalog, all(n), trial))
    if (low <= 0 && high >= 0) covered++
    width += (high - low) / trials
  }
  expect(width).toBeCloseTo((2 * 1.96) / Math.sqrt(n), 2)
  expect(covered / trials).toBeGreaterThan(0.9)
  expect(covered / trials).toBeLessThan(0.99)
})

test('spatially correlated errors widen the interval', () => {
  const n = 8000
  const catalog = mockCatalog({ halos: n })
  const resamples = resampleBlocks(catalog, all(n), 1)
  const random = new Random(2)
  const independent = Float64Array.from({ length: n }, () => random.normal())
  const ofBlock = Float64Array.from({ length: resamples.blocks }, () => random.normal())
  const together = Float64Array.from(resamples.block, (block) => ofBlock[block])
  const width = (values: Float64Array): number => {
    const [low, high] = meanInterval(values, resamples)
    return high - low
  }
  // About 16 halos a block, all with the same error: four times as wide.
  expect(width(together) / width(independent)).toBeGreaterThan(3)
})

test('a small or narrow set is still resampled in at least fifty parts', () => {
  const catalog = mockCatalog({ halos: 2000 })
  const corner = all(2000).filter((i) => catalog.x[i] < 120 && catalog.y[i] < 120)
  expect(resampleBlocks(catalog, corner, 1).blocks).toBeGreaterThanOrEqual(50)
  expect(resampleBlocks(catalog, all(12), 1).blocks).toBe(12)
})

test('the comparison is paired: a model better by a constant has an interval of no width', () => {
  const catalog = mockCatalog({ halos: 1000 })
  const truth = catalog.extra.get('Delta20')!
  const noise = new Random(5)
  const errors = Float64Array.from(truth, () => 0.1 + Math.abs(noise.normal()))
  const comparison = compareModels({
    positions: catalog,
    truth,
    sets: {
      train: all(1000).filter((i) => i % 2 === 0),
      test: all(1000).filter((i) => i % 2 === 1),
      ood: new Uint32Array()
    },
    predictions: new Map([
      ['gnn', Float64Array.from(truth, (value, i) => value + errors[i])],
      ['formula', Float64Array.from(truth, (value, i) => value + errors[i] + 0.05)]
    ]),
    pair: ['gnn', 'formula'],
    seed: 1
  })
  const { difference, ci95 } = comparison.difference!.test!
  expect(difference).toBeCloseTo(-0.05, 10)
  expect(ci95[0]).toBeCloseTo(-0.05, 10)
  expect(ci95[1]).toBeCloseTo(-0.05, 10)
  expect(comparison.difference!.ood).toBeUndefined()
  const gnn = comparison.models.get('gnn')!
  expect(gnn.bias.train).toBeCloseTo(gnn.mae.train!, 10)
  expect(gnn.ci95.train![0]).toBeLessThan(gnn.mae.train!)
  expect(gnn.ci95.train![1]).toBeGreaterThan(gnn.mae.train!)
})

test('halos without a prediction are counted in a warning', () => {
  const catalog = mockCatalog({ halos: 100 })
  const truth = catalog.extra.get('Delta20')!
  const predicted = Float32Array.from(truth, (value, i) => (i < 3 ? NaN : value + 1))
  const { models } = compareModels({
    positions: catalog,
    truth,
    sets: { test: all(100) },
    predictions: new Map([['formula', predicted]]),
    seed: 1
  })
  expect(models.get('formula')!.mae.test).toBeCloseTo(1, 5)
  expect(models.get('formula')!.warnings).toEqual([
    '3 of 100 test halos have no finite prediction and are not counted.'
  ])
})
