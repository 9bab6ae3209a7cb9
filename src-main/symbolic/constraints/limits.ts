import { badInput } from '../../../src-shared/errors.ts'
import { evaluate } from '../language/evaluate.ts'
import { parse } from '../language/parse.ts'
import { unknownVariable } from '../language/program.ts'

/** Behaviour of a law beyond its data: a limit, or monotonicity or sign. */
export type Limit =
  | {
      readonly kind: 'limit'
      readonly text: string
      readonly variable: string
      /** What the variable tends to: a number, Infinity or -Infinity */
      readonly toward: number
      /** From above (1), from below (-1), or from every side that has data (0) */
      readonly side: -1 | 0 | 1
      readonly wants: LimitTarget
    }
  | { readonly kind: 'shape'; readonly text: string; readonly variable: string | null; readonly shape: LimitShape }

export type LimitTarget =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'finite' }
  /** Falls or grows like this power of the variable (at a finite point: of the distance from it) */
  | { readonly kind: 'power'; readonly power: number }

export type LimitShape = 'increasing' | 'decreasing' | 'positive' | 'negative'
const shapes: readonly LimitShape[] = ['increasing', 'decreasing', 'positive', 'negative']

const howTo =
  'write "r -> inf: 0", "x -> 0: finite", "x -> inf: power -2", "r: decreasing", "m: increasing", "positive" or "negative"'

/**
 * Reads a constraint on a law's behaviour: `VARIABLE -> inf | -inf | NUMBER | NUMBER+ | NUMBER-: NUMBER | inf | -inf | finite | power
 * N`, `VARIABLE: increasing | decreasing`, or `positive | negative`.
 * @throws HalolawError `bad-input` for text that is malformed or names no variable.
 */
export function readLimit(text: string, variables: readonly string[]): Limit {
  const known = (name: string): string => {
    if (variables.includes(name)) return name
    throw unknownVariable(name, variables)
  }
  const alone = text.trim()
  if (alone === 'positive' || alone === 'negative') return { kind: 'shape', text, variable: null, shape: alone }
  const limit = /^(.+?)\s*(?:->|→)\s*(.+?)\s*:\s*(.+)$/.exec(alone)
  if (!limit) {
    const run = /^(.+?)\s*:\s*(\w+)$/.exec(alone)
    const shape = shapes.find((name) => name === run?.[2])
    if (run && shape) return { kind: 'shape', text, variable: known(unquoted(run[1])), shape }
    throw badInput(`The limit "${text}" cannot be read; ${howTo}.`)
  }
  const [, name, place, demand] = limit
  const number = (part: string): number => {
    const value = numberIn(part)
    if (Number.isNaN(value)) throw badInput(`In the limit "${text}", "${part}" is not a number; ${howTo}.`)
    return value
  }
  const sided = /^(.+?)([+-])$/.exec(place)
  const side = sided ? (sided[2] === '+' ? 1 : -1) : 0
  const toward = number(sided ? sided[1].trim() : place)
  const power = /^power\s+(.+)$/.exec(demand)
  const wants: LimitTarget =
    demand === 'finite'
      ? { kind: 'finite' }
      : power
        ? { kind: 'power', power: number(power[1]) }
        : { kind: 'value', value: number(demand) }
  if (wants.kind === 'power' && !Number.isFinite(wants.power))
    throw badInput(`In the limit "${text}", the power is not finite; write a number, as in "x -> inf: power -2".`)
  return { kind: 'limit', text, variable: known(unquoted(name)), toward, side, wants }
}

const unquoted = (name: string): string => name.trim().replace(/^`(.*)`$/, '$1')

/** The value of a formula of numbers; NaN for other text. */
function numberIn(text: string): number {
  try {
    return evaluate(parse(text, { variables: [] }), new Map(), 1)[0]
  } catch {
    return NaN
  }
}

/** @throws HalolawError `bad-input` if two limits contradict each other. */
export function checkLimits(limits: readonly Limit[]): void {
  limits.forEach((a, k) => {
    for (const b of limits.slice(0, k)) {
      const samePlace =
        a.kind === 'limit' &&
        b.kind === 'limit' &&
        a.variable === b.variable &&
        a.toward === b.toward &&
        (a.side === b.side || a.side === 0 || b.side === 0)
      const opposite =
        a.kind === 'shape' && b.kind === 'shape' && a.variable === b.variable && opposed(a.shape, b.shape)
      if (opposite || (samePlace && exclude(a.wants, b.wants)))
        throw badInput(`The limits "${b.text}" and "${a.text}" contradict each other; leave one out.`)
    }
  })
}

