import { constantsOf, type Expression } from '../language/expression.ts'
import type { JudgingTable } from './judging-table.ts'
import { hasKink, lossShape } from '../fit/loss-shape.ts'
import type { Loss } from '../fit/loss.ts'
import { jacobianProgram } from '../language/native-evaluate.ts'
import { compile } from '../language/program.ts'
import { sandwich } from '../fit/standard-errors.ts'

export interface JudgedConstants {
  constants: { name: string; value: number; standardError: number | null }[]
  /** Weighted sum of squared derivatives with respect to each constant: Fisher information for errors of unit size */
  squares: number[]
}

const chunk = 8192

/**
 * Named constants with standard errors, by the sandwich estimator over rows, which are assumed independent. A kink of the loss is
 * smoothed over a third of the mean absolute error.
 * @param table the rows, or a part of them
 * @param rows the number of rows of the whole table
 */
export function judgeConstants(
  expression: Expression,
  table: JudgingTable,
  loss: Loss,
  rows = table.target.length
): JudgedConstants {
  const known = constantsOf(expression)
  const count = known.length
  if (count === 0) return { constants: [], squares: [] }
  const program = compile(expression, table.names)
  const { columns, target, weights } = table
  const hessian = new Float64Array(count * count)
  const scores = new Float64Array(count * count)
  const squares = new Float64Array(count)
  const each = (visit: (start: number, values: Float64Array, derivatives: Float64Array[]) => void): void => {
    for (let start = 0; start < target.length; start += chunk) {
      const length = Math.min(chunk, target.length - start)
      const part = columns.map((values) => values.slice(start, start + length))
      const { values, byParameter } = jacobianProgram(program, part, length)
      visit(start, values, byParameter)
    }
  }
  let absolute = 0
  if (hasKink(loss))
    each((start, values) =>
      values.forEach((value, at) => (absolute += Math.abs(value - target[start + at]) / target.length))
    )
  const h = Math.max(absolute / 3, 1e-300)
  each((start, values, derivatives) => {
    const end = start + values.length
    const weight = weights ? weights.subarray(start, end) : new Float64Array(values.length).fill(1)
    const { slope, curvature } = lossShape(loss, values, target.subarray(start, end), weight, h)
    for (let p = 0; p < count; p++) {
      const one = derivatives[p]
      for (let at = 0; at < values.length; at++) squares[p] += weight[at] * one[at] * one[at]
      for (let q = 0; q <= p; q++) {
        const other = derivatives[q]
        for (let at = 0; at < values.length; at++) {
          const product = one[at] * other[at]
          hessian[p * count + q] += curvature[at] * product
          scores[p * count + q] += slope[at] * slope[at] * product
        }
      }
    }
  })
  for (let p = 0; p < count; p++)
    for (let q = 0; q < p; q++) {
      hessian[q * count + p] = hessian[p * count + q]
      scores[q * count + p] = scores[p * count + q]
    }
  const { standardErrors } = sandwich(hessian, scores, count)
  const share = target.length / rows
  return {
    constants: known.map(({ name, value }, p) => {
      const error = standardErrors[p]
      return { name, value, standardError: error === null || !Number.isFinite(error) ? null : error * Math.sqrt(share) }
    }),
    squares: Array.from(squares, (sum) => sum / share)
  }
}
