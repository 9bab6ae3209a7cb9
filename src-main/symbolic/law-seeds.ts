import type { Random } from '../random.ts'
import type { Completion } from './completion.ts'
import type { Operator } from './expression.ts'
import type { Genome } from './genome.ts'
import { groupGenome, groupLaws } from './group-laws.ts'
import { quadraticLaws } from './quadratic-laws.ts'

/**
 * Formulas of two families that a direct fit finds, for the search to begin from: quadratic forms, and laws of one dimensionless
 * group of the variables that are positive in every row, where the target has one sign.
 */
export function lawSeeds(
  columns: readonly Float64Array[],
  target: Float64Array,
  completion: Completion,
  allowed: ReadonlySet<Operator>,
  random: Random,
  stopped: () => boolean
): Genome[] {
  if (!completion.canWrite) return []
  const all = [...columns.keys()]
  const quadratic = allowed.has('-') ? quadraticLaws(columns, all, target, allowed) : []
  const isPositive = (values: Float64Array): boolean => values.every((value) => value > 0)
  const logarithms = (values: Float64Array): Float64Array => values.map((value) => Math.log(Math.abs(value)))
  const positive = all.filter((k) => isPositive(columns[k]))
  const hasOneSign = isPositive(target) || target.every((value) => value < 0)
  if (!hasOneSign || positive.length === 0) return quadratic
  const factors = positive.map((k) => logarithms(columns[k]))
  const laws = groupLaws(factors, logarithms(target), allowed, random, stopped)
  return [...quadratic, ...laws.map((law) => groupGenome(law, positive, completion))]
}
