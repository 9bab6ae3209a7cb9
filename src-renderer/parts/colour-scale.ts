import { cividis, diverging, divergingOnDark, setMap, viridis } from './colormap.ts'
import type { ColorMap } from './colormap.ts'

export type Values = ArrayLike<number>

/** How a column's values become colours, and what its legend says. */
export interface ColourScale {
  kind: 'sequential' | 'diverging' | 'sets'
  transform: 'linear' | 'log'
  /** In the column's own unit; values beyond take the end colours. */
  low: number
  high: number
  /** Some values lie beyond low or high. */
  clippedLow: boolean
  clippedHigh: boolean
}

/** Values in 0..1 along the scale; NaN (no value) becomes -1. */
export function normalise(values: Values, scale: ColourScale): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length)
  const log = scale.transform === 'log'
  const low = log ? Math.log(scale.low) : scale.low
  const span = (log ? Math.log(scale.high) : scale.high) - low || 1
  for (let i = 0; i < values.length; i++) {
    const value = log ? Math.log(values[i]) : values[i]
    const t = (value - low) / span
    out[i] = Number.isNaN(t) ? -1 : t < 0 ? 0 : t > 1 ? 1 : t
  }
  return out
}

/** The value at a place 0..1 along the scale. */
export function valueAt(scale: ColourScale, t: number): number {
  if (scale.transform === 'linear') return scale.low + t * (scale.high - scale.low)
  return scale.low * (scale.high / scale.low) ** t
}

/** Where a value lies along the scale, 0..1. */
export function placeOf(scale: ColourScale, value: number): number {
  if (scale.transform === 'linear') return (value - scale.low) / (scale.high - scale.low || 1)
  return Math.log(value / scale.low) / Math.log(scale.high / scale.low || 1)
}

/**
 * A scale over the middle 99 % of the values, so that single outliers do not flatten the rest; logarithmic where positive
 * values span more than two and a half decades or most of them crowd at the low end of more than one.
 */
export function sequentialScale(values: Values): ColourScale {
  const sorted = finiteSample(values)
  if (sorted.length === 0) return plain('sequential', 0, 1)
  const [least, most] = extent(values)
  const low = quantile(sorted, 0.005)
  const high = quantile(sorted, 0.995)
  const ratio = low > 0 ? high / low : 0
  const crowded = ratio > 10 && (quantile(sorted, 0.5) - low) / (high - low) < 0.15
  const log = ratio > 300 || crowded
  return {
    kind: 'sequential',
    transform: log ? 'log' : 'linear',
    low,
    high: high > low ? high : low + 1,
    clippedLow: least < low,
    clippedHigh: most > high
  }
}

/** Symmetric about zero; several models' residuals share one range, so that their colours compare. */
export function divergingScale(columns: Values[]): ColourScale {
  const reach = Math.max(
    ...columns.map((values) => {
      const sizes = finiteSample(values).map(Math.abs).sort()
      return sizes.length ? quantile(sizes, 0.99) : 0
    }),
    1e-12
  )
  const ends = columns.map(extent)
  return {
    ...plain('diverging', -reach, reach),
    clippedLow: ends.some(([low]) => low < -reach),
    clippedHigh: ends.some(([, high]) => high > reach)
  }
}

/** 0 train, 1 test, 2 ood. */
export const setScale: ColourScale = plain('sets', 0, 2)

/** The colours of a scale on a light or dark ground. */
export function mapOf(scale: ColourScale, dark: boolean, sequential: 'viridis' | 'cividis'): ColorMap {
  if (scale.kind === 'sets') return setMap
  if (scale.kind === 'diverging') return dark ? divergingOnDark : diverging
  return sequential === 'viridis' ? viridis : cividis
}

/** How many values fall into each of `bins` equal parts of the scale; values beyond are in the end bins. */
export function histogram(normalised: Float32Array, bins: number): Uint32Array {
  const counts = new Uint32Array(bins)
  for (const t of normalised) if (t >= 0) counts[Math.min(bins - 1, Math.floor(t * bins))]++
  return counts
}

/** Smallest and largest value, NaN passed over; [Infinity, -Infinity] where there is none. */
export function extent(values: Values): [low: number, high: number] {
  let low = Infinity
  let high = -Infinity
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}

function plain(kind: ColourScale['kind'], low: number, high: number): ColourScale {
  return { kind, transform: 'linear', low, high, clippedLow: false, clippedHigh: false }
}

/** At most 20,000 evenly strided finite values, sorted: enough for quantiles of a colour scale. */
function finiteSample(values: Values): Float64Array {
  const stride = Math.max(1, Math.floor(values.length / 20_000))
  const sample = new Float64Array(Math.ceil(values.length / stride))
  let count = 0
  for (let i = 0; i < values.length; i += stride) if (Number.isFinite(values[i])) sample[count++] = values[i]
  return sample.subarray(0, count).sort()
}

function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const below = Math.floor(at)
  const above = Math.min(sorted.length - 1, below + 1)
  return sorted[below] + (at - below) * (sorted[above] - sorted[below])
}
