import { expect, test } from 'vitest'
import { loadCatalog } from '../../src-main/catalog/load.ts'
import { evaluateLaw } from '../../src-main/law/fit/evaluate-law.ts'
import { lawOf } from '../../src-main/law/graph-law.ts'
import { FitJournal, type FitLaw, type FitRecords } from '../../src-main/law/fit/fit-journal.ts'
import { graphFit } from '../../src-main/law/fit/graph-fit.ts'
import { searchOnGraph } from '../../src-main/law/search/graph-search.ts'
import { neighbourSums } from '../../src-main/law/fit/neighbour-sums.ts'
import { sampleOf } from '../../src-main/law/fit/refit.ts'
import { buildNeighbours } from '../../src-main/graph/neighbours.ts'
import { projectRoot } from '../../src-main/native.ts'
import { pack, unpack } from '../../src-main/project/pack.ts'
import { Random } from '../../src-main/random.ts'

test('a law planted on real halos is found through the sum, from a seed of another form', async () => {
  const catalog = await loadCatalog(`${projectRoot()}/resources/fastpm-500-z0.h5`)
  const neighbours = buildNeighbours(catalog, 30)
  const all = Uint32Array.from({ length: catalog.halos }, (_, halo) => halo)
  const rows = sampleOf(all, 600, new Random(1))
  const law = lawOf(['M_j / (C3 + r)'], 'C1 + C2*e', { C1: -0.3, C2: 0.25, C3: 4 })
  const planted = await evaluateLaw(law, { catalog, neighbours }, rows)

  const graph = neighbourSums({ catalog, neighbours })
  let fits = 0
  const sample = graphFit(graph, rows, planted, { threads: 2, maxSteps: 30 })
  const fit: FitLaw = (formula) => {
    fits++
    return sample.fit(formula)
  }
  const seed = lawOf(['C3 * r'], 'C1 + C2*e', { C1: 0, C2: 1, C3: 0.001 })
  const search = {
    seed: 4,
    vocabulary: { pair: ['M_j', 'r'], node: ['M_i', 'e1'] },
    maxComplexity: 12,
    constantLoss: Infinity,
    evaluations: 500,
    fit,
    lossAt: sample.lossAt
  }
  const searched = await searchOnGraph([seed], search)
  const { front } = searched

  const best = front[front.length - 1]
  expect(best.complexity).toBeLessThanOrEqual(12)
  expect(best.trainMae).toBeLessThan(1e-4)
  const elsewhere = sampleOf(all, 300, new Random(2))
  const truth = await evaluateLaw(law, { catalog, neighbours }, elsewhere)
  const predictions = await evaluateLaw(best.formula, { catalog, neighbours }, elsewhere)
  predictions.forEach((value, row) => expect(Math.abs(value - truth[row])).toBeLessThan(2e-3))

  // Killed half-way, the search resumes from its checkpoint: it fits only what is missing and gives the same front.
  const whole = fits
  const journal = new FitJournal(fit)
  const cut = new AbortController()
  const onProgress = ({ fraction }: { fraction: number }): void => void (fraction > 0.5 && cut.abort())
  const killed = searchOnGraph([seed], { ...search, fit: journal.fit, signal: cut.signal, onProgress })
  await expect(killed).rejects.toThrow('Cancelled')
  const half = fits - whole
  expect(half).toBeGreaterThan(0.4 * whole)
  const records = unpack(pack(journal.records())) as FitRecords
  const again = await searchOnGraph([seed], { ...search, fit: new FitJournal(fit, records).fit })
  expect(again).toEqual(searched)
  expect(fits).toBe(2 * whole)
})
