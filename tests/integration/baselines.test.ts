import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src-main/catalog/load.ts'
import type { Catalog } from '../../src-main/catalog/catalog.ts'
import { fitBaselines } from '../../src-main/law/baselines/baselines.ts'
import type { BaselineId } from '../../src-main/law/baselines/baselines.ts'
import { buildNeighbours } from '../../src-main/graph/neighbours.ts'
import type { Neighbours } from '../../src-main/graph/neighbours.ts'
import { projectRoot } from '../../src-main/native.ts'
import { predictModel } from '../../src-main/run/laws/predict.ts'

let catalog: Catalog
let neighbours: Neighbours
let delta: Float32Array | Float64Array

beforeAll(async () => {
  catalog = await loadCatalog(join(projectRoot(), 'resources', 'fastpm-500-z0.h5'))
  neighbours = buildNeighbours(catalog, 50)
  delta = catalog.extra.get('Delta20')!
})

test('the sample has the edges that scipy finds', async () => {
  expect(await neighbours.countEdges()).toBe(6_173_620)
})

/** Upper bounds on the mean absolute error, from fits with numpy and scipy on the same halos. */
describe.each([
  [
    'no mask',
    () => true,
    {
      constant: [0.363, 9],
      simple: [0.1, 9],
      'with-mass': [0.066, 9],
      'without-mass': [0.121, 9],
      invariants: [0.0625, 9]
    }
  ],
  [
    'delta > 1 masked',
    (value: number) => value <= 1,
    {
      constant: [0.295, 1.15],
      simple: [0.088, 0.24],
      'with-mass': [0.0595, 0.225],
      'without-mass': [0.107, 0.34],
      invariants: [0.0577, 0.103]
    }
  ]
] as [string, (delta: number) => boolean, Partial<Record<BaselineId, [number, number]>>][])(
  '%s',
  (_, inside, bounds) => {
    test('every baseline reaches its reference error', async () => {
      const all = Uint32Array.from({ length: catalog.halos }, (_, halo) => halo)
      const train = all.filter((halo) => inside(delta[halo]) && catalog.x[halo] <= 400)
      const test = all.filter((halo) => inside(delta[halo]) && catalog.x[halo] > 400)
      const ood = all.filter((halo) => !inside(delta[halo]))
      const hidden = Float64Array.from(delta).fill(NaN)
      for (const halo of train) hidden[halo] = delta[halo]
      const { models, skipped } = await fitBaselines({ catalog, neighbours }, hidden, train, { seed: 1 })
      expect(skipped).toEqual([])
      expect(models.map(({ id }) => id)).toEqual(['constant', 'simple', 'invariants', 'without-mass', 'with-mass'])
      for (const model of models) {
        const predictions = await predictModel(model, { catalog, neighbours })
        const errorOn = (halos: Uint32Array): number => {
          return (
            halos.reduce((sum, halo) => sum + Math.abs(predictions[halo] - delta[halo]), 0) / Math.max(1, halos.length)
          )
        }
        const [onTest, onOod] = bounds[model.id]!
        expect(errorOn(test), model.id).toBeLessThan(onTest)
        expect(errorOn(ood), model.id).toBeLessThan(onOod)
      }
      const withMass = models.find(({ id }) => id === 'with-mass')!
      if (withMass.kind !== 'formula') throw new Error('the baseline with-mass is a law')
      expect(withMass.fitted.warnings.join()).toMatch(/vanishes at M_i/)
      expect(withMass.fitted.complexity).toBe(22)
    })
  }
)