const opposed = (a: LimitShape, b: LimitShape): boolean => a !== b && shapes.indexOf(a) >> 1 === shapes.indexOf(b) >> 1

function exclude(a: LimitTarget, b: LimitTarget): boolean {
  if (a.kind === 'value' && b.kind === 'value') return a.value !== b.value
  if (a.kind === 'power' && b.kind === 'power') return a.power !== b.power
  if (a.kind === 'finite' && b.kind === 'value') return !Number.isFinite(b.value)
  return a.kind === 'value' && b.kind === 'finite' && !Number.isFinite(a.value)
}

/** Steps outward from the data: near ones for laws that overflow soon, far ones for laws that converge slowly. */
const ratios = [1, 2, 4, 8, 16, 32, 64, 128, 1e3, 1e4, 1e6, 1e8, 1e12, 1e16, 1e24, 1e32]
const quantiles = [0.5, 0.1, 0.9]
const steps = 24

/** A sequence of points along which one variable changes while the others are fixed at quantiles of the data. */
interface Ladder {
  limit: number
  first: number
  count: number
}

/** The points at which limits are checked, and the check. */
export class LimitChecker {
  readonly limits: readonly Limit[]
  /** One row per point */
  readonly columns: Map<string, Float64Array>
  readonly rows: number
  private readonly ladders: Ladder[] = []
  private readonly distances: Float64Array
  private readonly spread: number

  /**
   * @param columns the data, by name
   * @param target its spread determines which differences are small
   */
  constructor(limits: readonly Limit[], columns: ReadonlyMap<string, Float64Array>, target: Float64Array) {
    this.limits = limits
    this.spread = spreadOf(target)
    const sorted = new Map([...columns].map(([name, values]) => [name, Float64Array.from(values).sort()]))
    const anchors = anchorsOf(sorted)
    const points: { anchor: Map<string, number>; name: string; value: number; distance: number }[] = []
    limits.forEach((limit, index) => {
      const names = limit.variable === null ? [...columns.keys()] : [limit.variable]
      for (const name of names)
        for (const run of limit.kind === 'limit' ? approaches(limit, sorted.get(name)!) : [range(sorted.get(name)!)])
          for (const anchor of anchors) {
            this.ladders.push({ limit: index, first: points.length, count: run.length })
            for (const { value, distance } of run) points.push({ anchor, name, value, distance })
          }
    })
    this.rows = points.length
    this.distances = Float64Array.from(points, ({ distance }) => distance)
    this.columns = new Map(
      [...columns.keys()].map((name) => [
        name,
        Float64Array.from(points, (point) => (point.name === name ? point.value : point.anchor.get(name)!))
      ])
    )
  }

  /** The limits that scale * values + offset violates; `values` has one value for each row of `columns`. */
  violations(values: Float64Array, scale = 1, offset = 0): number[] {
    const violated = new Set<number>()
    for (const { limit, first, count } of this.ladders) {
      if (violated.has(limit)) continue
      const run = values.subarray(first, first + count).map((v) => scale * v + offset)
      if (!this.holds(this.limits[limit], run, this.distances.subarray(first, first + count))) violated.add(limit)
    }
    return [...violated]
  }

  private holds(limit: Limit, run: Float64Array, distances: Float64Array): boolean {
    if (limit.kind === 'shape') return hasShape(limit.shape, run, 1e-9 * this.spread)
    // far out, exp(x) / (1 + exp(x)) is inf / inf; the points before that are checked
    let end = 0
    while (end < run.length && !Number.isNaN(run[end])) end++
    if (end < 4) return false
    const { wants } = limit
    const values = run.subarray(0, end)
    if (wants.kind === 'finite') return staysFinite(values, this.spread)
    if (wants.kind === 'power') return goesLike(wants.power, values, distances)
    if (!Number.isFinite(wants.value)) return goesBeyond(values, Math.sign(wants.value))
    return tendsTo(wants.value, values, this.spread)
  }
}

