import type { SetName } from '../../src-shared/contract.ts'
import { decimalsFor, fixed, formatNumber, quoteInterval } from '../parts/numbers.ts'
import type { MeasuredModel } from './models.ts'

/** A number with its 95 % interval, which is also given as half its width; both empty if none was measured */
export interface Cell {
  value: string
  interval: string
  half: string
}

/** A model's error on a set; null where it was not measured. */
export function errorCell(model: Pick<MeasuredModel, 'mae' | 'ci95'>, set: SetName): Cell | null {
  const error = model.mae[set]
  if (error === undefined || !Number.isFinite(error)) return null
  const interval = model.ci95[set]
  if (!interval) return { value: formatNumber(error, 3), interval: '', half: '' }
  const half = (interval[1] - interval[0]) / 2
  return { ...quoteInterval(error, interval), half: `± ${fixed(half, decimalsFor(half))}` }
}
