import type { Column } from './columns.ts'

/** Errors of one model on one set of halos. */
export interface Errors {
  /** Mean |predicted - true| */
  mae: number
  /** Mean of predicted - true */
  bias: number
  /** 1 - sum (predicted - true)^2 / sum (true - mean)^2; NaN if the target does not vary */
  r2: number
  /** Number of halos with finite prediction and target; only these are measured. */
  halos: number
}

/** @param set indices of the halos to measure; `predicted` and `truth` have one value per halo of the whole catalog */
export function errorsOn(predicted: Column, truth: Column, set: Uint32Array): Errors {
  let halos = 0
  let absolute = 0
  let signed = 0
  let squared = 0
  let mean = 0
  let variation = 0
  for (const halo of set) {
    const error = predicted[halo] - truth[halo]
    if (!Number.isFinite(error)) continue
    halos++
    absolute += Math.abs(error)
    signed += error
    squared += error * error
    // Welford's update: no cancellation if the mean is large compared with the spread.
    const shift = truth[halo] - mean
    mean += shift / halos
    variation += shift * (truth[halo] - mean)
  }
  return {
    mae: absolute / halos,
    bias: signed / halos,
    r2: variation > 0 ? 1 - squared / variation : NaN,
    halos
  }
}
