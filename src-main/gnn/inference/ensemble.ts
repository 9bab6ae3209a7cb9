import type { HaloGraph } from '../../graph/halo-graph.ts'
import { progressSlice } from '../../work.ts'
import type { WorkOptions } from '../../work.ts'
import type { GnnState } from '../network/model.ts'
import { predictGnn } from './predict.ts'

export interface EnsemblePrediction {
  /** Of the networks' predictions, [receivers] */
  mean: Float32Array
  /** Their standard deviation (n - 1 in the denominator): how much networks with different seeds disagree */
  spread: Float32Array
}

/**
 * Combined prediction of networks that differ only in their seed (deep ensemble, Lakshminarayanan et al. 2017), in the target's units.
 * @param states at least two
 */
export async function predictEnsemble(
  states: readonly GnnState[],
  graph: HaloGraph,
  receivers: Uint32Array,
  options: WorkOptions = {}
): Promise<EnsemblePrediction> {
  const members: Float32Array[] = []
  for (const [n, state] of states.entries()) {
    const onProgress = progressSlice(options.onProgress, n / states.length, (n + 1) / states.length)
    members.push(await predictGnn(state, graph, receivers, { ...options, onProgress }))
  }
  return meanAndSpread(members)
}

/** @param members predictions of each network, all of the same length */
export function meanAndSpread(members: readonly Float32Array[]): EnsemblePrediction {
  const mean = new Float32Array(members[0].length)
  const spread = new Float32Array(members[0].length)
  for (let n = 0; n < mean.length; n++) {
    let sum = 0
    for (const values of members) sum += values[n]
    const centre = sum / members.length
    let squares = 0
    for (const values of members) squares += (values[n] - centre) ** 2
    mean[n] = centre
    spread[n] = Math.sqrt(squares / (members.length - 1))
  }
  return { mean, spread }
}
