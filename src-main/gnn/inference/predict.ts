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

/** Receivers (or pairs) that one native call takes; between calls the signal is looked at. */
const receiversAtOnce = 4096
const pairsAtOnce = 65_536

/**
 * Predictions of the target, one a receiver, in the target's own units. The catalog may be another than the one trained on.
 * @throws HalolawError `bad-input` when the catalog lacks a feature's column, `cancelled`
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
    (network, begin, end, threads) => network.predict(receivers.subarray(begin, end), false, threads)
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
    (network, begin, end, threads) => network.aggregate(receivers.subarray(begin, end), false, threads)
  )
}

/** Messages of given pairs, [pairs x D]; the pairs need not be neighbours. */
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
      return network.messages(part, false, threads)
    }
  )
}

function networkOf(state: GnnState, catalog: Catalog, neighbours: Neighbours): NativeNetwork {
  const expected = parameterCount(state.config)
  if (state.parameters.length !== expected)
    throw badInput(
      `The stored network holds ${state.parameters.length} weights where its settings ask for ${expected}; train it again.`
    )
  const network = createNetwork(catalog, neighbours, state.config, state.standardisation)
  network.setWeights(state.parameters, state.parameters)
  return network
}

/** Asks a stored network for `width` numbers a row, `atOnce` rows at a time. */
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
