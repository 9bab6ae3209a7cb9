import fc from 'fast-check'
import { expect, test } from 'vitest'
import { penaltyWeight } from '../../../../src-main/gnn/network/config.ts'
import { createNetwork } from '../../../../src-main/gnn/engines/cpu/cpu.ts'
import { predictGnn, trainGnn } from '../../../../src-main/gnn/index.ts'
import type { GnnConfig } from '../../../../src-main/gnn/network/model.ts'
import type {
  GnnCheckpoint,
  GnnInput,
  TrainedGnn,
  TrainOptions
} from '../../../../src-main/gnn/training/train-types.ts'
import { messageNoise } from '../../../../src-main/gnn/network/noise.ts'
import { initialParameters, parameterCount } from '../../../../src-main/gnn/network/parameters.ts'
import { componentGroups, shrinkGroups, withoutComponents } from '../../../../src-main/gnn/training/sparsify.ts'
import { strategyOf, withMessages } from '../../../../src-main/gnn/network/strategy.ts'
import { separatePairs } from '../../../../src-main/graph/pairs.ts'
import { Random } from '../../../../src-main/random.ts'
import { smallCatalog, smallConfig, smallGraph } from '../small-catalog.ts'

const halos = 1000
const catalog = smallCatalog(halos, 3)
const neighbours = smallGraph(catalog, 20)
const every = Uint32Array.from({ length: halos }, (_, i) => i)
const train = every.filter((i) => i % 4 > 0)
const validation = every.filter((i) => i % 4 === 0)
const mass = catalog.mass as Float32Array
/** One number a pair is enough for this: the mass within 20 Mpc/h. */
const planted = Float64Array.from(every, (i) =>
  neighbours.of(i).index.reduce((sum, j) => sum + mass[j] / 1e14, mass[i] / 1e14)
)
const input: GnnInput = { catalog, neighbours, target: planted, train, validation }
const run = (config: Partial<GnnConfig>, options: TrainOptions = {}): Promise<TrainedGnn> =>
  trainGnn(input, { ...smallConfig, ...config }, { seed: 4, threads: 2, ...options })

const kl: Partial<GnnConfig> = { penalty: { kind: 'kl', weight: 0.01 } }
const sparse: Partial<GnnConfig> = {
  penalty: { kind: 'sparse', weight: 0.2 },
  edgeFeatures: ['mass_j', 'r'],
  nodeFeatures: ['mass'],
  nodeHidden: [],
  epochs: 60,
  learningRate: 1e-2,
  emaDecay: 0.95
}

test('noise is standard normal, and new for every seed, step, edge and component', () => {
  const draws = Array.from({ length: 40_000 }, (_, n) => messageNoise(1, n % 10, n >> 5, 7 * n, n % 16))
  const moment = (power: number): number => draws.reduce((sum, x) => sum + x ** power, 0) / draws.length
  // Standard errors of the moments of 40,000 normal draws: 0.005, 0.007, 0.02 and 0.05.
  expect(moment(1)).toBeCloseTo(0, 1.5)
  expect(moment(2)).toBeCloseTo(1, 1.3)
  expect(Math.abs(moment(3))).toBeLessThan(0.08)
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.25)
  const counters = [1, 2, 3, 4, 5]
  const [seed, step, i, j, d] = counters
  const changed = counters.map((_, n) => {
    const [a, b, c, e, f] = counters.map((value, k) => (k === n ? value + 1 : value))
    return messageNoise(a, b, c, e, f)
  })
  expect(new Set([messageNoise(seed, step, i, j, d), ...changed]).size).toBe(6)
})

test('noise of one step is uncorrelated with that of the next, of the reverse edge, and of the next component', () => {
  const correlation = (other: (n: number) => number): number => {
    let sum = 0
    for (let n = 0; n < 10_000; n++) sum += messageNoise(3, 5, n, n + 1, 0) * other(n)
    return sum / 10_000
  }
  for (const other of [
    (n: number) => messageNoise(3, 6, n, n + 1, 0),
    (n: number) => messageNoise(3, 5, n + 1, n, 0),
    (n: number) => messageNoise(3, 5, n, n + 1, 1),
    (n: number) => messageNoise(4, 5, n, n + 1, 0)
  ])
    expect(Math.abs(correlation(other))).toBeLessThan(0.04)
})

