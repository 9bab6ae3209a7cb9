import type { Schedule } from './schedule.ts'

/**
 * The overdensity graph network (Cranmer et al. 2020): message e_ij = edgeMlp(features of i, j and their separation) in R^D,
 * sum over neighbours j, prediction delta_i = nodeMlp(features of i, sum_j e_ij).
 */
export interface GnnConfig {
  edgeHidden: number[]
  nodeHidden: number[]
  /** D, 1..128 */
  messageWidth: number
  activation: 'relu' | 'silu'
  /** Names from features.ts. Features of i and j alone enter as two per-halo products, those of the pair once an edge. */
  edgeFeatures: string[]
  nodeFeatures: string[]
  /** Adds a linear path from the sums (and node features) to the prediction: it extrapolates where an MLP saturates. */
  linearSkip: boolean
  penalty: MessagePenalty
  /** Decoupled, as in AdamW (Loshchilov and Hutter 2019); biases are spared */
  weightDecay: number
  /** Longest gradient of a step; longer ones are shortened. 0: any */
  clipNorm: number
  /** In units of the target's scale. Huber's is |e| - delta/2 beyond delta and e^2 / (2 delta) below: slope 1 far out, like MAE. */
  loss: { kind: 'mae' } | { kind: 'huber'; delta: number }
  /** Receivers a step */
  batchReceivers: number
  epochs: number
  /** The highest of the schedule */
  learningRate: number
  schedule: Schedule
  /** Share of all steps in which the rate rises linearly from nought (one-cycle rises by itself) */
  warmup: number
  /** Epochs without a better validation error before stopping; 0: never */
  patience: number
  /** Decay of the moving average of weights that is validated and kept; 0: none */
  emaDecay: number
}

/**
 * The message strategies of Cranmer et al. 2020, section 3.1, and one of ours: what keeps the message to few components.
 *
 * - `none` (standard) and `bottleneck`: no penalty; a bottleneck is a small D.
 * - `l1`: weight * mean over edges of |e|_1.
 * - `kl`: variational messages. The edge function's last layer has 2 D outputs, the means and then the log-variances log s^2 of
 *   the components. Messages are drawn in training; prediction uses the means. The penalty is weight * mean over edges of
 *   the sum over components of 1/2 (mean^2 + s^2 - log s^2 - 1), the divergence from N(0, 1).
 * - `sparse`: the weights that lead into and out of a component are one group (group lasso); a component whose group has been driven to
 *   zero is removed and training goes on with a narrower message (sparsify.ts).
 */
export interface MessagePenalty {
  kind: 'none' | 'bottleneck' | 'l1' | 'kl' | 'sparse'
  /** 0 or more; unused by `none` and `bottleneck` */
  weight: number
  /** Share of all steps over which the weight grows from 0, in a straight line; default 0: constant */
  rampUp?: number
}

/** Trained weights as plain data, with the standardisation of inputs and target inside: enough to predict on any catalog. */
export interface GnnState {
  config: GnnConfig
  /** All weights in one vector; layout in parameters.ts. */
  parameters: Float32Array
  /** Mean and scale of each edge feature, node feature and of the target, from training halos and pairs only. */
  standardisation: Standardisation
}

export interface Standardisation {
  /** In the order of config.edgeFeatures and config.nodeFeatures. */
  edge: { mean: number[]; scale: number[] }
  node: { mean: number[]; scale: number[] }
  target: { mean: number; scale: number }
  /** Messages are summed and divided by this (mean degree of the training halos), so that sums are of order one. */
  meanDegree: number
}
