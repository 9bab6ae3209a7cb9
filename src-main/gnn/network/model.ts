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
  /** Names from features.ts. Features of i or j enter through products per halo, pair features through products per edge. */
  edgeFeatures: string[]
  nodeFeatures: string[]
  /** Adds a linear path from the sums and node features to the prediction, which extrapolates where an MLP saturates. */
  linearSkip: boolean
  penalty: MessagePenalty
  /** Decoupled, as in AdamW (Loshchilov and Hutter 2019); does not apply to biases */
  weightDecay: number
  /** Largest norm of a step's gradient; larger gradients are scaled down. 0: no limit */
  clipNorm: number
  /** In units of the target's scale. Huber: |e| - delta/2 beyond delta, e^2 / (2 delta) below; slope 1 in the tails, like MAE. */
  loss: { kind: 'mae' } | { kind: 'huber'; delta: number }
  /** Receivers per step */
  batchReceivers: number
  epochs: number
  /** Maximum of the schedule */
  learningRate: number
  schedule: Schedule
  /** Fraction of all steps over which the rate rises linearly from zero; one-cycle has its own rise */
  warmup: number
  /** Epochs without a better validation error before stopping; 0: never */
  patience: number
  /** Decay of the moving average of weights, which is validated and returned; 0: no average */
  emaDecay: number
}

/**
 * Message strategies, which keep the message to few components: those of Cranmer et al. 2020, section 3.1, and `sparse`.
 *
 * - `none` (standard) and `bottleneck`: no penalty; a bottleneck is a small D.
 * - `l1`: weight * mean over edges of |e|_1.
 * - `kl`: variational messages. The edge function's last layer has 2 D outputs: D means, then D log-variances log s^2. Training
 *   draws messages; prediction uses the means. The penalty is weight * mean over edges of the sum over components of
 *   1/2 (mean^2 + s^2 - log s^2 - 1), the divergence from N(0, 1).
 * - `sparse`: group lasso over the weights into and out of each component. A component whose group reaches zero is removed, and
 *   training continues with a narrower message (sparsify.ts).
 */
export interface MessagePenalty {
  kind: 'none' | 'bottleneck' | 'l1' | 'kl' | 'sparse'
  /** 0 or more; unused by `none` and `bottleneck` */
  weight: number
  /** Fraction of all steps over which the weight grows linearly from 0; default 0: constant */
  rampUp?: number
}

/** Trained weights and the standardisation of inputs and target, as plain data: enough to predict on any catalog. */
export interface GnnState {
  config: GnnConfig
  /** All weights in one vector; layout in parameters.ts. */
  parameters: Float32Array
  /** From training halos and pairs only */
  standardisation: Standardisation
}

export interface Standardisation {
  /** In the order of config.edgeFeatures and config.nodeFeatures. */
  edge: { mean: number[]; scale: number[] }
  node: { mean: number[]; scale: number[] }
  target: { mean: number; scale: number }
  /** Mean degree of the training halos; sums of messages are divided by it, so that they are of order one. */
  meanDegree: number
}
