import { separatePairs } from '../../graph/pairs.ts'
import { createNetwork } from '../engines/cpu/cpu.ts'
import { resolveFeatures } from '../network/features.ts'
import type { GnnConfig, Standardisation } from '../network/model.ts'
import type { GnnInput } from './train-types.ts'

/** Pairs sampled for means and scales of edge features. */
const samplePairs = 20_000

/** Means and scales from the training halos, and from random pairs with a training halo as receiver. */
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
    edge: edges === 0 ? unscaled(config).edge : await edgeMoments(input, config, seed, threads),
    node: columnMoments(resolveFeatures(catalog, config.edgeFeatures, config.nodeFeatures).node, train),
    target: momentsOf(target, train),
    meanDegree: Math.max(1, edges / train.length)
  }
}

async function edgeMoments(
  { catalog, neighbours, train }: GnnInput,
  config: GnnConfig,
  seed: number,
  threads: number
): Promise<{ mean: number[]; scale: number[] }> {
  const standardisation = unscaled(config)
  const pairs = await neighbours.samplePairs(samplePairs, seed, train)
  const network = createNetwork({ catalog, neighbours, config, standardisation })
  const values = await network.edgeInputs(separatePairs(pairs, catalog, neighbours.boxSize), threads)
  const features = resolveFeatures(catalog, config.edgeFeatures, config.nodeFeatures)
  const receiver = columnMoments(features.receiver, pairs.receiver)
  const edgeColumns = features.edgeNames.length - features.receiver.length
  const { mean, scale } = standardisation.edge
  features.edgeNames.forEach((name, n) => {
    const at = config.edgeFeatures.indexOf(name)
    const pairColumn = n - features.receiver.length
    const moments = pairColumn < 0 ? null : momentsOf(values.filter((_, k) => k % edgeColumns === pairColumn))
    mean[at] = moments ? moments.mean : receiver.mean[n]
    scale[at] = moments ? moments.scale : receiver.scale[n]
  })
  return standardisation.edge
}

/** Leaves every feature unchanged. */
function unscaled({ edgeFeatures, nodeFeatures }: GnnConfig): Standardisation {
  const identity = (names: string[]) => ({ mean: names.map(() => 0), scale: names.map(() => 1) })
  return { edge: identity(edgeFeatures), node: identity(nodeFeatures), target: { mean: 0, scale: 1 }, meanDegree: 1 }
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
