import type { Catalog } from '../../catalog/catalog.ts'
import type { Neighbours } from '../../graph/neighbours.ts'
import { separatePairs } from '../../graph/pairs.ts'
import { createNetwork } from '../engines/cpu/cpu.ts'
import { resolveFeatures } from '../network/features.ts'
import type { GnnConfig, Standardisation } from '../network/model.ts'
import type { GnnInput } from './train-types.ts'

/** Pairs from which means and scales of edge features are taken. */
const samplePairs = 20_000

/** Means and scales from the training halos, and from random pairs whose receiver is one of them. */
export async function standardise(
  input: GnnInput,
  config: GnnConfig,
  seed: number,
  threads: number
): Promise<Standardisation> {
  const { catalog, neighbours, train, target } = input
  const degrees = await neighbours.degrees({ threads })
  let edges = 0
  for (const halo of train) edges += degrees[halo]
  return {
    edge: await edgeMoments(catalog, neighbours, config, train, edges, seed, threads),
    node: columnMoments(resolveFeatures(catalog, config.edgeFeatures, config.nodeFeatures).node, train),
    target: momentsOf(target, train),
    meanDegree: Math.max(1, edges / train.length)
  }
}

async function edgeMoments(
  catalog: Catalog,
  neighbours: Neighbours,
  config: GnnConfig,
  train: Uint32Array,
  edges: number,
  seed: number,
  threads: number
): Promise<{ mean: number[]; scale: number[] }> {
  const width = config.edgeFeatures.length
  const plain = { mean: Array<number>(width).fill(0), scale: Array<number>(width).fill(1) }
  if (edges === 0) return plain
  const unscaled: Standardisation = {
    edge: plain,
    node: { mean: config.nodeFeatures.map(() => 0), scale: config.nodeFeatures.map(() => 1) },
    target: { mean: 0, scale: 1 },
    meanDegree: 1
  }
  const pairs = await neighbours.samplePairs(samplePairs, seed, train)
  const network = createNetwork(catalog, neighbours, config, unscaled)
  const values = await network.edgeInputs(separatePairs(pairs, catalog, neighbours.boxSize), threads)
  const features = resolveFeatures(catalog, config.edgeFeatures, config.nodeFeatures)
  const receiver = columnMoments(features.receiver, pairs.receiver)
  const edgeColumns = features.edgeNames.length - features.receiver.length
  features.edgeNames.forEach((name, n) => {
    const at = config.edgeFeatures.indexOf(name)
    const own = n - features.receiver.length
    const column = own < 0 ? null : momentsOf(values.filter((_, k) => k % edgeColumns === own))
    plain.mean[at] = column ? column.mean : receiver.mean[n]
    plain.scale[at] = column ? column.scale : receiver.scale[n]
  })
  return plain
}

function columnMoments(columns: Float32Array[], halos: Uint32Array): { mean: number[]; scale: number[] } {
  const moments = columns.map((column) => momentsOf(column, halos))
  return { mean: moments.map((m) => m.mean), scale: moments.map((m) => m.scale) }
}

/** Mean and standard deviation; a constant column has scale 1. */
function momentsOf(values: Float32Array | Float64Array, rows?: Uint32Array): { mean: number; scale: number } {
  const count = rows ? rows.length : values.length
  let sum = 0
  for (let n = 0; n < count; n++) sum += values[rows ? rows[n] : n]
  const mean = sum / count
  let squares = 0
  for (let n = 0; n < count; n++) squares += (values[rows ? rows[n] : n] - mean) ** 2
  const scale = Math.sqrt(squares / count)
  return { mean, scale: scale > 1e-6 * Math.max(1e-6, Math.abs(mean)) ? scale : 1 }
}
