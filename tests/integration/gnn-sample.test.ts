import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadCatalog } from '../../src-main/catalog/load.ts'
import { validationBlocks } from '../../src-main/evaluation/blocks.ts'
import { errorsOn } from '../../src-main/evaluation/metrics.ts'
import { splitHalos } from '../../src-main/evaluation/splits.ts'
import { predictGnn, presetConfig, trainGnn } from '../../src-main/gnn/index.ts'
import { buildNeighbours } from '../../src-main/graph/neighbours.ts'
import { projectRoot } from '../../src-main/native.ts'

test('the quick network beats every hand-made formula on the sample, also on halos outside its training set', async () => {
  const catalog = await loadCatalog(join(projectRoot(), 'resources', 'fastpm-500-z0.h5'))
  const neighbours = buildNeighbours(catalog, 50)
  const target = catalog.extra.get('Delta20') as Float32Array
  const split = splitHalos(catalog, { target: 'Delta20', ood: 'delta > 1', test: 'x > 400', seed: 1 })
  const sets = validationBlocks(catalog, split.train, { seed: 1 })
  const input = { catalog, neighbours, target, ...sets }
  const { state, messageStd } = await trainGnn(input, presetConfig('quick', catalog), { seed: 1, threads: 2 })
  const all = Uint32Array.from({ length: catalog.halos }, (_, i) => i)
  const predicted = await predictGnn(state, { catalog, neighbours }, all)
  // Measured with NumPy and PyTorch: with-mass formula 0.0588 and 0.213, linear in shells 0.0575 and 0.100.
  expect(errorsOn(predicted, target, split.test).mae).toBeLessThan(0.057)
  expect(errorsOn(predicted, target, split.ood).mae).toBeLessThan(0.1)
  const strong = messageStd.filter((std) => std > 0.1 * Math.max(...messageStd))
  expect(strong.length).toBeLessThanOrEqual(3)
})
