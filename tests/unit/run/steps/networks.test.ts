import { expect, test } from 'vitest'
import { buildNeighbours } from '../../../../src-main/graph/neighbours.ts'
import { MemoryRunStore } from '../../../../src-main/run/state/memory-store.ts'
import { reportAblation, reportSeeds, seedNotes } from '../../../../src-main/run/steps/network-reports.ts'
import { trainNetworks } from '../../../../src-main/run/steps/networks.ts'
import { stepShare } from '../../../../src-main/run/steps/run-clock.ts'
import { mockCatalog } from '../../../fixtures/mock-catalog.ts'
import { runConfig } from '../../../fixtures/run-config.ts'

const catalog = mockCatalog({ halos: 800, seed: 5 })
const neighbours = buildNeighbours(catalog, 60)
const target = catalog.extra.get('Delta20')!
const take = (remainder: number): Uint32Array =>
  Uint32Array.from({ length: catalog.halos }, (_, halo) => halo).filter((halo) => halo % 4 === remainder)
const [learn, validation, test_, ood] = [0, 1, 2, 3].map(take)
const input = { catalog, neighbours, target, train: learn, validation }
const config = runConfig({ preset: 'quick', features: ['r', 'log_mass_j', 'mass_j', 'speed'], seed: 7 })
const judged = { catalog, neighbours, target, sets: { train: learn, test: test_, ood }, validation, seed: 1 }

test('further seeds and ablations leave the first network as it is, and are reported', async () => {
  const options = { threads: 2 }
  const alone = await trainNetworks(config, input, new MemoryRunStore(), options)
  expect([alone.seeds.length, alone.ablation]).toEqual([1, null])
  const store = new MemoryRunStore()
  const networks = await trainNetworks({ ...config, seeds: 3, ablate: 'quick' }, input, store, options)
  expect(networks.first.state.parameters).toEqual(alone.first.state.parameters)
  expect(networks.seeds.map(({ seed }) => seed)).toEqual([7, 8, 9])
  expect(networks.seeds[1].trained.state.parameters).not.toEqual(networks.first.state.parameters)
  expect(store.epochs.size).toBe(networks.first.history.length)

  const seeds = await reportSeeds(networks, judged, options)
  const { report, ensemble } = seeds!
  expect(report.count).toBe(3)
  const errors = report.perSeed.map(({ mae }) => mae.test!)
  const mean = (errors[0] + errors[1] + errors[2]) / 3
  expect(report.gnn.mae.test!.mean).toBeCloseTo(mean, 12)
  expect(report.gnn.mae.test!.std ** 2).toBeCloseTo(errors.reduce((sum, e) => sum + (e - mean) ** 2, 0) / 2, 12)
  // By Jensen's inequality the error of the mean network is at most the mean error of the networks.
  const together = test_.reduce((sum, h) => sum + Math.abs(ensemble.mean[h] - target[h]), 0) / test_.length
  expect(together).toBeLessThanOrEqual(mean)
  expect(seedNotes(report)['gnn-ensemble'][0]).toMatch(/rank correlation of -?\d\.\d\d; \d+ % of the errors/)

  const ablation = await reportAblation(networks.ablation!, judged, options)
  expect(ablation.map(({ feature }) => feature).sort()).toEqual(['all of mass', 'log_mass_j', 'mass_j', 'r', 'speed'])
  expect(networks.ablation!.whole).toBe(networks.first)
  const gains = ablation.map(({ difference }) => difference.validation!.difference)
  expect(gains).toEqual([...gains].sort((a, b) => b - a))
  for (const { mae, ci95 } of ablation) expect(ci95.test![0]).toBeLessThan(mae.test!)
})

test('a cancelled training resumes from its checkpoint with the same bytes', async () => {
  const request = { ...config, seeds: 2, ablate: 'quick' as const, features: ['r', 'log_mass_j'] }
  const whole = await trainNetworks(request, input, new MemoryRunStore(), { threads: 2 })
  const store = new MemoryRunStore()
  const stop = new AbortController()
  const messages: string[] = []
  const onProgress = ({ message }: { message: string }): void => {
    messages.push(message)
    if (/without r: Epoch 3/.test(message)) stop.abort()
  }
  const cancelled = trainNetworks(request, input, store, { threads: 2, signal: stop.signal, onProgress })
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
  expect(messages[0]).toMatch(/^Network 1 of 4, seed 7: Epoch 1 of/)
  const again: string[] = []
  const resumed = await trainNetworks(request, input, store, {
    threads: 2,
    onProgress: ({ message }) => again.push(message)
  })
  expect(again[0]).toMatch(/^Network 3 of 4, without r: Epoch [34]/)
  expect(resumed.ablation!.without.map(({ trained }) => trained.state.parameters)).toEqual(
    whole.ablation!.without.map(({ trained }) => trained.state.parameters)
  )
})

test("the steps' shares follow each other and fill a run, however many networks it trains", () => {
  for (const preset of ['quick', 'standard', 'paper'] as const) {
    for (const networks of [1, 22]) {
      let reached = 0
      for (const step of ['catalog', 'graph', 'network', 'formula', 'compare'] as const) {
        const { before, share, all } = stepShare(step, networks, preset)
        expect(before / all).toBeCloseTo(reached, 12)
        reached = (before + share) / all
      }
      expect(reached).toBeCloseTo(1, 12)
    }
    const [one, many] = [1, 22].map((networks) => stepShare('network', networks, preset))
    expect(many.share / (many.all - many.share)).toBeCloseTo((22 * one.share) / (one.all - one.share), 10)
  }
})
