import { scaleLinear, scaleLog } from 'd3-scale'
import type { ScaleContinuousNumeric } from 'd3-scale'
import { tickLabel } from '../parts/numbers.ts'

export type ScaleKind = 'linear' | 'log'
export type Scale = ScaleContinuousNumeric<number, number>

export interface PlotAxis {
  label: string
  unit?: string | null
  kind: ScaleKind
  domain: [number, number]
  /** Ticks at whole numbers only: epochs, ranks, counts */
  whole?: boolean
}

export interface Tick {
  value: number
  label: string
}

export function makeScale(axis: PlotAxis, range: [number, number]): Scale {
  return (axis.kind === 'log' ? scaleLog() : scaleLinear()).domain(axis.domain).range(range)
}

/** Smallest and largest finite value (positive ones only on a log axis); null when there is none. */
export function extentOf(values: Iterable<number>, kind: ScaleKind = 'linear'): [number, number] | null {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (!Number.isFinite(value) || (kind === 'log' && value <= 0)) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  return low <= high ? [low, high] : null
}

/**
 * Domain of an axis around values, with `pad` of its length (on a log axis, of its logarithm) free on both sides. A single
 * value gets room around it; without values the domain is a default one, so that an empty plot still has axes.
 */
export function paddedDomain(extent: [number, number] | null, kind: ScaleKind, pad = 0.05): [number, number] {
  if (!extent) return kind === 'log' ? [0.1, 1] : [0, 1]
  let [low, high] = extent
  if (kind === 'log') {
    if (low === high) return [low / 2, high * 2]
    const by = (high / low) ** pad
    return [low / by, high * by]
  }
  if (low === high) {
    const by = Math.abs(low) / 2 || 0.5
    low -= by
    high += by
    return [low, high]
  }
  const by = (high - low) * pad
  return [low - by, high + by]
}

/** About `count` ticks at round numbers: on a log axis 1, 2, 5 of each decade, or only decades if there are many. */
export function ticks(axis: PlotAxis, count: number): Tick[] {
  if (axis.kind === 'log') return logTicks(axis.domain, count)
  const values = scaleLinear()
    .domain(axis.domain)
    .ticks(count)
    .filter((value) => !axis.whole || Number.isInteger(value))
  const step = axis.whole ? 1 : values.length > 1 ? Math.abs(values[1] - values[0]) : Math.abs(values[0] ?? 1) || 1
  return values.map((value) => ({ value, label: tickLabel(value, step) }))
}

function logTicks(domain: [number, number], count: number): Tick[] {
  const [low, high] = [Math.min(...domain), Math.max(...domain)]
  const decades = Math.log10(high / low)
  // Within half a decade the round numbers of a linear axis read better than 1, 2, 5.
  if (decades < 0.5)
    return ticks({ label: '', kind: 'linear', domain: [low, high] }, count).filter(({ value }) => value > 0)
  const every = Math.max(1, Math.ceil(decades / count))
  const factors = decades * 3 <= count + 2 ? [1, 2, 5] : decades * 2 <= count + 1 ? [1, 3] : [1]
  const list: Tick[] = []
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.ceil(Math.log10(high)); exponent++) {
    if (exponent % every !== 0) continue
    for (const factor of factors) {
      const value = Number(`${factor}e${exponent}`)
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) list.push({ value, label: tickLabel(value, value) })
    }
  }
  return list
}

/** Pixels of some rows of a column on a linear scale, computed from its slope, because a million calls of the scale are slow. */
export function pixelsOf(rows: Uint32Array, values: ArrayLike<number>, scale: Scale): Float32Array<ArrayBuffer> {
  const [low, high] = scale.domain()
  const start = scale(low)
  const slope = (scale(high) - start) / (high - low)
  const pixels = new Float32Array(rows.length)
  for (let index = 0; index < rows.length; index++) pixels[index] = start + slope * (values[rows[index]] - low)
  return pixels
}

/** Index of the value nearest to `at` in ascending values; -1 when there is none. */
export function nearestIndex(ascending: readonly number[], at: number): number {
  let best = -1
  for (let index = 0; index < ascending.length; index++)
    if (best < 0 || Math.abs(ascending[index] - at) <= Math.abs(ascending[best] - at)) best = index
  return best
}

/** An SVG path through points, broken where a coordinate is not finite. */
export function linePath(points: Iterable<readonly [number, number]>): string {
  let path = ''
  let down = false
  for (const [x, y] of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      down = false
      continue
    }
    path += `${down ? 'L' : 'M'}${round(x)},${round(y)}`
    down = true
  }
  return path
}

/** An SVG path around the band between two lines over the same x. */
export function bandPath(x: readonly number[], low: readonly number[], high: readonly number[]): string {
  if (x.length === 0) return ''
  const there = x.map((at, index): [number, number] => [at, high[index]])
  const back = x.map((at, index): [number, number] => [at, low[index]]).reverse()
  return `${linePath([...there, ...back])}Z`
}

const round = (value: number) => Math.round(value * 10) / 10

/** Moves labels apart upwards, where a falling curve leaves room, to at least `gap` pixels between neighbours. */
export function stackUp(places: readonly number[], gap: number): number[] {
  const placed = places.slice()
  let ceiling = Infinity
  for (const index of places.map((_, index) => index).sort((a, b) => places[b] - places[a])) {
    placed[index] = Math.min(placed[index], ceiling)
    ceiling = placed[index] - gap
  }
  return placed
}
