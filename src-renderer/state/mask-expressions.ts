import type { MaskRecord } from '../../src-shared/contract.ts'

/** The set that a mask takes halos into. */
export type MaskRole = MaskRecord['role']

/** A range of one column, without its ends; an open end is null. */
export interface ColumnRange {
  column: string
  low: number | null
  high: number | null
}

/** Ranges as a mask expression such as `x > 400 and delta > 1`, with every digit; empty when nothing is bounded. */
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
    ['x', 'y', 'z'].map((column, axis) => ({
      column,
      low: low[axis] > box.low[axis] ? low[axis] : null,
      high: high[axis] < box.high[axis] ? high[axis] : null
    }))
  )
}

/** Both conditions joined by `and`; either may be empty. */
export function bothOf(first: string, second: string): string {
  const parts = [first, second].map((part) => part.trim()).filter((part) => part !== '')
  return parts.map((part) => (parts.length > 1 && /\bor\b|\bif\b/.test(part) ? `(${part})` : part)).join(' and ')
}

/** The nearest multiple of a round step, about a 500th of a side: drawn regions have short numbers. */
export function toRoundStep(value: number, side: number): number {
  const rough = side / 500
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10)
  return Number((Math.round(value / step) * step).toPrecision(12))
}

/** Every digit of a number, in a form the expression language reads. */
function plainNumber(value: number): string {
  return Math.abs(value) >= 1e6 ? value.toExponential().replace('+', '') : String(value)
}
