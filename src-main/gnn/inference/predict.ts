import { badInput } from '../../../src-shared/errors.ts'
import type { HaloGraph } from '../../graph/halo-graph.ts'
import { pairsBetween, separatePairs } from '../../graph/pairs.ts'
import type { Pairs } from '../../graph/pairs.ts'
import { throwIfCancelled } from '../../work.ts'
import type { WorkOptions } from '../../work.ts'
import { createNetwork, defaultThreads } from '../engines/cpu/cpu.ts'
import type { NativeNetwork } from '../engines/cpu/cpu.ts'
import type { GnnState } from '../network/model.ts'
import { parameterCount } from '../network/parameters.ts'

/** Receivers or pairs of one native call; the signal is checked between calls. */
const receiversAtOnce = 4096
const pairsAtOnce = 65_536

/**
 * Predictions, [receivers], in the target's units. The graph may be another than that on which the network was trained.
 * @throws HalolawError `bad-input` if the catalog lacks a feature's column, `cancelled`
 */
export async function predictGnn(
  state: GnnState,
  graph: HaloGraph,
  receivers: Uint32Array,
  options: WorkOptions = {}
): Promise<Float32Array> {
  const { mean, scale } = state.standardisation.target
  const predictions: Evaluation = {
    rows: receivers.length,
    width: 1,
    atOnce: receiversAtOnce,
    message: 'Predicting',
    part: (network, begin, end, threads) => network.predict(receivers.subarray(begin, end), 'current', threads)
  }
  return (await evaluate(state, graph, predictions, options)).map((value) => value * scale + mean)
}

/** Sums of messages over all neighbours, [receivers x D]. */
export async function aggregatesOf(
  state: GnnState,
  graph: HaloGraph,
  receivers: Uint32Array,
  options: WorkOptions = {}
): Promise<Float32Array> {
  const sums: Evaluation = {
    rows: receivers.length,
    width: state.config.messageWidth,
    atOnce: receiversAtOnce,
    message: 'Summing messages',
    part: (network, begin, end, threads) => network.aggregate(receivers.subarray(begin, end), 'current', threads)
  }
  return evaluate(state, graph, sums, options)
}

/** Messages of pairs, [pairs x D]; the pairs need not be neighbours. */
export async function messagesOf(
  state: GnnState,
  graph: HaloGraph,
  pairs: Pairs,
  options: WorkOptions = {}
): Promise<Float32Array> {
  const { catalog, neighbours } = graph
  const messages: Evaluation = {
    rows: pairs.receiver.length,
    width: state.config.messageWidth,
    atOnce: pairsAtOnce,
    message: 'Evaluating messages',
    part(network, begin, end, threads) {
      const separate = separatePairs(pairsBetween(pairs, begin, end), catalog, neighbours.boxSize)
      return network.messages(separate, 'current', threads)
    }
  }
  return evaluate(state, graph, messages, options)
}

/** One quantity of a network for many receivers or pairs. */
interface Evaluation {
  rows: number
  /** Numbers per row */
  width: number
  /** Rows of one native call */
  atOnce: number
  /** For progress */
  message: string
  /** The numbers of rows begin .. end - 1 */
  part(network: NativeNetwork, begin: number, end: number, threads: number): Promise<Float32Array>
}

/** Loads a stored network onto a graph and computes rows x width numbers with it. */
async function evaluate(
  state: GnnState,
  graph: HaloGraph,
  { rows, width, atOnce, message, part }: Evaluation,
  options: WorkOptions
): Promise<Float32Array> {
  const network = networkOf(state, graph)
  const threads = defaultThreads(options.threads)
  const out = new Float32Array(rows * width)
  for (let begin = 0; begin < rows; begin += atOnce) {
    throwIfCancelled(options.signal)
    const end = Math.min(rows, begin + atOnce)
    out.set(await part(network, begin, end, threads), begin * width)
    options.onProgress?.({ fraction: end / rows, message })
  }
  return out
}

function networkOf(state: GnnState, { catalog, neighbours }: HaloGraph): NativeNetwork {
  const expected = parameterCount(state.config)
  if (state.parameters.length !== expected)
    throw badInput(
      `The stored network holds ${state.parameters.length} weights, but its settings need ${expected}; train it again.`
    )
  const network = createNetwork({ catalog, neighbours, ...state })
  network.setWeights(state.parameters, state.parameters)
  return network
}
