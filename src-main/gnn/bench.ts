import type { Catalog } from '../catalog/catalog.ts'
import { buildNeighbours } from '../graph/neighbours.ts'
import { presetConfig } from './network/config.ts'
import type { Engine, EngineId } from './network/engine.ts'
import { measureTraining } from './training/choose.ts'
import type { TrainingRate } from './training/choose.ts'
import { enginesPresent, findEngine } from './engines/index.ts'
import type { GnnConfig, Standardisation } from './network/model.ts'
import type { GnnInput } from './training/train-types.ts'
import { edgeMultiplyAdds } from './network/parameters.ts'
import { standardise } from './training/standardise.ts'

/** Edge networks that are measured, by name: hidden widths and D. Peers in bench/peers are given the same. */
export const benchWidths = {
  '64-64-16': { edgeHidden: [64, 64], nodeHidden: [64], messageWidth: 16 },
  '128-128-32': { edgeHidden: [128, 128], nodeHidden: [128], messageWidth: 32 },
  '500-500-100': { edgeHidden: [500, 500], nodeHidden: [500, 500], messageWidth: 100 }
} as const satisfies Record<string, Pick<GnnConfig, 'edgeHidden' | 'nodeHidden' | 'messageWidth'>>

export type BenchWidth = keyof typeof benchWidths

/** The JSON of `halolaw bench train`. */
export interface TrainBench {
  width: BenchWidth
  engines: EngineBench[]
  /** Of the first engine */
  peakGflops: number
  /** Seconds that one epoch over all edges takes on the first engine */
  epochSeconds: number
  /** Of the whole graph */
  edges: number
  /** Peak resident memory of this process; of an engine's own when it is measured alone */
  peakRssMB: number
  /** Of it, beyond what was resident when catalog and graph were ready */
  trainingRssMB: number
}

export interface EngineBench {
  id: EngineId
  device: string
  /** Forward, backward and Adam together */
  edgesPerSecond: number
  /** Mean edges of a step, which are fewer on an engine in software */
  edgesPerStep: number
  /** Of all processors together, on average */
  cpuSecondsPerStep: number
  /** Operations of the edge function alone, two a multiply-add: what the network asks for, padding not counted */
  gflops: number
  /** Of `peakGflops` */
  shareOfPeak: number
  /** Single-precision multiply-adds, measured on the same device: on registers (CPU), in a matrix product (others) */
  peakGflops: number
}

/** 131,072 edges a step on the bundled simulation */
const batchReceivers = 790
/** In software a step of that size would take seconds. */
const softwareReceivers = 4
const secondsAnEngine = 5

/**
 * Trains an 8-64-64-16 edge network (or another width; ReLU, MAE, as its PyTorch peer) on each engine present.
 * @param catalog with masses, velocities and at least one extra column, which serves as target
 * @throws HalolawError `bad-input` when the engine asked for is not there
 */
export async function benchTrain(
  catalog: Catalog,
  radius: number,
  threads: number,
  options: { width?: BenchWidth; engine?: EngineId | 'auto'; seconds?: number } = {}
): Promise<TrainBench> {
  const { width = '64-64-16', engine = 'auto', seconds = secondsAnEngine } = options
  const config = benchConfig(catalog, width)
  const present = engine === 'auto' ? await enginesPresent(true) : [await findEngine(engine)]
  const neighbours = buildNeighbours(catalog, radius)
  const train = Uint32Array.from({ length: catalog.halos }, (_, i) => i)
  const target = [...catalog.extra.values()].at(-1) ?? catalog.x
  const input = { catalog, neighbours, target, train, validation: train }
  const standardisation = await standardise(input, config, 1, threads)
  const residentBefore = process.memoryUsage.rss()
  const engines: EngineBench[] = []
  for (const each of present) engines.push(await benchEngine(each, input, config, standardisation, threads, seconds))
  const edges = await neighbours.countEdges({ threads })
  const peakRss = process.resourceUsage().maxRSS * 1024
  return {
    width,
    engines,
    peakGflops: engines[0].peakGflops,
    epochSeconds: edges / engines[0].edgesPerSecond,
    edges,
    peakRssMB: Math.round(peakRss / 2 ** 20),
    trainingRssMB: Math.round((peakRss - residentBefore) / 2 ** 20)
  }
}

/** The network that is measured, its inputs as its peers have them. */
export function benchConfig(catalog: Catalog, width: BenchWidth): GnnConfig {
  const { edgeHidden, nodeHidden, messageWidth } = benchWidths[width]
  return {
    ...presetConfig('standard', catalog),
    edgeHidden: [...edgeHidden],
    nodeHidden: [...nodeHidden],
    messageWidth,
    activation: 'relu',
    edgeFeatures: ['log_mass_i', 'log_mass_j', 'r', 'log_r', 'v_ij', 'v_r', 'cos_i', 'cos_j'],
    nodeFeatures: ['log_mass'],
    penalty: { kind: 'none', weight: 0 },
    weightDecay: 0,
    loss: { kind: 'mae' },
    batchReceivers
  }
}

async function benchEngine(
  engine: Engine,
  { catalog, neighbours, target, train }: GnnInput,
  config: GnnConfig,
  standardisation: Standardisation,
  threads: number,
  seconds: number
): Promise<EngineBench> {
  const network = await engine.createNetwork(catalog, neighbours, config, standardisation)
  const { mean, scale } = standardisation.target
  const standardised = Float32Array.from(target, (value) => (value - mean) / scale)
  const batch = engine.software ? softwareReceivers : batchReceivers
  const rates: TrainingRate[] = []
  let peakGflops = 0
  for (let turn = 0; turn < 3; turn++) {
    // Peak and training by turns, so that a busy machine slows both.
    peakGflops = Math.max(peakGflops, await engine.measurePeak(threads))
    rates.push(await measureTraining(network, config, train, batch, standardised, threads, seconds / 3))
  }
  const edgesPerSecond = Math.max(...rates.map((rate) => rate.edgesPerSecond))
  const cpuSecondsPerMillionEdges = rates.reduce((sum, rate) => sum + rate.cpuSecondsPerMillionEdges, 0) / rates.length
  const edgesPerStep = Math.round(batch * standardisation.meanDegree)
  network.dispose?.()
  const gflops = (2 * edgeMultiplyAdds(config, false).training * edgesPerSecond) / 1e9
  return {
    id: engine.id,
    device: engine.device,
    edgesPerSecond,
    edgesPerStep,
    cpuSecondsPerStep: (cpuSecondsPerMillionEdges * edgesPerStep) / 1e6,
    gflops,
    shareOfPeak: gflops / peakGflops,
    peakGflops
  }
}
