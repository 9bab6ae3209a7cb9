import { afterAll, expect } from 'vitest'
import type { Catalog } from '../../../../src-main/catalog/catalog.ts'
import { EngineLostError } from '../../../../src-main/gnn/network/engine.ts'
import type { EngineNetwork, TrainedSteps } from '../../../../src-main/gnn/network/engine.ts'
import { createNetwork } from '../../../../src-main/gnn/engines/cpu/cpu.ts'
import { findEngine } from '../../../../src-main/gnn/engines/index.ts'
import { findDevice, openDevice } from '../../../../src-main/gnn/engines/webgpu/device/adapter.ts'
import { createWebGpuNetwork } from '../../../../src-main/gnn/engines/webgpu/create.ts'
import type { WebGpuNetwork } from '../../../../src-main/gnn/engines/webgpu/network.ts'
import { trainGnn } from '../../../../src-main/gnn/index.ts'
import type { GnnConfig, GnnState } from '../../../../src-main/gnn/network/model.ts'
import type { GnnInput, TrainOptions } from '../../../../src-main/gnn/training/train-types.ts'
import { buildNeighbours } from '../../../../src-main/graph/neighbours.ts'
import { separatePairs } from '../../../../src-main/graph/pairs.ts'
import { Random } from '../../../../src-main/random.ts'
import type { BoxSize } from '../../../../src-shared/contract/box.ts'
import { needs } from '../../../fixtures/needs.ts'
import { relativeDifference } from '../difference.ts'
import { tensorflowOracle } from '../oracle.ts'
import { drawnState, inCuboid, smallCatalog, smallConfig, smallGraph } from '../small-catalog.ts'

const adapter = await findDevice()
const onDevice = needs(adapter !== null, 'a graphics card or a software Vulkan driver (Debian: mesa-vulkan-drivers)')

const count = 120
const catalog = smallCatalog(count, 7)
const neighbours = smallGraph(catalog)
const halos = Uint32Array.from({ length: count }, (_, i) => i)
const target = Float32Array.from(halos, (i) => Math.sin(i))
const some = halos.filter((i) => i % 4 === 0)
/** Narrow, so that few kernels are compiled: a software driver takes its time for each. */
const base: GnnConfig = { ...smallConfig, edgeHidden: [14, 12], nodeHidden: [9] }
const l1 = { kind: 'l1', weight: 0.3 } as const

type Subgroups = 'if-present' | 'none'
const devices = new Map<Subgroups, Promise<GPUDevice>>()
afterAll(async () => {
  for (const device of await Promise.all(devices.values())) device.destroy()
})

/** Opened once and shared, because a device compiles a kernel that two networks have in common only once. */
function sharedDevice(subgroups: Subgroups = 'if-present'): Promise<GPUDevice> {
  if (adapter === null) throw new Error('there is a device')
  const device = devices.get(subgroups) ?? openDevice(adapter, subgroups)
  devices.set(subgroups, device)
  return device
}

interface Both extends GnnState {
  gpu: WebGpuNetwork
  cpu: EngineNetwork
}

/** The same network on both engines. */
async function both(change: Partial<GnnConfig>, edgesAtOnce?: number): Promise<Both> {
  const state = await drawnState(
    { catalog, neighbours, target, train: halos, validation: halos },
    { ...base, ...change }
  )
  const { config, standardisation, parameters } = state
  const device = await sharedDevice()
  const gpu = await createWebGpuNetwork(device, { catalog, neighbours, config, standardisation }, edgesAtOnce)
  const cpu = createNetwork({ catalog, neighbours, config, standardisation })
  for (const network of [gpu, cpu]) {
    network.setWeights(parameters, parameters)
    network.setMoments(new Float32Array(2 * parameters.length), 0)
  }
  return { ...state, gpu, cpu }
}

function placed(positions: number[][], boxSize: BoxSize | null): Catalog {
  const axis = (n: number): Float32Array => Float32Array.from(positions, (position) => position[n])
  const empty = { ...smallCatalog(positions.length, 1), boxSize, periodic: boxSize !== null }
  return { ...empty, x: axis(0), y: axis(1), z: axis(2) }
}

