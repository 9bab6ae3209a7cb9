import type { SetName } from '../../src-shared/contract.ts'
import { setCodes } from '../../src-shared/set-codes.ts'

/** Rows of the halos of one set that have both values, or of all sets when `set` is null. */
export function rowsOf(
  set: SetName | null,
  sets: ArrayLike<number>,
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>
): Uint32Array {
  const rows = new Uint32Array(sets.length)
  let count = 0
  for (let row = 0; row < sets.length; row++) {
    if (set !== null && sets[row] !== setCodes[set]) continue
    if (Number.isFinite(truth[row]) && Number.isFinite(predicted[row])) rows[count++] = row
  }
  return rows.slice(0, count)
}

export interface ErrorSummary {
  halos: number
  mae: number
  /** Mean of predicted minus true */
  bias: number
}

/** Errors over some rows; NaN without rows. */
export function errorSummary(rows: Uint32Array, truth: ArrayLike<number>, predicted: ArrayLike<number>): ErrorSummary {
  let absolute = 0
  let sum = 0
  for (const row of rows) {
    const residual = predicted[row] - truth[row]
    absolute += Math.abs(residual)
    sum += residual
  }
  return { halos: rows.length, mae: absolute / rows.length, bias: sum / rows.length }
}

/** Index of the drawn point nearest to a place, within `reach` pixels; -1 if there is none. */
export function nearestPoint(x: Float32Array, y: Float32Array, place: { x: number; y: number }, reach: number): number {
  let best = -1
  let bestSquare = reach * reach
  for (let index = 0; index < x.length; index++) {
    const dx = x[index] - place.x
    const dy = y[index] - place.y
    const square = dx * dx + dy * dy
    if (square <= bestSquare) {
      best = index
      bestSquare = square
    }
  }
  return best
}

/** The rows with the largest residuals in size, largest first. */
export function largestResiduals(rows: Uint32Array, residual: ArrayLike<number>, count: number): number[] {
  const largest: number[] = []
  for (const row of rows) {
    if (largest.length === count && Math.abs(residual[row]) <= Math.abs(residual[largest[count - 1]])) continue
    const at = largest.findIndex((other) => Math.abs(residual[other]) < Math.abs(residual[row]))
    largest.splice(at < 0 ? largest.length : at, 0, row)
    if (largest.length > count) largest.pop()
  }
  return largest
}
