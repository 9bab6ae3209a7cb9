import { availableParallelism, cpus } from 'node:os'
import type { SeparatedPairs } from '../../../graph/pairs.ts'
import { native } from '../../../native.ts'
import type { Engine, EngineNetwork, NetworkSetup } from '../../network/engine.ts'
import { networkInputs } from '../shared/inputs.ts'

/** The object that native/binding/graph_network.cpp exports. */
export interface NativeNetwork extends EngineNetwork {
  /** Standardised inputs of the edge function for given pairs, [pairs x edge features] */
  edgeInputs(pairs: SeparatedPairs, threads: number): Promise<Float32Array>
}

interface GnnNative {
  GraphNetwork: new (options: object) => NativeNetwork
  measurePeak(threads: number): Promise<number>
}

export const defaultThreads = (threads?: number): number => threads ?? availableParallelism()

export const cpuEngine: Engine = {
  id: 'cpu',
  device: `${cpus()[0]?.model.trim() ?? 'CPU'}`,
  software: false,
  // Multiply-adds on registers only, all threads together.
  measurePeak: (threads) => native<GnnNative>().measurePeak(threads),
  createNetwork: async (setup) => createNetwork(setup, await setup.neighbours.degrees())
}

/**
 * The network on the CPU, without weights. Inputs are standardised here and copied into the kernels' memory.
 * @param degrees of all halos; without them, training counts the neighbours of each halo when it first uses it
 */
export function createNetwork(
  { catalog, neighbours, config, standardisation }: NetworkSetup,
  degrees: Uint32Array | null = null
): NativeNetwork {
  const { receiver, sender, node, pairs, velocity } = networkInputs(catalog, config, standardisation)
  return new (native<GnnNative>().GraphNetwork)({
    grid: neighbours.grid,
    degrees,
    receiverTable: receiver.values,
    senderTable: sender.values,
    nodeTable: node.values,
    receiverInputs: receiver.columns,
    senderInputs: sender.columns,
    nodeInputs: node.columns,
    vx: velocity?.x ?? null,
    vy: velocity?.y ?? null,
    vz: velocity?.z ?? null,
    kinds: Int32Array.from(pairs, ({ kind }) => kind),
    mean: Float32Array.from(pairs, ({ mean }) => mean),
    inverseScale: Float32Array.from(pairs, ({ scale }) => 1 / scale),
    meanDegree: standardisation.meanDegree,
    edgeHidden: config.edgeHidden,
    nodeHidden: config.nodeHidden,
    messageWidth: config.messageWidth,
    silu: config.activation === 'silu',
    linearSkip: config.linearSkip,
    huber: config.loss.kind === 'huber',
    huberDelta: config.loss.kind === 'huber' ? config.loss.delta : 1,
    variational: config.penalty.kind === 'kl'
  })
}