const lattice = (cells: number, spacing: number, offset: number): number[][] =>
  Array.from({ length: cells ** 3 }, (_, n) =>
    [n % cells, Math.floor(n / cells) % cells, Math.floor(n / cells ** 2)].map((k) => k * spacing + offset)
  )
const random = new Random(2)
const strewn = Array.from({ length: 200 }, () => [0, 1, 2].map(() => 100 * random.uniform()))
const corners = lattice(2, 100, 0)

const stretched = (positions: number[][]): number[][] =>
  positions.map(([x, y, z]) => [(x * 80) / 100, (y * 37) / 100, (z * 250) / 100])

onDevice.each([
  ['strewn in a periodic box, some on its corners', [...strewn, ...corners], 100, 30],
  ['strewn in open space, some below 0', strewn.map((p) => p.map((x) => 3 * x - 120)), null, 70],
  ['with a radius of half the box', strewn, 100, 50],
  ['in a cuboid, some on its corners', [...stretched(strewn), ...stretched(corners)], [80, 37, 250], 18.5],
  ['on a lattice in a cuboid', stretched(lattice(6, 100 / 6, 0)), [80, 37, 250], 80 / 6],
  ['on a lattice, many pairs at just the radius', lattice(6, 100 / 6, 0.1), 100, 50],
  ['at one place, and alone', [...Array.from({ length: 5 }, () => [7, 7, 7]), [60, 60, 60]], null, 10]
] as [string, number[][], BoxSize | null, number][])(
  'neighbours are those that the CPU finds: %s',
  async (_, positions, boxSize, radius) => {
    const placedHalos = placed(positions, boxSize)
    const graph = buildNeighbours(placedHalos, radius)
    const one = (n: number): { mean: number[]; scale: number[] } => ({
      mean: Array<number>(n).fill(0),
      scale: Array<number>(n).fill(1)
    })
    const plain = { edge: one(1), node: one(0), target: { mean: 0, scale: 1 }, meanDegree: 1 }
    const config = { ...base, edgeFeatures: ['r'], nodeFeatures: [] }
    const every = Uint32Array.from(positions, (_, i) => i)
    const edgesOn = async (device: GPUDevice): Promise<{ sender: Uint32Array; d: Float32Array }[]> =>
      (
        await createWebGpuNetwork(device, { catalog: placedHalos, neighbours: graph, config, standardisation: plain })
      ).neighbours(every)
    const edges = await edgesOn(await sharedDevice())
    let farthest = 0
    edges.forEach(({ sender, d }, i) => {
      const { index, distance } = graph.of(i)
      expect(sender.toSorted()).toEqual(index.toSorted())
      const distances = Float64Array.from(sender, (_, n) => Math.hypot(...d.subarray(3 * n, 3 * n + 3))).sort()
      distances.forEach((r, n) => (farthest = Math.max(farthest, Math.abs(r - distance[n]))))
    })
    expect(farthest).toBeLessThan(1e-4)
    // Subgroups, where the device has them, change how lanes count and nothing else.
    expect(await edgesOn(await sharedDevice('none'))).toEqual(edges)
  }
)

const variational: Partial<GnnConfig> = { penalty: { kind: 'kl', weight: 0.3 }, nodeHidden: [], nodeFeatures: [] }
const options: [string, Partial<GnnConfig>][] = [
  ['SiLU and Huber', {}],
  [
    'ReLU, the mean absolute error, an L1 penalty, a linear path',
    { activation: 'relu', loss: { kind: 'mae' }, penalty: l1, linearSkip: true }
  ],
  ['variational messages, a linear node function', variational],
  [
    'wide and deep',
    {
      edgeHidden: [70, 20, 18],
      messageWidth: 36,
      nodeHidden: [18],
      penalty: l1,
      edgeFeatures: ['dx', 'dy', 'dz', 'cos_i', 'cos_j', 'inv_r', 'v_r', 'dvx', 'dvy', 'dvz', 'spin_j']
    }
  ]
]

onDevice.each(options)("loss and gradient equal TensorFlow's with %s", async (_, change) => {
  const { config, standardisation, parameters, gpu } = await both(change)
  const at = { penalty: config.penalty.weight, seed: 5, step: 3 }
  const theirs = await tensorflowOracle(
    { config, standardisation, parameters },
    { catalog, neighbours },
    some,
    target,
    at
  )
  const ours = await gpu.gradient(some, target, at)
  expect(Math.abs(ours.loss / theirs.loss - 1)).toBeLessThan(1e-4)
  expect(relativeDifference(ours.gradient, theirs.gradient)).toBeLessThan(1e-4)
})

