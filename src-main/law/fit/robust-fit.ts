import { setImmediate } from 'node:timers/promises'
import { HalolawError } from '../../../src-shared/errors.ts'
import { throwIfCancelled } from '../../work.ts'

/** Predictions at given parameters, and how they change with each parameter: `jacobian[p][row]`. */
export interface ModelValues {
  values: Float64Array
  jacobian: Float64Array[]
}

/** Whether derivatives are computed too */
export type Output = 'values' | 'derivatives'

/** A model that is fitted to `target`, row by row. Values that are not finite make a trial step fail. */
export type ParametricModel = (parameters: Float64Array, output: Output) => Promise<ModelValues>

export interface RobustFitOptions {
  signal?: AbortSignal
  /** Steps at most, all smoothings together */
  maxSteps?: number
  /** A smoothing ends when a step lowers the loss by less than this share. */
  tolerance?: number
  /** Widths of the smoothing as shares of the mean absolute error, wide to narrow */
  smoothing?: readonly number[]
  /** The fit ends early when its progress shows that it will not bring the mean absolute error below this. */
  goal?: number
  onStep?: (step: number, mae: number) => void
}

export interface RobustFit {
  parameters: Float64Array
  /** Mean absolute error */
  mae: number
  steps: number
  /** Predictions and derivatives at `parameters` */
  values: Float64Array
  jacobian: Float64Array[]
}

/**
 * Least mean absolute error by Levenberg-Marquardt steps on sum sqrt(r^2 + eps^2), eps annealed towards zero. The weights
 * 1 / sqrt(r^2 + eps^2) (iteratively reweighted least squares) bound the loss from above by a parabola, so an undamped step
 * seldom fails; the damping handles degenerate directions and models that are not linear in the parameters.
 * @returns null when the model is not finite at the start.
 */
export async function fitRobust(
  model: ParametricModel,
  target: Float64Array,
  start: Float64Array,
  options: RobustFitOptions = {}
): Promise<RobustFit | null> {
  const { maxSteps = 120, tolerance = 2e-5, smoothing = [1, 0.3, 0.1], goal = Infinity } = options
  const count = start.length
  let parameters = Float64Array.from(start)
  let state = await model(parameters, 'derivatives')
  let mae = meanAbsoluteError(state.values, target)
  if (!Number.isFinite(mae)) return null
  let steps = 0
  const scale = new Float64Array(count)
  const errors = [mae]
  for (const width of smoothing) {
    const epsilon = Math.max(width * mae, 1e-12)
    let loss = smoothLoss(state.values, target, epsilon)
    let damping = 1e-3
    let growth = 2
    for (let calm = 0; calm < 2 && steps < maxSteps; steps++) {
      throwIfCancelled(options.signal)
      const { matrix, gradient } = await normalEquations(state, target, epsilon)
      for (let p = 0; p < count; p++) scale[p] = Math.max(scale[p] * 0.5, matrix[p * count + p], 1e-30)
      const step = solveDamped(matrix, gradient, scale, damping)
      const trial = step && parameters.map((value, p) => value - step[p])
      const next = trial && trial.every(Number.isFinite) ? await model(trial, 'derivatives') : null
      const nextLoss = next ? smoothLoss(next.values, target, epsilon) : NaN
      if (trial && next && nextLoss <= loss && next.jacobian.every(allFinite)) {
        calm = loss - nextLoss < tolerance * loss ? calm + 1 : 0
        parameters = trial
        state = next
        loss = nextLoss
        damping = Math.max(damping / 5, 1e-12)
        growth = 2
        errors.push(meanAbsoluteError(state.values, target))
        if (isHopeless(errors, goal)) return { parameters, mae: errors.at(-1)!, steps, ...state }
      } else {
        damping *= growth
        growth *= 2
        if (damping > 1e12) break
      }
      options.onStep?.(steps, loss)
    }
    mae = meanAbsoluteError(state.values, target)
  }
  return { parameters, mae, steps, ...state }
}

/** Accepted steps before a fit may be given up, and how many more of the last two's mean gain it is granted */
const patience = { steps: 3, gains: 8 }

/** @param errors mean absolute error at the start and after each accepted step */
function isHopeless(errors: readonly number[], goal: number): boolean {
  const last = errors.length - 1
  if (last < patience.steps) return false
  const gain = (errors[last - 2] - errors[last]) / 2
  return errors[last] - patience.gains * Math.max(gain, 0) > goal
}

export function meanAbsoluteError(values: Float64Array, target: ArrayLike<number>): number {
  let sum = 0
  for (let row = 0; row < values.length; row++) sum += Math.abs(values[row] - target[row])
  return sum / values.length
}

function smoothLoss(values: Float64Array, target: Float64Array, epsilon: number): number {
  let sum = 0
  for (let row = 0; row < values.length; row++) {
    const residual = values[row] - target[row]
    sum += Math.sqrt(residual * residual + epsilon * epsilon)
  }
  return sum / values.length
}