/** Sequences of the variable towards the limit, outward from the data. */
function approaches(limit: Limit & { kind: 'limit' }, sorted: Float64Array): { value: number; distance: number }[][] {
  const [low, high] = [sorted[0], sorted[sorted.length - 1]]
  const span = high > low ? high - low : Math.abs(high) || 1
  if (!Number.isFinite(limit.toward)) {
    const sign = Math.sign(limit.toward)
    const start = Math.max(sign * (sign > 0 ? high : low), 0) || span
    return [ratios.map((ratio) => ({ value: sign * start * ratio, distance: start * ratio }))]
  }
  const { toward } = limit
  const sides = limit.side !== 0 ? [limit.side] : [1, -1].filter((side) => (side > 0 ? high > toward : low < toward))
  // close to a number other than 0, the last digits soon carry no information
  const usable = toward === 0 ? ratios : ratios.filter((ratio) => ratio <= 1e8)
  return sides.map((side) => {
    const near = sorted.reduce((least, v) => {
      const distance = side * (v - toward)
      return distance > 0 && distance < least ? distance : least
    }, span)
    return usable.map((ratio) => ({ value: toward + (side * near) / ratio, distance: near / ratio }))
  })
}

/** The data's range, extended by half its width on each side, but never across 0. */
function range(sorted: Float64Array): { value: number; distance: number }[] {
  const [low, high] = [sorted[0], sorted[sorted.length - 1]]
  const margin = 0.5 * (high - low)
  const first = low > 0 ? Math.max(low - margin, low / 2) : low - margin
  const last = high < 0 ? Math.min(high + margin, high / 2) : high + margin
  return Array.from({ length: steps }, (_, k) => ({ value: first + ((last - first) * k) / (steps - 1), distance: 1 }))
}

/** A row of medians, and rows that mix low and high quantiles. */
function anchorsOf(sorted: ReadonlyMap<string, Float64Array>): Map<string, number>[] {
  return Array.from({ length: 5 }, (_, k) => {
    let v = 0
    return new Map(
      [...sorted].map(([name, values]) => {
        const q = k === 0 ? 0.5 : quantiles[(k + v++ * (1 + (k >> 1))) % 3]
        return [name, values[Math.round(q * (values.length - 1))]]
      })
    )
  })
}

function spreadOf(target: Float64Array): number {
  const mean = target.reduce((sum, y) => sum + y, 0) / target.length
  return Math.sqrt(target.reduce((sum, y) => sum + (y - mean) ** 2, 0) / target.length) || Math.abs(mean) || 1
}

function hasShape(shape: LimitShape, run: Float64Array, slack: number): boolean {
  if (shape === 'positive' || shape === 'negative') {
    const sign = shape === 'positive' ? 1 : -1
    return run.every((v) => sign * v >= -slack)
  }
  const sign = shape === 'increasing' ? 1 : -1
  return run.every((v, k) => !Number.isNaN(v) && (k === 0 || sign * (v - run[k - 1]) >= -slack))
}

/** True if the last point lies within a hundredth of the spread and the points before it do not move away. */
function tendsTo(value: number, run: Float64Array, spread: number): boolean {
  const off = run.map((v) => Math.abs(v - value))
  const tolerance = 1e-2 * spread
  const last = off[off.length - 1]
  if (!(last <= tolerance)) return false
  return off.slice(-3).every((d, k, three) => k === 0 || d <= three[k - 1] + 1e-9 * spread)
}

/** True if the values are bounded and do not grow with every step. */
function staysFinite(run: Float64Array, spread: number): boolean {
  if (!run.every(Number.isFinite)) return false
  const n = run.length
  const [a, b, c, d] = [run[n - 4], run[n - 3], run[n - 2], run[n - 1]]
  const [first, second, third] = [b - a, c - b, d - c]
  const onward = Math.sign(first) === Math.sign(second) && Math.sign(second) === Math.sign(third)
  return !(onward && Math.abs(third) > 1e-9 * spread && Math.abs(third) >= 0.9 * Math.abs(second))
}

function goesBeyond(run: Float64Array, sign: number): boolean {
  return (
    run.slice(-4).every((v, k, last) => sign * v > 0 && (k === 0 || sign * v >= sign * last[k - 1])) &&
    !staysFinite(run, 0)
  )
}

/** The slope of log|f| over the logarithm of the variable (at a finite point: of the distance from it) at the end of the sequence. */
function goesLike(power: number, run: Float64Array, distances: Float64Array): boolean {
  // values that underflow or overflow have no slope
  let end = 0
  while (end < run.length && Math.abs(run[end]) > 1e-290 && Math.abs(run[end]) < 1e290) end++
  if (end < 4) return false
  const slopes = [end - 2, end - 1].map(
    (k) => Math.log(Math.abs(run[k] / run[k - 1])) / Math.log(distances[k] / distances[k - 1])
  )
  return slopes.every((slope) => Math.abs(slope - power) <= 2e-3 * Math.max(1, Math.abs(power)))
}