test('variational training gives the same bytes on any number of threads and after a resume', async () => {
  const checkpoints: GnnCheckpoint[] = []
  const once = await run(kl, { threads: 1, onCheckpoint: (checkpoint) => checkpoints.push(checkpoint) })
  const three = await run(kl, { threads: 3 })
  expect(three.state.parameters).toEqual(once.state.parameters)
  expect(three.messageKl).toEqual(once.messageKl)
  const resumed = await run(kl, { resumeFrom: checkpoints[0] })
  expect(resumed.state.parameters).toEqual(once.state.parameters)
  expect(once.history.every(({ messageKl }) => messageKl?.length === 5)).toBe(true)
})

test('divergence from N(0, 1) is its closed form over the outputs of every edge', async () => {
  const config: GnnConfig = { ...smallConfig, ...kl, messageWidth: 3 }
  const standardisation = (await run({ ...kl, messageWidth: 3, epochs: 1 })).state.standardisation
  const parameters = initialParameters(config, new Random(2))
  // The same edge function seen as one of six plain components: means, then log-variances; what follows is not used.
  const plain = { ...config, messageWidth: 6, penalty: { kind: 'none', weight: 0 } } as GnnConfig
  const twice = createNetwork({ catalog, neighbours, config: plain, standardisation })
  const same = new Float32Array(parameterCount(plain))
  same.set(parameters.subarray(0, Math.min(parameters.length, same.length)))
  twice.setWeights(same, same)
  const some = every.subarray(0, 20)
  const expected = [0, 0, 0]
  let edges = 0
  for (const i of some) {
    const sender = neighbours.of(i).index
    const receiver = new Uint32Array(sender.length).fill(i)
    const pairs = separatePairs({ receiver, sender }, catalog, neighbours.boxSize)
    const outputs = await twice.messages(pairs, 'current', 1)
    for (let e = 0; e < sender.length; e++, edges++)
      for (let d = 0; d < 3; d++) {
        const [mean, logVariance] = [outputs[e * 6 + d], outputs[e * 6 + 3 + d]]
        expected[d] += 0.5 * (mean ** 2 + Math.exp(logVariance) - logVariance - 1)
      }
  }
  const network = createNetwork({ catalog, neighbours, config, standardisation })
  network.setWeights(parameters, parameters)
  const moments = await network.messageMoments(some, 'current', 2)
  expect(moments.edges).toBe(edges)
  moments.divergence?.forEach((sum, d) => expect(sum / expected[d]).toBeCloseTo(1, 4))
})

test('a heavier divergence leaves less in the messages', async () => {
  const [light, heavy] = await Promise.all(
    [1e-4, 1].map((weight) => run({ penalty: { kind: 'kl', weight }, epochs: 8 }))
  )
  const total = ({ messageKl }: TrainedGnn): number => (messageKl ?? []).reduce((sum, value) => sum + value, 0)
  expect(total(heavy)).toBeLessThan(0.2 * total(light))
})

test('removing components that are zero leaves every prediction as it was', async () => {
  for (const change of [{ nodeHidden: [10] }, { nodeHidden: [], linearSkip: true }] as Partial<GnnConfig>[]) {
    const { state } = await run({ epochs: 1, penalty: { kind: 'sparse', weight: 0 }, ...change })
    const config = state.config
    const weights = state.parameters.slice()
    const groups = componentGroups(config)
    for (const component of [1, 4]) for (const at of groups[component]) weights[at] = 0
    const components = [0, 2, 3]
    const wide = await predictGnn({ ...state, parameters: weights }, { catalog, neighbours }, every)
    const narrow = { ...config, messageWidth: 3 }
    const parameters = withoutComponents(weights, config, components)
    expect(parameters).toHaveLength(parameterCount(narrow))
    const after = await predictGnn({ ...state, config: narrow, parameters }, { catalog, neighbours }, every)
    expect(after).toEqual(wide)
  }
})

