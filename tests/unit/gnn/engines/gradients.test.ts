import { expect, test } from 'vitest'
import { penaltyWeight } from '../../../../src-main/gnn/network/config.ts'
import { pairFeatures } from '../../../../src-main/gnn/network/features.ts'
import { createNetwork } from '../../../../src-main/gnn/engines/cpu/cpu.ts'
import type { StepLoss } from '../../../../src-main/gnn/network/engine.ts'
import type { GnnConfig, GnnState } from '../../../../src-main/gnn/network/model.ts'
import { predictGnn } from '../../../../src-main/gnn/inference/predict.ts'
import { Random } from '../../../../src-main/random.ts'
import { relativeDifference } from '../difference.ts'
import { tensorflowOracle } from '../oracle.ts'
import { drawnState, smallCatalog, smallConfig, smallGraph } from '../small-catalog.ts'

const catalog = smallCatalog(150, 7)
const neighbours = smallGraph(catalog)
const target = Float32Array.from({ length: 150 }, (_, i) => Math.sin(i))
const halos = Uint32Array.from({ length: 150 }, (_, i) => i)
const receivers = Uint32Array.from({ length: 37 }, (_, n) => n * 4)
const l1 = { kind: 'l1', weight: 0.3 } as const
const kl = { kind: 'kl', weight: 0.2 } as const
const stepOf = (config: GnnConfig): StepLoss => ({ penalty: penaltyWeight(config), seed: 5, step: 17 })

const stateOf = (config: GnnConfig): Promise<GnnState> =>
  drawnState({ catalog, neighbours, target, train: halos, validation: halos }, config)

async function nativeGradient(state: GnnState): Promise<{ loss: number; gradient: Float32Array }> {
  const network = createNetwork({ catalog, neighbours, ...state })
  network.setWeights(state.parameters, state.parameters)
  return network.gradient(receivers, target, stepOf(state.config), 2)
}

const allPairs = pairFeatures.map((feature) => feature.name)
const options: [string, Partial<GnnConfig>][] = [
  ['the default of this test', {}],
  ['ReLU', { activation: 'relu' }],
  ['the mean absolute error', { loss: { kind: 'mae' } }],
  ['ReLU and the mean absolute error', { activation: 'relu', loss: { kind: 'mae' } }],
  ['an L1 penalty', { penalty: l1 }],
  ['an L1 penalty and ReLU', { penalty: l1, activation: 'relu' }],
  ['a bottleneck', { penalty: { kind: 'bottleneck', weight: 0 }, messageWidth: 1 }],
  ['variational messages', { penalty: kl }],
  ['variational messages and ReLU', { penalty: kl, activation: 'relu', loss: { kind: 'mae' }, edgeHidden: [17] }],
  ['wide variational messages and a linear path', { penalty: kl, messageWidth: 50, linearSkip: true }],
  ['one variational component', { penalty: kl, messageWidth: 1, nodeHidden: [] }],
  ['variational messages without weight', { penalty: { kind: 'kl', weight: 0 } }],
  ['a group penalty, which is no part of the loss', { penalty: { kind: 'sparse', weight: 0.3 } }],
  ['a linear path', { linearSkip: true }],
  ['a linear path and an L1 penalty', { linearSkip: true, penalty: l1 }],
  ['one hidden layer of the edge function', { edgeHidden: [17] }],
  ['one hidden layer and an L1 penalty', { edgeHidden: [17], penalty: l1 }],
  ['three hidden layers of each', { edgeHidden: [9, 33, 8], nodeHidden: [16, 7, 20] }],
  ['a linear node function', { nodeHidden: [], linearSkip: false }],
  ['widths over a panel', { edgeHidden: [70, 150], nodeHidden: [90], messageWidth: 100 }],
  [
    'widths over a panel and an L1 penalty',
    { edgeHidden: [150, 70], messageWidth: 128, penalty: l1, linearSkip: true }
  ],
  ['every pair feature', { edgeFeatures: allPairs }],
  [
    'an extra column',
    { edgeFeatures: ['spin_i', 'r', 'spin_j', 'mass_i'], nodeFeatures: ['spin', 'mass', 'sqrt_mass'] }
  ],
  ['no feature of halos at all', { edgeFeatures: ['r'], nodeFeatures: [] }]
]

for (const [name, change] of options)
  test(`loss, gradient and predictions equal TensorFlow's with ${name}`, async () => {
    const state = await stateOf({ ...smallConfig, ...change })
    const [ours, theirs] = [
      await nativeGradient(state),
      await tensorflowOracle(state, { catalog, neighbours }, receivers, target, stepOf(state.config))
    ]
    expect(ours.loss).toBeCloseTo(theirs.loss, 4)
    expect(relativeDifference(ours.gradient, theirs.gradient)).toBeLessThan(1e-4)
    const predicted = await predictGnn(state, { catalog, neighbours }, receivers)
    expect(relativeDifference(predicted, theirs.predictions)).toBeLessThan(1e-4)
  })

test.each([
  ['without penalty', {}],
  ['with an L1 penalty and a linear path', { penalty: l1, linearSkip: true }],
  ['with variational messages', { penalty: kl }]
] as [string, Partial<GnnConfig>][])(
  'the gradient is the slope of the loss, by finite differences, %s',
  async (_, change) => {
    const state = await stateOf({ ...smallConfig, ...change })
    const { gradient } = await nativeGradient(state)
    const random = new Random(5)
    for (let n = 0; n < 6; n++) {
      // Along a random direction: many weights at once, so that float32 rounding of the loss is small beside its change.
      const direction = state.parameters.map(() => random.normal())
      const step = 5e-4
      const lossAt = async (t: number): Promise<number> =>
        (await nativeGradient({ ...state, parameters: state.parameters.map((p, k) => p + t * direction[k]) })).loss
      const measured = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step)
      const expected = gradient.reduce((sum, g, k) => sum + g * direction[k], 0)
      expect(Math.abs(measured - expected)).toBeLessThan(0.02 * Math.abs(expected) + 2e-3)
    }
  }
)