/** What one step of a fit promises. */
export interface FitScore {
  /** Mean absolute error at the start */
  mae: number
  /** Mean absolute error after one step, by the parabola that bounds the smoothed loss from above */
  predicted: number
}

/**
 * Scores a start by one evaluation instead of a fit: a score test (Rao 1948) of the constants that a neutral change adds.
 * @returns null when the model is not finite at the start
 */
export async function scoreStart(
  model: ParametricModel,
  target: Float64Array,
  start: Float64Array
): Promise<FitScore | null> {
  const state = await model(start, 'derivatives')
  const mae = meanAbsoluteError(state.values, target)
  if (!Number.isFinite(mae) || !state.jacobian.every(allFinite)) return null
  const epsilon = Math.max(scoreSmoothing * mae, 1e-12)
  const { matrix, gradient } = await normalEquations(state, target, epsilon)
  const scale = Float64Array.from(start, (_, p) => Math.max(matrix[p * start.length + p], 1e-30))
  const step = solveDamped(matrix, gradient, scale, scoreDamping)
  const decrease = step ? dot(step, gradient) / 2 / target.length : 0
  return { mae, predicted: mae * (1 - decrease / smoothLoss(state.values, target, epsilon)) }
}

const scoreSmoothing = 0.3
const scoreDamping = 1e-6

async function normalEquations(
  state: ModelValues,
  target: Float64Array,
  epsilon: number
): Promise<{ matrix: Float64Array; gradient: Float64Array }> {
  const rows = target.length
  const weights = new Float64Array(rows)
  const pulls = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const residual = state.values[row] - target[row]
    weights[row] = 1 / Math.sqrt(residual * residual + epsilon * epsilon)
    pulls[row] = residual * weights[row]
  }
  return {
    matrix: await weightedGram(state.jacobian, weights),
    gradient: Float64Array.from(state.jacobian, (column) => dot(column, pulls))
  }
}

/** Multiplications after which the event loop gets a turn: some milliseconds. */
const turn = 4e6

/** sum over rows of weight * J_p * J_q, as a full symmetric matrix. */
export async function weightedGram(jacobian: readonly Float64Array[], weights: Float64Array): Promise<Float64Array> {
  const count = jacobian.length
  const matrix = new Float64Array(count * count)
  const weighted = new Float64Array(weights.length)
  let work = 0
  for (let p = 0; p < count; p++) {
    work += (p + 2) * weights.length
    if (work > turn) {
      await setImmediate()
      work = 0
    }
    const column = jacobian[p]
    for (let row = 0; row < weighted.length; row++) weighted[row] = column[row] * weights[row]
    for (let q = 0; q <= p; q++) matrix[p * count + q] = matrix[q * count + p] = dot(weighted, jacobian[q])
  }
  return matrix
}

function allFinite(values: Float64Array): boolean {
  // one bad value makes the sum of v - v not zero; a sum needs no call for each value
  let sum = 0
  for (let row = 0; row < values.length; row++) sum += values[row] - values[row]
  return sum === 0
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum0 = 0
  let sum1 = 0
  let row = 0
  for (; row + 1 < a.length; row += 2) {
    sum0 += a[row] * b[row]
    sum1 += a[row + 1] * b[row + 1]
  }
  if (row < a.length) sum0 += a[row] * b[row]
  return sum0 + sum1
}

/** (matrix + damping * diag(scale))^-1 gradient, scaled to a unit diagonal; null if it is not positive definite. */
function solveDamped(
  matrix: Float64Array,
  gradient: Float64Array,
  scale: Float64Array,
  damping: number
): Float64Array | null {
  const count = gradient.length
  const unit = scale.map(Math.sqrt)
  const factor = new Float64Array(count * count)
  for (let p = 0; p < count; p++)
    for (let q = 0; q <= p; q++) {
      let sum = matrix[p * count + q] / (unit[p] * unit[q]) + (p === q ? damping + 1e-14 : 0)
      for (let k = 0; k < q; k++) sum -= factor[p * count + k] * factor[q * count + k]
      if (p === q) {
        if (!(sum > 0)) return null
        factor[p * count + p] = Math.sqrt(sum)
      } else factor[p * count + q] = sum / factor[q * count + q]
    }
  const solution = new Float64Array(count)
  for (let p = 0; p < count; p++) {
    let sum = gradient[p] / unit[p]
    for (let k = 0; k < p; k++) sum -= factor[p * count + k] * solution[k]
    solution[p] = sum / factor[p * count + p]
  }
  for (let p = count - 1; p >= 0; p--) {
    let sum = solution[p]
    for (let k = p + 1; k < count; k++) sum -= factor[k * count + p] * solution[k]
    solution[p] = sum / factor[p * count + p]
  }
  return solution.map((value, p) => value / unit[p])
}

/** Mean absolute error of the best constant */
export function errorOfMedian(values: Float64Array): number {
  return meanAbsoluteError(new Float64Array(values.length).fill(median(values)), values)
}

export function median(values: ArrayLike<number>): number {
  if (values.length === 0)
    throw new HalolawError('bad-input', 'No halos are left to take a median of; loosen the masks.')
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
