import type { Random } from '../../../random.ts'
import type { Completion } from './completion.ts'
import type { Operator } from '../../language/expression.ts'
import { column, join, type Genome } from '../../language/genome.ts'
import { groupGenome, groupLaws } from './group-laws.ts'
import { quadraticLaws } from './quadratic-laws.ts'
import { solveSymmetric } from '../../table/solve-symmetric.ts'
import { opcodeOf } from '../../language/program.ts'

const multiply = opcodeOf('*')

/** The rows that direct fits read: one array per variable, and the target. */
interface SeedTable {
  columns: readonly Float64Array[]
  target: Float64Array
}

/**
 * Formulas that a direct fit finds, from which the search starts: quadratic forms, and, for a target of one sign, laws of one
 * dimensionless group of the variables that are positive in every row, and powers times quadratic forms.
 */
export function lawSeeds(
  { columns, target }: SeedTable,
  completion: Completion,
  allowed: ReadonlySet<Operator>,
  random: Random,
  stopped: () => boolean
): Genome[] {
  if (!completion.canWrite) return []
  const all = [...columns.keys()]
  const quadratic = allowed.has('-') ? quadraticLaws(columns, all, target, allowed) : []
  const isPositive = (values: Float64Array): boolean => values.every((value) => value > 0)
  const positive = all.filter((k) => isPositive(columns[k]))
  const hasOneSign = isPositive(target) || target.every((value) => value < 0)
  if (!hasOneSign || positive.length === 0) return quadratic
  const factors = positive.map((k) => logarithms(columns[k]))
  const laws = groupLaws(factors, logarithms(target), allowed, random, stopped)
  return [
    ...quadratic,
    ...laws.map((law) => groupGenome(law, positive, completion)),
    ...afterPrefactors({ columns, target }, positive, completion, allowed)
  ]
}

/**
 * Powers of some variables times a quadratic form of the others, such as gravity in coordinates. The powers are the slopes of log|y|
 * along each logarithm, rounded to halves; variables are added one at a time, those with the smallest rounding first.
 */
function afterPrefactors(
  { columns, target }: SeedTable,
  positive: readonly number[],
  completion: Completion,
  allowed: ReadonlySet<Operator>
): Genome[] {
  const powers = powersOf(
    positive.map((k) => logarithms(columns[k])),
    logarithms(target)
  )
  const factors = positive
    .map((k, i) => ({ k, power: powers[i], exponent: Math.round(2 * powers[i]) / 2, base: column(k) }))
    .filter(({ exponent }) => exponent !== 0)
    .sort((a, b) => Math.abs(a.power - a.exponent) - Math.abs(b.power - b.exponent))
  const rest = target.slice()
  const others = new Set(columns.keys())
  return factors.flatMap(({ k, exponent }, last) => {
    others.delete(k)
    rest.forEach((y, row) => (rest[row] = y / columns[k][row] ** exponent))
    const prefactor = completion.product(1, factors.slice(0, last + 1))
    const names = [...others]
    const forms = quadraticLaws(
      names.map((name) => columns[name]),
      names,
      rest,
      allowed
    )
    return forms.map((form) => join(multiply, prefactor, form))
  })
}

/** Least squares of log|y| along the logarithms of the variables. */
function powersOf(factors: readonly Float64Array[], target: Float64Array): number[] {
  const terms = [target.map(() => 1), ...factors]
  const count = terms.length
  const matrix = new Float64Array(count * count)
  const right = new Float64Array(count)
  for (let p = 0; p < count; p++) {
    right[p] = dot(terms[p], target)
    for (let q = 0; q <= p; q++) matrix[p * count + q] = dot(terms[p], terms[q])
  }
  return [...solveSymmetric(matrix, right).subarray(1)]
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0)
}

function logarithms(values: Float64Array): Float64Array {
  return values.map((value) => Math.log(Math.abs(value)))
}
