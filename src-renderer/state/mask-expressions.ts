import type { MaskRecord } from '../../src-shared/contract.ts'

/** The set that a mask takes halos into. */
export type MaskRole = MaskRecord['role']

/** A range of one column; an open end is null. */
export interface ColumnRange {
  column: string
  low: number | null
  high: number | null
}

/** Ranges as a mask expression such as `x > 400 and delta > 1`; empty when nothing is bounded. */
export function rangesExpression(ranges: readonly ColumnRange[]): string {
  return ranges
    .flatMap(({ column, low, high }) => [
      ...(low === null ? [] : [`${column} > ${plainNumber(low)}`]),
      ...(high === null ? [] : [`${column} < ${plainNumber(high)}`])
    ])
    .join(' and ')
}

/** A region of the box as an expression. Sides on or beyond the box's sides add no condition. */
export function boxExpression(
  low: readonly number[],
  high: readonly number[],
  box: { low: readonly number[]; high: readonly number[] }
): string {
  return rangesExpression(
    ['x', 'y', 'z'].map((column, axis) => {
      const step = (box.high[axis] - box.low[axis]) / 500
      return {
        column,
        low: low[axis] > box.low[axis] + step / 2 ? toStep(low[axis], step) : null,
        high: high[axis] < box.high[axis] - step / 2 ? toStep(high[axis], step) : null
      }
    })
  )
}

/** Both conditions joined by `and`; either may be empty. */
export function bothOf(first: string, second: string): string {
  const parts = [first, second].map((part) => part.trim()).filter((part) => part !== '')
  return parts.map((part) => (parts.length > 1 && /\bor\b|\bif\b/.test(part) ? `(${part})` : part)).join(' and ')
}

/** Four significant digits, in a form the expression language reads. */
function plainNumber(value: number): string {
  const rounded = Number(value.toPrecision(4))
  return Math.abs(rounded) >= 1e6 ? rounded.toExponential().replace('+', '') : String(rounded)
}

function toStep(value: number, step: number): number {
  return Math.round(value / step) * step
}
