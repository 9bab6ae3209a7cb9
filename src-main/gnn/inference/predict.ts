import { badInput } from '../../../src-shared/errors.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Neighbours } from '../../graph/neighbours.ts'
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
 * Predictions, [receivers], in the target's units. The catalog may differ from the one the network was trained on.
 * @throws HalolawError `bad-input` if the catalog lacks a feature's column, `cancelled`
 */
export async function predictGnn(
  state: GnnState,
  catalog: Catalog,
  neighbours: Neighbours,
  receivers: Uint32Array,
  options: WorkOptions = {}
): Promise<Float32Array> {
  const { mean, scale } = state.standardisation.target
  const out = await inParts(
    { state, catalog, neighbours },
    { rows: receivers.length, width: 1, atOnce: receiversAtOnce, message: 'Predicting' },
    options,
    (network, begin, end, threads) => network.predict(receivers.subarray(begin, end), 'current', threads)
  )
  return out.map((value) => value * scale + mean)
}

/** Sums of messages over all neighbours, [receivers x D]. */
export async function aggregatesOf(
  state: GnnState,
  catalog: Catalog,
  neighbours: Neighbours,
  receivers: Uint32Array,
  options: WorkOptions = {}
): Promise<Float32Array> {
  const { messageWidth: width } = state.config
  return inParts(
    { state, catalog, neighbours },
    { rows: receivers.length, width, atOnce: receiversAtOnce, message: 'Summing messages' },
    options,
    (network, begin, end, threads) => network.aggregate(receivers.subarray(begin, end), 'current', threads)
  )
}

/** Messages of pairs, [pairs x D]; the pairs need not be neighbours. */
export async function messagesOf(
  state: GnnState,
  catalog: Catalog,
  neighbours: Neighbours,
  pairs: Pairs,
  options: WorkOptions = {}
): Promise<Float32Array> {
  const { messageWidth: width } = state.config
  return inParts(
    { state, catalog, neighbours },
    { rows: pairs.receiver.length, width, atOnce: pairsAtOnce, message: 'Evaluating messages' },
    options,
    (network, begin, end, threads) => {
      const part = separatePairs(pairsBetween(pairs, begin, end), catalog, neighbours.boxSize)
      return network.messages(part, 'current', threads)
    }
  )
}

function networkOf(state: GnnState, catalog: Catalog, neighbours: Neighbours): NativeNetwork {
  const expected = parameterCount(state.config)
  if (state.parameters.length !== expected)
    throw badInput(
      `The stored network holds ${state.parameters.length} weights, but its settings need ${expected}; train it again.`
    )
  const network = createNetwork({ catalog, neighbours, ...state })
  network.setWeights(state.parameters, state.parameters)
  return network
}

/** Computes `width` numbers per row with a stored network, `atOnce` rows at a time. */
async function inParts(
  { state, catalog, neighbours }: { state: GnnState; catalog: Catalog; neighbours: Neighbours },
  { rows, width, atOnce, message }: { rows: number; width: number; atOnce: number; message: string },
  options: WorkOptions,
  part: (network: NativeNetwork, begin: number, end: number, threads: number) => Promise<Float32Array>
): Promise<Float32Array> {
  const network = networkOf(state, catalog, neighbours)
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