onDevice("loss and gradient equal TensorFlow's in a cuboid, and predictions those of the CPU", async () => {
  const halosInCuboid = inCuboid(catalog, [100, 60, 170])
  const graph = smallGraph(halosInCuboid, 29)
  const config = { ...base, edgeFeatures: ['dx', 'dy', 'dz', 'r', 'v_r'] }
  const input = { catalog: halosInCuboid, neighbours: graph, target, train: halos, validation: halos }
  const state = await drawnState(input, config)
  const gpu = await createWebGpuNetwork(await sharedDevice(), {
    catalog: halosInCuboid,
    neighbours: graph,
    config,
    standardisation: state.standardisation
  })
  gpu.setWeights(state.parameters, state.parameters)
  gpu.setMoments(new Float32Array(2 * state.parameters.length), 0)
  const at = { penalty: 0, seed: 5, step: 3 }
  const theirs = await tensorflowOracle(state, { catalog: halosInCuboid, neighbours: graph }, some, target, at)
  const ours = await gpu.gradient(some, target, at)
  expect(Math.abs(ours.loss / theirs.loss - 1)).toBeLessThan(1e-4)
  expect(relativeDifference(ours.gradient, theirs.gradient)).toBeLessThan(1e-4)
  const cpu = createNetwork({ catalog: halosInCuboid, neighbours: graph, ...state })
  cpu.setWeights(state.parameters, state.parameters)
  expect(relativeDifference(await gpu.predict(halos, 'current'), await cpu.predict(halos, 'current', 2))).toBeLessThan(
    1e-4
  )
})

onDevice('predictions, sums, messages and their moments equal those of the CPU', async () => {
  const { gpu, cpu } = await both(variational)
  expect(relativeDifference(await gpu.predict(halos, 'average'), await cpu.predict(halos, 'average', 2))).toBeLessThan(
    1e-4
  )
  expect(
    relativeDifference(await gpu.aggregate(some, 'current'), await cpu.aggregate(some, 'current', 2))
  ).toBeLessThan(1e-4)
  const [ours, theirs] = [await gpu.messageMoments(halos, 'current'), await cpu.messageMoments(halos, 'current', 2)]
  expect(ours.edges).toBe(theirs.edges)
  for (const name of ['sum', 'squares', 'divergence'] as const)
    expect(relativeDifference(ours[name] ?? [], theirs[name] ?? [])).toBeLessThan(1e-4)
  const given = { receiver: halos.subarray(0, 100), sender: halos.subarray(1, 101) }
  const pairs = separatePairs(given, catalog, neighbours.boxSize)
  expect(
    relativeDifference(await gpu.messages(pairs, 'current'), await cpu.messages(pairs, 'current', 2))
  ).toBeLessThan(1e-4)
})

function train(network: EngineNetwork, steps: number): Promise<TrainedSteps> {
  const draw = new Random(4)
  return network.train({
    receivers: Uint32Array.from({ length: steps * 6 - 2 }, () => draw.integer(count)),
    batch: 6,
    target,
    rates: Float32Array.from({ length: steps }, (_, n) => 3e-3 * (1 - n / 100)),
    penalties: Float32Array.from({ length: steps }, (_, n) => n / 1000),
    seed: 6,
    weightDecay: 1e-2,
    averageDecay: 0.95,
    clipNorm: 0.5,
    threads: 2
  })
}

onDevice('a hundred steps, in parts of batches, lose as the CPU engine does, and twice the same bytes', async () => {
  const { gpu, cpu, parameters } = await both({ penalty: l1 }, 40)
  const [ours, theirs] = [await train(gpu, 100), await train(cpu, 100)]
  expect(ours.edges).toBe(theirs.edges)
  expect(ours.failed).toBe(-1)
  ours.losses.forEach((loss, step) => expect(Math.abs(loss / theirs.losses[step] - 1)).toBeLessThan(1e-3))
  expect(relativeDifference(await gpu.weights('current'), await cpu.weights('current'))).toBeLessThan(1e-3)
  expect(relativeDifference(await gpu.weights('average'), await cpu.weights('average'))).toBeLessThan(1e-3)
  expect(relativeDifference(await gpu.moments(), await cpu.moments())).toBeLessThan(1e-2)

  const again = async (): Promise<[TrainedSteps, Float32Array]> => {
    gpu.setWeights(parameters, parameters)
    gpu.setMoments(new Float32Array(2 * parameters.length), 0)
    return [await train(gpu, 10), await gpu.weights('current')]
  }
  const [[first, weights], [second, same]] = [await again(), await again()]
  expect(second.losses).toEqual(first.losses)
  expect(same).toEqual(weights)
})

