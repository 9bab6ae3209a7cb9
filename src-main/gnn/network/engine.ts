import type { Catalog } from '../../catalog/catalog.ts'
import type { Neighbours } from '../../graph/neighbours.ts'
import type { SeparatedPairs } from '../../graph/pairs.ts'
import type { GnnConfig, Standardisation } from './model.ts'

export type EngineId = 'cpu' | 'webgpu' | 'tensorflow'

/** Weights as the last step left them, or their moving average. */
export type WeightSet = 'current' | 'average'

/** What a network is made from: its settings, and the halos and the graph that it reads. */
export interface NetworkSetup {
  catalog: Catalog
  neighbours: Neighbours
  config: GnnConfig
  standardisation: Standardisation
}

/** Computes networks: the kernels in native/, a GPU through WebGPU, or TensorFlow. */
export interface Engine {
  id: EngineId
  /** Name of the hardware or library that computes, e.g. of the graphics card */
  device: string
  /**
   * Emulates a GPU in software: a driver without a GPU, or TensorFlow in plain JavaScript. Its results are correct, and
   * other engines are tested against them, but it is slow, so `auto` skips it.
   */
  software: boolean
  /** One sentence to show before the engine starts */
  notice?: string
  /** Measured peak of single-precision multiply-adds in GFLOP/s, an upper bound for every kernel. */
  measurePeak(threads: number): Promise<number>
  /** A network without weights; its inputs are standardised and copied to the engine's memory. */
  createNetwork(setup: NetworkSetup): Promise<EngineNetwork>
}

/**
 * One network and its optimiser on an engine; make one call at a time. Weights and moments are float32 vectors in the layout
 * of parameters.ts; predictions and messages are in standardised units.
 */
export interface EngineNetwork {
  setWeights(current: Float32Array, average: Float32Array): void
  setMoments(moments: Float32Array, step: number): void
  weights(set: WeightSet): Float32Array | Promise<Float32Array>
  moments(): Float32Array | Promise<Float32Array>
  /** Loss of one batch, including the penalty, and its derivative with respect to each weight */
  gradient(
    receivers: Uint32Array,
    target: Float32Array,
    at: StepLoss,
    threads: number
  ): Promise<{ loss: number; gradient: Float32Array }>
  train(options: TrainingSteps): Promise<TrainedSteps>
  /** [receivers] */
  predict(receivers: Uint32Array, weights: WeightSet, threads: number): Promise<Float32Array>
  /** Sums of messages over all neighbours, [receivers x D] */
  aggregate(receivers: Uint32Array, weights: WeightSet, threads: number): Promise<Float32Array>
  messageMoments(receivers: Uint32Array, weights: WeightSet, threads: number): Promise<MessageMoments>
  /** Messages of the pairs, [pairs x D]; variational messages give their means */
  messages(pairs: SeparatedPairs, weights: WeightSet, threads: number): Promise<Float32Array>
  /** Frees the network's memory on the device; no other method may be called afterwards. */
  dispose?(): void
}

/** What the loss of one step depends on, apart from weights and batch. */
export interface StepLoss {
  /** Weight of the penalty: 'l1' of the mean over edges of |e|_1, 'kl' of the mean over edges of the divergence; otherwise unused */
  penalty: number
  /** Together with `step` determines the noise on variational messages (noise.ts) */
  seed: number
  step: number
}

/** Over all edges of some receivers: their number, and sums for each of the D message components (variational: of their means) */
export interface MessageMoments {
  edges: number
  sum: Float64Array
  squares: Float64Array
  /** Of 1/2 (mean^2 + s^2 - log s^2 - 1); null unless messages are variational */
  divergence: Float64Array | null
}

/** The device of a network is lost (unplugged, driver reset, out of memory), and with it all data it held. */
export class EngineLostError extends Error {
  override name = 'EngineLostError'
}

/** Optimiser steps of one call, each on one batch of receivers. */
export interface TrainingSteps {
  receivers: Uint32Array
  /** Step s uses receivers [s batch, (s + 1) batch). */
  batch: number
  /** [halos], standardised */
  target: Float32Array
  /** Learning rate of each step */
  rates: Float32Array
  /** StepLoss.penalty of each step */
  penalties: Float32Array
  /** StepLoss.seed; StepLoss.step counts the optimiser's earlier steps, as in setMoments */
  seed: number
  weightDecay: number
  averageDecay: number
  clipNorm: number
  threads: number
}

export interface TrainedSteps {
  /** Loss of each step, before its update */
  losses: Float32Array
  edges: number
  seconds: number
  /** First step whose loss was not finite, at which training stopped; -1: none */
  failed: number
  /** One sentence, sent once, about what the engine had to change, e.g. smaller parts because memory was short */
  notice?: string
}
