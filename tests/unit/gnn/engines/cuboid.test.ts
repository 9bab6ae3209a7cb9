import { expect, test } from 'vitest'
import { createNetwork } from '../../../../src-main/gnn/engines/cpu/cpu.ts'
import { aggregatesOf, predictGnn } from '../../../../src-main/gnn/inference/predict.ts'
import { penaltyWeight } from '../../../../src-main/gnn/network/config.ts'
import { pairFeatures } from '../../../../src-main/gnn/network/features.ts'
import type { GnnConfig, GnnState } from '../../../../src-main/gnn/network/model.ts'
import { separatePairs } from '../../../../src-main/graph/pairs.ts'
import { quantised, stackedAlongZ } from '../../../fixtures/stacked.ts'
import { relativeDifference } from '../difference.ts'
import { oracle, tensorflowOracle } from '../oracle.ts'
import { drawnState, inCuboid, smallCatalog, smallConfig, smallGraph } from '../small-catalog.ts'

const halos = 150
const every = Uint32Array.from({ length: halos }, (_, i) => i)
const receivers = every.filter((i) => i % 4 === 0)
const target = Float32Array.from(every, (i) => Math.sin(i))
const pairs = pairFeatures.map(({ name }) => name)

const networks: [string, Partial<GnnConfig>][] = [
  ['the default of these tests', {}],
  ['every pair feature and an L1 penalty', { edgeFeatures: pairs, penalty: { kind: 'l1', weight: 0.3 } }],
  ['variational messages and a linear path', { penalty: { kind: 'kl', weight: 0.2 }, linearSkip: true }]
]
for (const sides of [
  [100, 100, 200],
  [150, 37, 91]
] as const)
  test.each(networks)(
    `in a box of ${sides.join(' x ')} the CPU engine equals TensorFlow with %s`,
    async (_, change) => {
      const catalog = inCuboid(smallCatalog(halos, 7), sides)
      const neighbours = smallGraph(catalog, 18)
      const config = { ...smallConfig, ...change }
      const state = await drawnState({ catalog, neighbours, target, train: every, validation: every }, config)
      const at = { penalty: penaltyWeight(config), seed: 5, step: 17 }
      const theirs = await tensorflowOracle(state, { catalog, neighbours }, receivers, target, at)
      const network = createNetwork({ catalog, neighbours, ...state })
      network.setWeights(state.parameters, state.parameters)
      const ours = await network.gradient(receivers, target, at, 2)
      expect(ours.loss).toBeCloseTo(theirs.loss, 4)
      expect(relativeDifference(ours.gradient, theirs.gradient)).toBeLessThan(1e-4)
      const predicted = await predictGnn(state, { catalog, neighbours }, receivers)
      expect(relativeDifference(predicted, theirs.predictions)).toBeLessThan(1e-4)

      // Pairs that need not be neighbours, separated outside the engines.
      const tensorflow = await oracle.createNetwork({ catalog, neighbours, ...state })
      tensorflow.setWeights(state.parameters, state.parameters)
      const given = separatePairs(
        { receiver: receivers, sender: receivers.map((i) => (i + 3) % halos) },
        catalog,
        neighbours.boxSize
      )
      expect(
        relativeDifference(await network.messages(given, 'current', 2), await tensorflow.messages(given, 'current', 2))
      ).toBeLessThan(1e-4)
      tensorflow.dispose?.()
    }
  )

test('each halo of two stacked cubes is predicted as in the cube, and its messages have the same sum', async () => {
  const cube = quantised(smallCatalog(halos, 8))
  const stacked = stackedAlongZ(cube)
  const inCube = smallGraph(cube, 30)
  const state: GnnState = await drawnState(
    { catalog: cube, neighbours: inCube, target, train: every, validation: every },
    { ...smallConfig, edgeFeatures: [...pairs, 'log_mass_j', 'spin_i'] }
  )
  const twice = Uint32Array.from({ length: 2 * halos }, (_, i) => i)
  const inStack = smallGraph(stacked, 30)
  for (const compute of [predictGnn, aggregatesOf]) {
    const one = await compute(state, { catalog: cube, neighbours: inCube }, every)
    const two = await compute(state, { catalog: stacked, neighbours: inStack }, twice)
    expect(relativeDifference(two, [...one, ...one])).toBeLessThan(1e-6)
  }
})
