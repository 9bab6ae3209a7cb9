import type { Catalog } from '../catalog/catalog.ts'
import { buildNeighbours } from '../graph/neighbours.ts'
import { presetConfig } from './network/config.ts'
import type { Engine, EngineId, NetworkSetup } from './network/engine.ts'
import { measureTraining } from './training/choose.ts'
import type { TrainingRate, TrainingWork } from './training/choose.ts'
import { enginesPresent, findEngine } from './engines/index.ts'
import type { GnnConfig } from './network/model.ts'
import { edgeMultiplyAdds } from './network/parameters.ts'
import { standardise } from './training/standardise.ts'

/** Networks to measure, by name: hidden widths and D. The peers in bench/peers use the same. */
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
  /** Peak resident memory of this process; of the engine, if it is the only one measured */
  peakRssMB: number
  /** The part of it allocated after catalog and graph were ready */
  trainingRssMB: number
}

export interface EngineBench {
  id: EngineId
  device: string
  /** Forward, backward and Adam together */
  edgesPerSecond: number
  /** Mean edges per step, fewer on an engine in software */
  edgesPerStep: number
  /** CPU seconds of all cores, on average */
  cpuSecondsPerStep: number
  /** Operations of the edge function only, two per multiply-add, without padding */
  gflops: number
  /** Of `peakGflops` */
  shareOfPeak: number
  /** Single-precision multiply-adds, measured on the same device: on registers (CPU), in a matrix product (others) */
  peakGflops: number
}

/** 131,072 edges per step on the bundled simulation */
const batchReceivers = 790
/** In software a step of the full size would take seconds. */
const softwareReceivers = 4
const secondsAnEngine = 5

/**
 * Trains an 8-64-64-16 edge network (or another width; ReLU, MAE, like its PyTorch peer) on each available engine.
 * @param catalog needs masses, velocities and at least one extra column, which is the target
 * @param radius Mpc/h
 * @throws HalolawError `bad-input` if the requested engine is not available
 */
export async function benchTrain(
  catalog: Catalog,
  radius: number,
  threads: number,
  options: { width?: BenchWidth; engine?: EngineId | 'auto'; seconds?: number } = {}
): Promise<TrainBench> {
  const { width = '64-64-16', engine = 'auto', seconds = secondsAnEngine } = options
  const config = benchConfig(catalog, width)
  const present = engine === 'auto' ? await enginesPresent('all') : [await findEngine(engine)]
  const neighbours = buildNeighbours(catalog, radius)
  const train = Uint32Array.from({ length: catalog.halos }, (_, i) => i)
  const target = [...catalog.extra.values()].at(-1) ?? catalog.x
  const input = { catalog, neighbours, target, train, validation: train }
  const standardisation = await standardise(input, config, 1, threads)
  const residentBefore = process.memoryUsage.rss()
  const engines: EngineBench[] = []
  const setup = { catalog, neighbours, config, standardisation }
  const { mean, scale } = standardisation.target
  const work = {
    config,
    receivers: train,
    target: Float32Array.from(target, (value) => (value - mean) / scale),
    threads
  }
  for (const each of present) engines.push(await benchEngine(each, setup, work, seconds))
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

/** Settings of the measured network, with the inputs of its peers. */
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
  setup: NetworkSetup,
  work: Omit<TrainingWork, 'batch'>,
  seconds: number
): Promise<EngineBench> {
  const network = await engine.createNetwork(setup)
  const batch = engine.software ? softwareReceivers : batchReceivers
  const rates: TrainingRate[] = []
  let peakGflops = 0
  for (let turn = 0; turn < 3; turn++) {
    // Peak and training take turns, so that other work on the machine slows both.
    peakGflops = Math.max(peakGflops, await engine.measurePeak(work.threads))
    rates.push(await measureTraining(network, { ...work, batch }, seconds / 3))
  }
  const edgesPerSecond = Math.max(...rates.map((rate) => rate.edgesPerSecond))
  const cpuSecondsPerMillionEdges = rates.reduce((sum, rate) => sum + rate.cpuSecondsPerMillionEdges, 0) / rates.length
  const edgesPerStep = Math.round(batch * setup.standardisation.meanDegree)
  network.dispose?.()
  const gflops = (2 * edgeMultiplyAdds(setup.config, 'per receiver').training * edgesPerSecond) / 1e9
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
