import { badInput } from '../../../src-shared/errors.ts'
import { judgeConstants, type JudgedConstants } from './constant-errors.ts'
import { ConstraintChecker, type Constraints } from '../constraints/constraints.ts'
import { evidence, informationOfRow, negativeLogLikelihood, type Evidence } from '../fit/description-length.ts'
import {
  complexity,
  nameConstants,
  paperWeights,
  variable,
  type ComplexityWeights,
  type Expression,
  type Operator
} from '../language/expression.ts'
import { FitTable } from '../fit/fitting.ts'
import { formOf, freeConstants } from '../algebra/form.ts'
import { fromExpression } from '../language/genome.ts'
import { bestOf, HallOfFame, scoreFront, type HallMember } from '../search/hall-of-fame.ts'
import { mostRows, tableOf, thinned, type JudgingTable, type RowSplit } from './judging-table.ts'
import type { Loss } from '../fit/loss.ts'
import { inputsOf, type Inputs } from '../constraints/inputs.ts'
import { PhysicsChecker } from '../constraints/physics.ts'
import { refit, roundConstants } from '../search/polish.ts'
import { withFewestDigits } from './rounding.ts'
import type { FrontMember, SearchProblem } from '../search/search-types.ts'
import { simplify } from '../algebra/simplify.ts'

/** A formula of the final front, with what there is to say for and against it. */
export interface ChosenMember extends FrontMember, Evidence {
  /** Loss on the rows that were held out, with the constants that the other rows gave; null where none were */
  validationLoss: number | null
  /** The formula with its fitted constants named */
  named: Expression
  constants: JudgedConstants['constants']
  /** With the fewest digits that keep the loss */
  rounded: Expression
}

export interface ChoiceOptions {
  loss: Loss
  complexity?: ComplexityWeights
  /** Those that a formula may be rewritten with; default: all */
  operators?: readonly Operator[]
  constraints?: Constraints
  maxDepth?: number
  /** Numbers that stand in the user's own operators and are not fitted */
  given?: ReadonlySet<number>
  /** Losses below this are rounding error. */
  floor: number
}

/**
 * From fronts that searches found on the fitting rows to the one that is told: losses on the rows held out, constants fitted anew to all
 * rows, equivalent forms merged, constants with errors. `best` has the highest score, -dlog(loss)/dcomplexity, among those whose loss on
 * the rows held out is within 1.5 times the least (PySR's rule, there with the loss of the fit).
 * @param problem all rows
 * @param split the rows that were searched and those held out; null: all were searched
 */
export function chooseFormulas(
  found: readonly HallMember[],
  problem: SearchProblem,
  split: RowSplit | null,
  options: ChoiceOptions
): { front: ChosenMember[]; best: ChosenMember } {
  const { floor, given = new Set() } = options
  const table = tableOf(problem)
  const whole = fitTableOf(table, options)
  const judging = thinned(table)
  const thin = judging === table ? whole : fitTableOf(judging, options)
  const held = split && fitTableOf(tableOf(problem, split.validation), options)
  const rules = requirementsOf(problem, judging)
  const rulebook = new ConstraintChecker(options.constraints ?? {}, options.maxDepth ?? 12, plainInputs(table))
  const keeps = (e: Expression, mayBreak: number): boolean =>
    rulebook.admits(e) && rules.violations(e).length <= mayBreak
  const hall = new HallOfFame()
  const validation = new Map<HallMember, number>()
  for (const member of found) {
    const judged = split ? onAllRows(member, whole, table.names, keeps, options) : member
    const ranked = { ...judged, loss: weighed(judged, judged.loss, rules) }
    if (hall.offer(ranked) && held) validation.set(ranked, lossOn(held, member.expression, table.names))
  }
  const members = mergeForms(hall.front(floor))
  if (members.length === 0)
    throw badInput('Every formula found is infinite in one of the rows held out; check the columns for zeros.')
  const scored = scoreFront(members, floor)
  const judgedFront: ChosenMember[] = []
  for (const [k, ranked] of scored.entries()) {
    const member = ranked.breaks ? { ...ranked, loss: ranked.loss / rules.penaltyFactor(ranked.expression) } : ranked
    const named = nameConstants(member.expression, 'C', 1, (value) => !Number.isInteger(value) && !given.has(value))
    const rounded = withFewestDigits(named, (e) => lossOn(thin, e, table.names), floor)
    const rows = table.target.length
    const { constants, squares } = judgeConstants(named, judging, options.loss, rows)
    const loss = Math.max(member.loss, floor)
    const information = squares.map((sum) => sum * informationOfRow(options.loss, loss, meanOf(table.target)))
    const breaks = rules.violations(member.expression)
    judgedFront.push({
      ...member,
      breaks: member.breaks && breaks.length > 0 ? breaks : undefined,
      ...evidence(named, negativeLogLikelihood(options.loss, loss, rows), rows, information),
      validationLoss: validation.get(members[k]) ?? null,
      named,
      constants,
      // a limit may hang on every digit
      rounded: rules.violations(rounded).length > rules.violations(named).length ? named : rounded
    })
  }
  const best = bestOf(judgedFront, floor, (member) => weighed(member, member.validationLoss ?? member.loss, rules))
  return { front: judgedFront, best }
}

