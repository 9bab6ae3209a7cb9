import type { SetName } from '../../src-shared/contract.ts'
import { centralRange, runningBand, type RunningBand } from '../plots/running.ts'
import { errorSummary, rowsOf, type ErrorSummary } from './rows.ts'
import type { MeasuredId } from '../state/models.ts'

/** The plot of one model's predictions on one set; computed once, because there may be a million halos. */
export interface Panel {
  id: MeasuredId
  predicted: ArrayLike<number>
  /** Halos of the set, rows of the catalog */
  rows: Uint32Array
  /** Predicted minus true, by row of the catalog; 0 outside `rows` */
  residual: Float32Array
  band: RunningBand
  summary: ErrorSummary
  /** Ranges of true and predicted values; a thousandth of the predictions may lie outside */
  truthRange: [number, number] | null
  predictedRange: [number, number] | null
  /** Largest residual in size, without the outermost half per cent */
  residualReach: number
}

/**
 * @param set the set to show; null: all
 * @param sets the set of each halo, as in set-codes.ts
 * @param truth true values by halo, NaN where missing; `predicted` likewise
 */
export function makePanel(
  id: MeasuredId,
  set: SetName | null,
  sets: ArrayLike<number>,
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>
): Panel {
  const rows = rowsOf(set, sets, truth, predicted)
  const residual = new Float32Array(truth.length)
  for (const row of rows) residual[row] = predicted[row] - truth[row]
  const trueOnes = gather(truth, rows)
  const residuals = gather(residual, rows)
  const reach = centralRange(residuals, 0.995) ?? [0, 0]
  return {
    id,
    predicted,
    rows,
    residual,
    band: runningBand(trueOnes, residuals),
    summary: errorSummary(rows, truth, predicted),
    truthRange: centralRange(trueOnes, 1),
    predictedRange: centralRange(gather(predicted, rows), 0.999),
    residualReach: Math.max(-reach[0], reach[1])
  }
}

/** How many residuals lie outside an axis from -limit to limit. */
export function countBeyond({ rows, residual }: Panel, limit: number): number {
  let count = 0
  for (const row of rows) if (Math.abs(residual[row]) > limit) count++
  return count
}

function gather(values: ArrayLike<number>, rows: Uint32Array): Float64Array {
  const out = new Float64Array(rows.length)
  for (let index = 0; index < rows.length; index++) out[index] = values[rows[index]]
  return out
}
