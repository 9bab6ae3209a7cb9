import type { SpreadReport } from '../../src-shared/contract.ts'
import type { Column } from './columns.ts'

/** Share of a normal distribution within one and two standard deviations */
export const normalCoverage = { one: 0.6827, two: 0.9545 } as const

/**
 * Checks a predicted uncertainty: its rank correlation with the errors, and the fractions of errors within one and two
 * times the uncertainty.
 * @param predicted, spread, truth one value per halo of the catalog; halos with a non-finite value in any of them are
 * left out
 * @param factor multiplies the spread
 */
export function spreadReport(
  predicted: Column,
  spread: Column,
  truth: Column,
  set: Uint32Array,
  factor = 1
): SpreadReport {
  const { errors, spreads } = finite(predicted, spread, truth, set)
  const within = (times: number): number =>
    errors.reduce((count, error, k) => count + (error <= times * factor * spreads[k] ? 1 : 0), 0) / errors.length
  return { correlation: rankCorrelation(errors, spreads), coverage: { one: within(1), two: within(2) } }
}

/** Factor on the spread that puts 68.27 % of these halos' errors within it; NaN without halos. */
export function calibrationFactor(predicted: Column, spread: Column, truth: Column, set: Uint32Array): number {
  const { errors, spreads } = finite(predicted, spread, truth, set)
  const ratios = errors.map((error, k) => error / spreads[k]).filter((ratio) => !Number.isNaN(ratio))
  ratios.sort()
  return ratios.length === 0 ? NaN : ratios[Math.min(ratios.length - 1, Math.floor(normalCoverage.one * ratios.length))]
}

/** Spearman's rank correlation, with the mean rank for ties; NaN if one of the two does not vary. */
export function rankCorrelation(a: Float64Array, b: Float64Array): number {
  const [left, right] = [ranks(a), ranks(b)]
  const middle = (a.length - 1) / 2
  let [product, first, second] = [0, 0, 0]
  for (let k = 0; k < a.length; k++) {
    product += (left[k] - middle) * (right[k] - middle)
    first += (left[k] - middle) ** 2
    second += (right[k] - middle) ** 2
  }
  return first > 0 && second > 0 ? product / Math.sqrt(first * second) : NaN
}

function ranks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a] - values[b])
  const out = new Float64Array(values.length)
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && values[order[to]] === values[order[from]]) to++
    for (let k = from; k < to; k++) out[order[k]] = (from + to - 1) / 2
  }
  return out
}

function finite(predicted: Column, spread: Column, truth: Column, set: Uint32Array) {
  const errors: number[] = []
  const spreads: number[] = []
  for (const halo of set) {
    const error = Math.abs(predicted[halo] - truth[halo])
    if (!Number.isFinite(error) || !Number.isFinite(spread[halo])) continue
    errors.push(error)
    spreads.push(spread[halo])
  }
  return { errors: Float64Array.from(errors), spreads: Float64Array.from(spreads) }
}