/** What physics asks of the formulas, told on all rows. */
function requirementsOf(problem: SearchProblem, table: JudgingTable): PhysicsChecker {
  const { symmetries = [], limits = [], units = null, penalty = Infinity } = problem
  const columns = new Map(table.names.map((name, k) => [name, table.columns[k]]))
  return new PhysicsChecker({ symmetries, limits, units, penalty }, plainInputs(table), units, columns, table.target)
}

const plainInputs = ({ names }: JudgingTable): Inputs => inputsOf(names.map(variable), names)

/** A loss as it counts: times the penalty for each demand that the search let the formula break. */
function weighed({ expression, breaks }: HallMember, loss: number, rules: PhysicsChecker): number {
  return breaks ? loss * rules.penaltyFactor(expression) : loss
}

function fitTableOf({ columns, target, weights }: JudgingTable, { loss }: ChoiceOptions): FitTable {
  return new FitTable(columns, target, weights, loss)
}

/** The loss as the formula stands; Infinity where it is not finite in some row. */
function lossOn(table: FitTable, expression: Expression, names: readonly string[]): number {
  const loss = table.lossOf(fromExpression(expression, names))
  return Number.isFinite(loss) ? loss : Infinity
}

/**
 * With constants fitted to all rows, beginning with those that a part of the rows gave, and simple numbers where they do. As it was where
 * that breaks a demand (a limit hangs on a constant, a unit on a factor of 1), where it
 * holds numbers that are given, and on tables so long that a part says as much.
 */
function onAllRows(
  member: HallMember,
  whole: FitTable,
  names: readonly string[],
  keeps: (expression: Expression, mayBreak: number) => boolean,
  options: ChoiceOptions
): HallMember {
  const asItWas = (): HallMember => ({ ...member, loss: lossOn(whole, member.expression, names) })
  if (whole.rows > mostRows || (options.given?.size ?? 0) > 0) return asItWas()
  const iterations = Math.round(Math.min(60, Math.max(4, 6e6 / whole.rows)))
  const refitted = refit(member.expression, whole, names, iterations)
  const rounded = roundConstants(refitted, whole, names, options.floor)
  const mayBreak = member.breaks?.length ?? 0
  for (const { expression, loss } of [rounded, refitted]) {
    const simple = simplify(expression, options.operators && new Set(options.operators))
    const cost = complexity(simple, options.complexity ?? paperWeights)
    const better = cost <= member.complexity ? { expression: simple, complexity: cost } : { expression }
    if (keeps(better.expression, mayBreak)) return { ...member, ...better, loss }
  }
  return asItWas()
}

function meanOf(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

/** Of formulas that say the same with as many constants the one with the least loss. */
function mergeForms(members: readonly HallMember[]): HallMember[] {
  const kept = new Map<string, HallMember>()
  for (const member of members) {
    const form = formOf(member.expression)
    const key = `${freeConstants(form)} ${form.text}`
    const before = kept.get(key)
    if (!before || member.loss < before.loss) kept.set(key, member)
  }
  return members.filter((member) => [...kept.values()].includes(member))
}
