import { expect, test } from 'vitest'
import { meanAndSpread, predictEnsemble } from '../../../../src-main/gnn/inference/ensemble.ts'
import { predictGnn } from '../../../../src-main/gnn/inference/predict.ts'
import { drawnState, smallCatalog, smallConfig, smallGraph } from '../small-catalog.ts'

test("an ensemble's mean and sample standard deviation", () => {
  const { mean, spread } = meanAndSpread([Float32Array.of(1, 0), Float32Array.of(2, 0), Float32Array.of(6, 0)])
  expect([...mean]).toEqual([3, 0])
  expect(spread[0]).toBeCloseTo(Math.sqrt(7), 6)
  expect(spread[1]).toBe(0)
})

test('an ensemble of two networks predicts their mean, and half their difference times the root of two as spread', async () => {
  const catalog = smallCatalog(60, 3)
  const neighbours = smallGraph(catalog)
  const every = Uint32Array.from({ length: 60 }, (_, halo) => halo)
  const target = Float32Array.from(every, (halo) => Math.sin(halo))
  const one = await drawnState({ catalog, neighbours, target, train: every, validation: every }, smallConfig)
  const two = { ...one, parameters: one.parameters.map((weight) => 1.1 * weight) }
  const [first, second] = [
    await predictGnn(one, { catalog, neighbours }, every),
    await predictGnn(two, { catalog, neighbours }, every)
  ]
  const { mean, spread } = await predictEnsemble([one, two], { catalog, neighbours }, every)
  for (const halo of every) {
    expect(mean[halo]).toBeCloseTo((first[halo] + second[halo]) / 2, 5)
    expect(spread[halo]).toBeCloseTo(Math.abs(first[halo] - second[halo]) / Math.SQRT2, 5)
  }
})