test('a group shrinks by the threshold, and becomes zero with its moments where it is shorter', () => {
  const weights = Float32Array.of(3, 4, 0.03, 0.04)
  const [average, moments] = [weights.slice(), new Float32Array(8).fill(1)]
  const groups = [Uint32Array.of(0, 1), Uint32Array.of(2, 3)]
  expect(shrinkGroups({ weights, average, moments }, groups, 0.5 / Math.SQRT2)).toEqual([0])
  expect([...weights]).toEqual([expect.closeTo(2.7, 5), expect.closeTo(3.6, 5), 0, 0])
  expect([...average.subarray(2)]).toEqual([0, 0])
  expect([...moments]).toEqual([1, 1, 0, 0, 1, 1, 0, 0])
})

test('the sparse strategy ends with the one component that the law needs, and resumes to the same bytes', async () => {
  const checkpoints: GnnCheckpoint[] = []
  const trained = await run(sparse, { onCheckpoint: (checkpoint) => checkpoints.push(checkpoint) })
  expect(trained.state.config.messageWidth).toBe(1)
  expect(trained.messageStd).toHaveLength(1)
  expect(trained.parameterCount).toBe(trained.state.parameters.length)
  // The history tells of all five throughout.
  const alive = trained.history.map(({ messageStd }) => messageStd.filter((std) => std > 0).length)
  expect(alive[0]).toBeGreaterThan(1)
  expect(alive.at(-1)).toBe(1)
  expect(trained.history.every(({ messageStd }) => messageStd.length === 5)).toBe(true)
  const plain = await run({ ...sparse, penalty: { kind: 'none', weight: 0 } })
  const error = (of: TrainedGnn): number => of.history.at(-1)?.validationMae ?? NaN
  expect(error(trained)).toBeLessThan(2 * error(plain))
  const narrowed = checkpoints.find(({ components }) => components.length < 5) as GnnCheckpoint
  const resumed = await run(sparse, { resumeFrom: narrowed })
  expect(resumed.state.parameters).toEqual(trained.state.parameters)
})

test('a ramped weight grows in a straight line over its share of the steps', () => {
  const config = { penalty: { kind: 'l1', weight: 2, rampUp: 0.5 } } as const
  const weights = [0, 4, 9, 10, 19].map((step) => penaltyWeight(config, step, 20))
  expect(weights).toEqual([2 / 11, 10 / 11, 20 / 11, 2, 2].map((weight) => expect.closeTo(weight, 6) as number))
  expect(penaltyWeight({ penalty: { kind: 'l1', weight: 2 } }, 0, 20)).toBe(2)
  expect(penaltyWeight({ penalty: { kind: 'bottleneck', weight: 2 } }, 0, 20)).toBe(0)
})

test('a strategy is read as written, and the preset gives the rest', () => {
  const read = (text: string) => withMessages(smallConfig, text)
  expect(read('standard').penalty).toEqual({ kind: 'none', weight: 0 })
  expect(read('bottleneck:2')).toMatchObject({ messageWidth: 2, penalty: { kind: 'bottleneck', weight: 0 } })
  expect(read('l1:0.5').penalty).toEqual({ kind: 'l1', weight: 0.5 })
  expect(read('kl:1e-3:0.25').penalty).toEqual({ kind: 'kl', weight: 1e-3, rampUp: 0.25 })
  expect(withMessages({ ...smallConfig, penalty: { kind: 'l1', weight: 7 } }, 'l1').penalty.weight).toBe(7)
  expect(['l1', 'kl', 'sparse'].map((kind) => read(kind).penalty)).toEqual([
    { kind: 'l1', weight: 0.02 },
    { kind: 'kl', weight: 0.01 },
    { kind: 'sparse', weight: 0.1 }
  ])
  for (const text of [
    '',
    'l2',
    'l1:',
    'l1:-1',
    'l1:1:2',
    'l1:1:1:1',
    'bottleneck',
    'bottleneck:0',
    'bottleneck:1.5',
    'standard:1'
  ])
    expect(() => read(text)).toThrow(`The message strategy "${text}" is not known; write standard, bottleneck:2`)
})

test('no text crashes the parser of strategies', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('', 'l1:', 'kl:1:', 'bottleneck:'), (text, start) => {
      const strategy = strategyOf(start + text)
      if (strategy)
        for (const value of [strategy.weight, strategy.rampUp, strategy.width])
          expect(value ?? 0).toBeGreaterThanOrEqual(0)
    })
  )
})
