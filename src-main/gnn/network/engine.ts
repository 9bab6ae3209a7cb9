import type { Catalog } from '../../catalog/catalog.ts'
import type { Neighbours } from '../../graph/neighbours.ts'
import type { SeparatedPairs } from '../../graph/pairs.ts'
import type { GnnConfig, Standardisation } from './model.ts'

export type EngineId = 'cpu' | 'webgpu' | 'tensorflow'

/** Something that computes networks: the kernels in native/, a GPU through WebGPU, TensorFlow. */
export interface Engine {
  id: EngineId
  /** What computes, in the words of its maker, e.g. the name of the graphics card */
  device: string
  /**
   * It computes in software what a GPU should: a driver without a GPU, TensorFlow in plain JavaScript. Its figures are right
   * and others are tested against them, but it is slow, and `auto` passes over it.
   */
  software: boolean
  /** What a person should know before it works, in a sentence */
  notice?: string
  /** GFLOP/s of single-precision multiply-adds that the device reaches at best, measured: no kernel can pass it. */
  measurePeak(threads: number): Promise<number>
  /** A network without weights yet; inputs are standardised and copied to where the engine wants them. */
  createNetwork(
    catalog: Catalog,
    neighbours: Neighbours,
    config: GnnConfig,
    standardisation: Standardisation
  ): Promise<EngineNetwork>
}

/**
 * One network with its optimiser on an engine: all that training and prediction ask of it. One call at a time. Weights and
 * moments are float32 vectors in the layout of parameters.ts; predictions and messages are in standardised units.
 */
export interface EngineNetwork {
  setWeights(current: Float32Array, average: Float32Array): void
  setMoments(moments: Float32Array, step: number): void
  weights(average: boolean): Float32Array | Promise<Float32Array>
  moments(): Float32Array | Promise<Float32Array>
  /** Loss of one batch, penalty included, and its derivative with respect to each weight */
  gradient(
    receivers: Uint32Array,
    target: Float32Array,
    at: StepLoss,
    threads: number
  ): Promise<{ loss: number; gradient: Float32Array }>
  train(options: TrainingSteps): Promise<TrainedSteps>
  /** One value a receiver */
  predict(receivers: Uint32Array, average: boolean, threads: number): Promise<Float32Array>
  /** Sums of messages over all neighbours, [receivers x D] */
  aggregate(receivers: Uint32Array, average: boolean, threads: number): Promise<Float32Array>
  messageMoments(receivers: Uint32Array, average: boolean, threads: number): Promise<MessageMoments>
  /** Messages of given pairs, [pairs x D]; their means where they are variational */
  messages(pairs: SeparatedPairs, average: boolean, threads: number): Promise<Float32Array>
  /** Frees what the network holds of a device's memory; nothing is asked of it afterwards. */
  dispose?(): void
}

/** What the loss of one step depends on beside weights and batch. */
export interface StepLoss {
  /** Weight of the penalty: 'l1' of the mean over edges of |e|_1, 'kl' of the mean over edges of the divergence; else unused */
  penalty: number
  /** Of the noise on variational messages (noise.ts): any two steps with the same two draw the same noise */
  seed: number
  step: number
}

/** Over all edges of some receivers: how many, and sums for each of the D message components (means where variational) */
export interface MessageMoments {
  edges: number
  sum: Float64Array
  squares: Float64Array
  /** Of 1/2 (mean^2 + s^2 - log s^2 - 1); null unless messages are variational */
  divergence: Float64Array | null
}

/** The device that a network computed on is gone (unplugged, its driver reset, out of memory); what it held is lost. */
export class EngineLostError extends Error {
  override name = 'EngineLostError'
}

/** Optimiser steps made in one call, a batch of receivers each. */
export interface TrainingSteps {
  receivers: Uint32Array
  /** Step s takes receivers [s batch, (s + 1) batch). */
  batch: number
  /** By halo, standardised */
  target: Float32Array
  /** Learning rate of each step */
  rates: Float32Array
  /** StepLoss.penalty of each step */
  penalties: Float32Array
  /** StepLoss.seed; StepLoss.step is the optimiser's number of steps before each (as in setMoments) */
  seed: number
  weightDecay: number
  averageDecay: number
  clipNorm: number
  threads: number
}

export interface TrainedSteps {
  /** Of each step, before its update */
  losses: Float32Array
  edges: number
  seconds: number
  /** First step whose loss was not finite, where training stopped; -1: none */
  failed: number
  /** What the engine had to change, in a sentence and said once, e.g. that it took smaller batches for want of memory */
  notice?: string
}
