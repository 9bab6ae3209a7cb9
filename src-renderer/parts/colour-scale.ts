import { cividis, diverging, divergingOnDark, setMap, viridis } from './colormap.ts'
import type { ColorMap, Ground } from './colormap.ts'

export type ValueList = ArrayLike<number>

/** How a column's values become colours, and what its legend says. */
export interface ColourScale {
  kind: 'sequential' | 'diverging' | 'sets'
  transform: 'linear' | 'log'
  /** In the column's unit; values outside take the end colours. */
  low: number
  high: number
  /** Some values lie outside low and high. */
  clippedLow: boolean
  clippedHigh: boolean
}

/** Places of values along the scale, 0..1; -1 for NaN, and for codes without a set. */
export function normalise(values: ValueList, scale: ColourScale): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length)
  const log = scale.transform === 'log'
  const low = log ? Math.log(scale.low) : scale.low
  // Halos in no set have a code above the sets'.
  const above = scale.kind === 'sets' ? -1 : 1
  const span = (log ? Math.log(scale.high) : scale.high) - low || 1
  for (let i = 0; i < values.length; i++) {
    const value = log ? Math.log(values[i]) : values[i]
    const t = (value - low) / span
    out[i] = Number.isNaN(t) ? -1 : t < 0 ? 0 : t > 1 ? above : t
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
 * A scale over the central 99 % of the values, so that outliers do not flatten the rest. It is logarithmic if positive values
 * span more than two and a half decades, or more than one with most of them near the low end.
 */
export function sequentialScale(values: ValueList): ColourScale {
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

/** Symmetric about zero; the residuals of several models share one range, so that their colours can be compared. */
export function divergingScale(columns: ValueList[]): ColourScale {
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

/** The codes of the three sets (src-shared/set-codes.ts) */
export const setScale: ColourScale = plain('sets', 0, 2)

/** The colours of a scale on a light or dark ground. */
export function mapOf(scale: ColourScale, ground: Ground, sequential: 'viridis' | 'cividis'): ColorMap {
  if (scale.kind === 'sets') return setMap
  if (scale.kind === 'diverging') return ground === 'dark' ? divergingOnDark : diverging
  return sequential === 'viridis' ? viridis : cividis
}

/** How many values fall into each of `bins` equal parts of the scale; the end bins include the values outside. */
export function histogram(normalised: Float32Array, bins: number): Uint32Array {
  const counts = new Uint32Array(bins)
  for (const t of normalised) if (t >= 0) counts[Math.min(bins - 1, Math.floor(t * bins))]++
  return counts
}

/** Smallest and largest value, ignoring NaN; [Infinity, -Infinity] without values. */
export function extent(values: ValueList): [low: number, high: number] {
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
function finiteSample(values: ValueList): Float64Array {
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
