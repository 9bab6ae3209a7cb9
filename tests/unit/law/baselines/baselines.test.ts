import { expect, test } from 'vitest'
import { buildNeighbours } from '../../../../src-main/graph/neighbours.ts'
import { fitBaselines } from '../../../../src-main/law/baselines/baselines.ts'
import { evaluateInvariants, fitInvariants } from '../../../../src-main/law/baselines/invariants.ts'
import { everyHalo, pairOf, randomCatalog } from '../scene.ts'

const catalog = randomCatalog(300, 100, 4)
const radius = 25
const neighbours = buildNeighbours(catalog, radius)
const graph = { catalog, neighbours }
const every = everyHalo(catalog)
const [train, test_] = [every.subarray(0, 240), every.subarray(240)]

/** Sums over all other halos, by brute force. */
const sumOver = (i: number, term: (pair: Record<string, number>) => number): number =>
  every.reduce((sum, j) => (j === i ? sum : sum + term(pairOf(catalog, i, j))), 0)

test('the constant is the median, and the simple law is found where it is planted', async () => {
  // C1 + (C2 + C3 M_i) times the mass within 20 Mpc/h
  const target = Float64Array.from(every, (i) => {
    const mass = sumOver(i, ({ r, M_j }) => (r < 20 ? M_j : 0))
    return -0.4 + (0.06 + 0.02 * (catalog.mass![i] / 1e14)) * mass
  })
  const hidden = target.map((value, halo) => (halo < 240 ? value : NaN))
  const { models, skipped } = await fitBaselines(graph, hidden, train, { seed: 1, threads: 2 })
  expect(skipped).toEqual([])
  const byId = new Map(models.map((model) => [model.id, model]))
  const constant = byId.get('constant')!
  if (constant.kind !== 'formula') throw new Error('the constant is a law')
  const sorted = target.slice(0, 240).sort()
  expect(constant.fitted.constants[0].value).toBeGreaterThanOrEqual(sorted[119] - 1e-6)
  expect(constant.fitted.constants[0].value).toBeLessThanOrEqual(sorted[120] + 1e-6)
  const simple = byId.get('simple')!
  if (simple.kind !== 'formula') throw new Error('the simple baseline is a law')
  const constants = Object.fromEntries(simple.fitted.constants.map(({ name, value }) => [name, value]))
  expect(constants).toEqual({ C1: expect.closeTo(-0.4, 4), C2: expect.closeTo(0.06, 4), C3: expect.closeTo(0.02, 4) })
})

test('the invariants recover a law of shells, and predict halos that they were not fitted on', async () => {
  // The shells' edges are shares of the radius: 0 to 0.1, and 0.76 to 0.88.
  const target = Float64Array.from(every, (i) => {
    const near = sumOver(i, ({ r }) => (r < 0.1 * radius ? 1 : 0))
    const far = sumOver(i, ({ r, M_j }) => (r >= 0.76 * radius && r < 0.88 * radius ? M_j : 0))
    return 0.5 + 0.3 * near - 0.02 * far + 0.1 * Math.log(catalog.mass![i] / 1e14)
  })
  const fitted = await fitInvariants(graph, target, train, { seed: 1, threads: 2 })
  expect(fitted.trainMae).toBeLessThan(1e-6)
  const predicted = await evaluateInvariants(fitted, graph, test_)
  test_.forEach((halo, n) => expect(predicted[n]).toBeCloseTo(target[halo], 4))
})

test('baselines whose columns the catalog lacks are left out, each with a sentence', async () => {
  const bare = { catalog: { ...catalog, mass: null, velocity: null }, neighbours }
  const target = Float64Array.from(every, (i) => Math.sin(i))
  const { models, skipped } = await fitBaselines(bare, target, train, { seed: 1, threads: 2 })
  expect(models.map(({ id }) => id)).toEqual(['constant', 'invariants'])
  expect(skipped).toEqual([
    'The baseline simple was left out: the catalog has no masses.',
    'The baseline without-mass was left out: the catalog has no velocities.',
    'The baseline with-mass was left out: the catalog has no masses.'
  ])
  const withMass = await fitInvariants(graph, target, train, { seed: 1, threads: 2 })
  await expect(evaluateInvariants(withMass, bare, test_)).rejects.toThrow('map a column to mass')
  const narrow = { catalog, neighbours: buildNeighbours(catalog, 20) }
  await expect(evaluateInvariants(withMass, narrow, test_)).rejects.toThrow('reach 25 Mpc/h and the graph 20')
  await expect(fitInvariants(graph, target, new Uint32Array())).rejects.toThrow('loosen the masks')
})
