import { Random } from '../src-main/random.ts'
import { evaluate, parse } from '../src-main/symbolic/index.ts'

/** A known law, from the file of problems. */
export interface Problem {
  name: string
  formula: string
  variables: { name: string; low: number; high: number }[]
}

export interface Rows {
  columns: Map<string, Float64Array>
  target: Float64Array
}

/** Rows for the search, with and without noise on the target, and fresh rows for the judge. */
export interface LawSample {
  train: Rows
  /** Standard deviation of the noise */
  noise: number
  clean: Rows
  fresh: Rows
}

/**
 * Draws 1000 rows uniformly, with normal noise of `noise` times the target's standard deviation, and 500 fresh rows without
 * noise that extend half a range further. The same seed gives the same rows.
 */
export function drawProblem(problem: Problem, noise: number, seed: number): LawSample {
  const random = new Random(seed + 17)
  const clean = draw(problem, 1000, 0, random)
  const sigma = noise * deviation(clean.target)
  const target = clean.target.map((y) => y + sigma * random.normal())
  return { train: { ...clean, target }, noise: sigma, clean, fresh: draw(problem, 500, 0.5, random) }
}

/** Rows with a finite law, up to `beyond` ranges past the upper limits. */
function draw(problem: Problem, rows: number, beyond: number, random: Random): Rows {
  const sampled = problem.variables.map(({ low, high }) =>
    Float64Array.from({ length: 4 * rows }, () => low + (high - low) * (1 + beyond) * random.uniform())
  )
  const all = new Map(problem.variables.map(({ name }, k) => [name, sampled[k]]))
  const values = evaluate(parse(problem.formula), all, 4 * rows)
  const keep = [...values.keys()].filter((i) => Number.isFinite(values[i])).slice(0, rows)
  const take = (column: Float64Array): Float64Array => Float64Array.from(keep, (i) => column[i])
  return { columns: new Map([...all].map(([name, column]) => [name, take(column)])), target: take(values) }
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length)
}