onDevice('a loss that is not finite stops the weights and names the step', async () => {
  const { gpu } = await both({ penalty: l1 })
  const done = await gpu.train({
    ...{ receivers: some, batch: 10, target: target.map((x, i) => (i === some[12] ? NaN : x)), seed: 0, threads: 1 },
    ...{ rates: new Float32Array(3).fill(1e-3), penalties: new Float32Array(3) },
    ...{ weightDecay: 0, averageDecay: 0, clipNorm: 0 }
  })
  expect(done.failed).toBe(1)
  expect((await gpu.weights('current')).every(Number.isFinite)).toBe(true)
})

const input: GnnInput = {
  ...{ catalog, neighbours, target },
  ...{ train: halos.filter((i) => i % 4 > 0), validation: some }
}
const quick: GnnConfig = { ...base, edgeHidden: [14], nodeHidden: [], epochs: 3, batchReceivers: 30, emaDecay: 0.9 }
const run = (options: TrainOptions) => trainGnn(input, quick, { seed: 4, threads: 2, ...options })

onDevice('a whole training equals that of the CPU, and names the device', async () => {
  const [cpu, gpu] = [await run({}), await run({ engine: 'webgpu' })]
  expect(gpu.engine).toBe('webgpu')
  expect(gpu.notices).toHaveLength(adapter?.software ? 1 : 0)
  gpu.history.forEach((record, n) => {
    expect(record.trainLoss / cpu.history[n].trainLoss).toBeCloseTo(1, 3)
    expect(record.validationMae / cpu.history[n].validationMae).toBeCloseTo(1, 3)
  })
  expect(relativeDifference(gpu.messageStd, cpu.messageStd)).toBeLessThan(1e-3)
})

onDevice(
  'after a device is lost in the middle of an epoch, the CPU continues from the last one, with a notice',
  async () => {
    if (adapter === null) return
    const engine = await findEngine('webgpu')
    const { createNetwork: create } = engine
    const epochs: number[] = []
    const notices: string[] = []
    engine.createNetwork = async (setup) => {
      const device = await openDevice(adapter)
      const network = await createWebGpuNetwork(device, setup)
      const train = network.train.bind(network)
      network.train = (steps) => {
        const underWay = train(steps)
        if (epochs.length === 1) device.destroy()
        return underWay
      }
      return network
    }
    try {
      const survived = await run({
        engine: 'webgpu',
        onCheckpoint: ({ epoch }) => epochs.push(epoch),
        onNotice: (notice) => notices.push(notice)
      })
      const cpu = await run({})
      expect(epochs).toEqual([1, 2, 3])
      expect(survived.engine).toBe('cpu')
      expect(survived.notices.at(-1)).toMatch(
        /graphics device can no longer be used: .* continues on the CPU after epoch 1/
      )
      expect(notices).toEqual(survived.notices)
      survived.history.forEach(({ trainLoss }, n) => expect(trainLoss / cpu.history[n].trainLoss).toBeCloseTo(1, 3))
    } finally {
      engine.createNetwork = create
    }
  }
)

onDevice('losing the device fails the work in progress with an error that names the loss', async () => {
  if (adapter === null) return
  const { config, standardisation, parameters } = await both({ penalty: l1 })
  const device = await openDevice(adapter)
  const network = await createWebGpuNetwork(device, { catalog, neighbours, config, standardisation })
  network.setWeights(parameters, parameters)
  const underWay = network.predict(halos, 'current')
  device.destroy()
  await expect(underWay).rejects.toThrow(EngineLostError)
  await expect(network.predict(halos, 'current')).rejects.toThrow(EngineLostError)
  expect(() => network.setWeights(parameters, parameters)).toThrow(EngineLostError)
})
