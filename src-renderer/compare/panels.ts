import type { SetName } from '../../src-shared/contract.ts'
import { centralRange, runningBand, type RunningBand } from '../plots/running.ts'
import { errorSummary, rowsOf, type ErrorSummary } from '../state/columns.ts'
import type { MeasuredId } from '../state/models.ts'

/** What predicted against true shows of one model on one set; computed once, since there may be a million halos. */
export interface Panel {
  id: MeasuredId
  predicted: ArrayLike<number>
  /** Halos of the set, rows of the catalog */
  rows: Uint32Array
  /** Predicted minus true, by row of the catalog; nought outside `rows` */
  residual: Float32Array
  band: RunningBand
  summary: ErrorSummary
  /** Of true and predicted values; a thousandth of the predicted ones may lie outside */
  truthRange: [number, number] | null
  predictedRange: [number, number] | null
  /** Largest residual either way but for the outermost half per cent */
  residualReach: number
}

/**
 * @param set halos to show; null: all
 * @param sets of each halo, as in the column `@set`
 * @param truth and predicted: by halo, NaN where there is none
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
  const taken = new Float64Array(rows.length)
  for (let index = 0; index < rows.length; index++) taken[index] = values[rows[index]]
  return taken
}
