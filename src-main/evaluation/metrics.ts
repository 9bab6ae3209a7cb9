import type { Column } from './columns.ts'

/** Errors of one model on one set of halos. */
export interface Errors {
  /** Mean |predicted - true| */
  mae: number
  /** Mean of predicted - true */
  bias: number
  /** 1 - sum (predicted - true)^2 / sum (true - mean)^2; NaN where the target does not vary */
  r2: number
  /** Halos counted; those whose prediction or target is not finite are not. */
  halos: number
}

/** @param set indices of the halos to judge; `predicted` and `truth` have one value a halo of the whole catalog */
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
    // Welford's update: no cancellation where the mean is large beside the spread.
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
