import type { Catalog } from '../catalog/catalog.ts'
import { buildNeighbours } from '../graph/neighbours.ts'
import { Random } from '../random.ts'
import { presetConfig } from './config.ts'
import { createNetwork, measurePeak } from './engines/cpu.ts'
import { resolveFeatures } from './features.ts'
import type { GnnConfig } from './model.ts'
import { edgeMultiplyAdds, initialParameters } from './parameters.ts'
import { standardise } from './standardise.ts'

/** The JSON of `halolaw bench train`. */
export interface TrainBench {
  engines: {
    id: string
    /** Forward, backward and Adam together */
    edgesPerSecond: number
    /** Operations of the edge function alone, two a multiply-add: what the network asks for, padding not counted */
    gflops: number
    /** Of `peakGflops` */
    shareOfPeak: number
  }[]
  /** Multiply-adds on registers alone, all threads */
  peakGflops: number
  /** Seconds that one epoch over all edges takes */
  epochSeconds: number
  edges: number
}

/** 131,072 edges a step on the shared simulation */
const batchReceivers = 790

/**
 * Trains an 8-64-64-16 edge network (ReLU, MAE, as its PyTorch peer) for whole epochs over every edge and keeps the fastest.
 * @param catalog with masses, velocities and at least one extra column, which serves as target
 */
export async function benchTrain(catalog: Catalog, radius: number, threads: number, repeats = 3): Promise<TrainBench> {
  const config: GnnConfig = {
    ...presetConfig('standard', catalog),
    edgeHidden: [64, 64],
    nodeHidden: [64],
    messageWidth: 16,
    activation: 'relu',
    edgeFeatures: ['log_mass_i', 'log_mass_j', 'r', 'log_r', 'v_ij', 'v_r', 'cos_i', 'cos_j'],
    nodeFeatures: ['log_mass'],
    penalty: { kind: 'none', weight: 0 },
    loss: { kind: 'mae' },
    batchReceivers
  }
  resolveFeatures(catalog, config.edgeFeatures, config.nodeFeatures)
  const neighbours = buildNeighbours(catalog, radius)
  const halos = Uint32Array.from({ length: catalog.halos }, (_, i) => i)
  const column = [...catalog.extra.values()].at(-1) ?? catalog.x
  const input = { catalog, neighbours, target: column, train: halos, validation: halos }
  const standardisation = await standardise(input, config, 1, threads)
  const network = createNetwork(catalog, neighbours, config, standardisation)
  const parameters = initialParameters(config, new Random(1))
  network.setWeights(parameters, parameters)
  const { mean, scale } = standardisation.target
  const target = Float32Array.from(column, (value) => (value - mean) / scale)
  const rates = new Float32Array(Math.ceil(catalog.halos / batchReceivers)).fill(1e-4)
  const receivers = new Random(2).shuffle(halos)
  let peakGflops = 0
  let best = { edges: 0, seconds: Infinity }
  for (let n = 0; n < repeats; n++) {
    // Peak and training by turns, so that a busy machine slows both.
    peakGflops = Math.max(peakGflops, await measurePeak(threads))
    const options = {
      receivers,
      batch: batchReceivers,
      target,
      rates,
      weightDecay: 0,
      averageDecay: 0.999,
      clipNorm: 1,
      threads
    }
    const run = await network.train(options)
    if (run.seconds < best.seconds) best = run
  }
  const gflops = (2 * edgeMultiplyAdds(config, false).training * best.edges) / best.seconds / 1e9
  const engine = { id: 'cpu', edgesPerSecond: best.edges / best.seconds, gflops, shareOfPeak: gflops / peakGflops }
  return { engines: [engine], peakGflops, epochSeconds: best.seconds, edges: best.edges }
}
