import { Random } from '../../random.ts'
import type { SearchProblem } from '../search/search-types.ts'
import { takeRows } from '../table/usable-rows.ts'

/** Rows to judge formulas on: plain columns in the order of `names`. */
export interface JudgingTable {
  names: readonly string[]
  columns: Float64Array[]
  target: Float64Array
  weights: Float64Array | null
}

export function tableOf(problem: SearchProblem, rows?: Uint32Array): JudgingTable {
  const select = (values: Float64Array): Float64Array => (rows ? takeRows(values, rows) : values)
  return {
    names: problem.variables.map(({ name }) => name),
    columns: problem.variables.map(({ values }) => select(values)),
    target: select(problem.target),
    weights: problem.weights ? select(problem.weights) : null
  }
}

/** In longer tables, evenly spaced rows determine the errors and digits of constants as well as all rows do. */
export const mostRows = 200_000

/** At most `mostRows` evenly spaced rows; the table itself if it has no more. */
export function thinned(table: JudgingTable): JudgingTable {
  const stride = Math.ceil(table.target.length / mostRows)
  if (stride === 1) return table
  const rows = Uint32Array.from({ length: Math.ceil(table.target.length / stride) }, (_, row) => row * stride)
  return {
    names: table.names,
    columns: table.columns.map((values) => takeRows(values, rows)),
    target: takeRows(table.target, rows),
    weights: table.weights && takeRows(table.weights, rows)
  }
}

/** The problem restricted to some rows. */
export function problemOn(problem: SearchProblem, rows: Uint32Array): SearchProblem {
  const { columns, target, weights } = tableOf(problem, rows)
  return {
    ...problem,
    variables: problem.variables.map(({ name }, k) => ({ name, values: columns[k] })),
    target,
    weights: weights ?? undefined
  }
}

/** Tables with fewer rows use all of them for fitting. */
const leastRows = 40

export interface RowSplit {
  fitting: Uint32Array
  validation: Uint32Array
}

/** Draws a share of the rows, by seed, as validation rows; null if the table is too small or the share is 0. */
export function holdOut(rows: number, share: number, seed: number): RowSplit | null {
  const count = Math.round(rows * share)
  if (rows < leastRows || count < 1) return null
  const order = new Random(seed ^ 0x2c1b3c6d).shuffle(Uint32Array.from({ length: rows }, (_, row) => row))
  return { validation: order.slice(0, count).sort(), fitting: order.slice(count).sort() }
}
