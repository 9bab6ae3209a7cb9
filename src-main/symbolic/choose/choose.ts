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

/** A formula of the final front, with the evidence for and against it. */
export interface ChosenMember extends FrontMember, Evidence {
  /** Loss on the validation rows, with constants fitted to the other rows; null without validation rows */
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
  /** Operators that rewriting may introduce; default: all */
  operators?: readonly Operator[]
  constraints?: Constraints
  maxDepth?: number
  /** Numbers in the definitions of user operators, which are not fitted */
  fixedNumbers?: ReadonlySet<number>
  /** Losses below this are rounding error. */
  floor: number
}

/**
 * Turns the fronts of all searches into the front that is reported: measures losses on the validation rows, refits constants to all
 * rows, merges equivalent forms, and estimates standard errors of constants. `best` has the highest score, -dlog(loss)/dcomplexity,
 * among formulas whose validation loss is within 1.5 times the least (PySR's rule, which PySR applies to the loss of the fit).
 * @param problem all rows
 * @param split the rows of the search and the validation rows; null: all rows were searched
 */
export function chooseFormulas(
  candidates: readonly HallMember[],
  problem: SearchProblem,
  split: RowSplit | null,
  options: ChoiceOptions
): { front: ChosenMember[]; best: ChosenMember } {
  const { floor, fixedNumbers = new Set() } = options
  const table = tableOf(problem)
  const whole = fitTableOf(table, options)
  const judging = thinned(table)
  const thin = judging === table ? whole : fitTableOf(judging, options)
  const validationTable = split && fitTableOf(tableOf(problem, split.validation), options)
  const physics = physicsOf(problem, judging)
  const checker = new ConstraintChecker(options.constraints ?? {}, options.maxDepth ?? 12, plainInputs(table))
  const keeps = (e: Expression, mayViolate: number): boolean =>
    checker.admits(e) && physics.violations(e).length <= mayViolate
  const hall = new HallOfFame()
  const validation = new Map<HallMember, number>()
  for (const member of candidates) {
    const judged = split ? onAllRows(member, whole, table.names, keeps, options) : member
    const ranked = { ...judged, loss: weighed(judged, judged.loss, physics) }
    if (hall.offer(ranked) && validationTable)
      validation.set(ranked, lossOn(validationTable, member.expression, table.names))
  }
  const members = mergeForms(hall.front(floor))
  if (members.length === 0)
    throw badInput('Every formula is infinite in one of the validation rows; check the columns for zeros.')
  const scored = scoreFront(members, floor)
  const judgedFront: ChosenMember[] = []
  for (const [k, ranked] of scored.entries()) {
    const member = ranked.breaks ? { ...ranked, loss: ranked.loss / physics.penaltyFactor(ranked.expression) } : ranked
    const named = nameConstants(
      member.expression,
      'C',
      1,
      (value) => !Number.isInteger(value) && !fixedNumbers.has(value)
    )
    const rounded = withFewestDigits(named, (e) => lossOn(thin, e, table.names), floor)
    const rows = table.target.length
    const { constants, squares } = judgeConstants(named, judging, options.loss, rows)
    const loss = Math.max(member.loss, floor)
    const information = squares.map((sum) => sum * informationOfRow(options.loss, loss, meanOf(table.target)))
    const breaks = physics.violations(member.expression)
    judgedFront.push({
      ...member,
      breaks: member.breaks && breaks.length > 0 ? breaks : undefined,
      ...evidence(named, negativeLogLikelihood(options.loss, loss, rows), rows, information),
      validationLoss: validation.get(members[k]) ?? null,
      named,
      constants,
      // a limit may depend on every digit
      rounded: physics.violations(rounded).length > physics.violations(named).length ? named : rounded
    })
  }
  const best = bestOf(judgedFront, floor, (member) => weighed(member, member.validationLoss ?? member.loss, physics))
  return { front: judgedFront, best }
}

/** Checks the physics constraints on all rows. */
function physicsOf(problem: SearchProblem, table: JudgingTable): PhysicsChecker {
  const { symmetries = [], limits = [], units = null, penalty = Infinity } = problem
  const columns = new Map(table.names.map((name, k) => [name, table.columns[k]]))
  return new PhysicsChecker({ symmetries, limits, units, penalty }, plainInputs(table), units, columns, table.target)
}

const plainInputs = ({ names }: JudgingTable): Inputs => inputsOf(names.map(variable), names)

/** The loss times the penalty for each violation that the search allowed. */
function weighed({ expression, breaks }: HallMember, loss: number, physics: PhysicsChecker): number {
  return breaks ? loss * physics.penaltyFactor(expression) : loss
}

function fitTableOf({ columns, target, weights }: JudgingTable, { loss }: ChoiceOptions): FitTable {
  return new FitTable(columns, target, weights, loss)
}

/** The loss of the formula with its present constants; Infinity if it is not finite in some row. */
function lossOn(table: FitTable, expression: Expression, names: readonly string[]): number {
  const loss = table.lossOf(fromExpression(expression, names))
  return Number.isFinite(loss) ? loss : Infinity
}

/**
 * Refits the constants to all rows, starting from the fit to a part of them, and rounds them to simple numbers if the loss allows. The
 * member stays unchanged if the result violates a constraint (a limit may depend on a constant, a unit on a factor of 1), if user
 * operators contain numbers, or if the table is so long that a part of the rows determines the constants.
 */
function onAllRows(
  member: HallMember,
  whole: FitTable,
  names: readonly string[],
  keeps: (expression: Expression, mayViolate: number) => boolean,
  options: ChoiceOptions
): HallMember {
  const unchanged = (): HallMember => ({ ...member, loss: lossOn(whole, member.expression, names) })
  if (whole.rows > mostRows || (options.fixedNumbers?.size ?? 0) > 0) return unchanged()
  const iterations = Math.round(Math.min(60, Math.max(4, 6e6 / whole.rows)))
  const refitted = refit(member.expression, whole, names, iterations)
  const rounded = roundConstants(refitted, whole, names, options.floor)
  const mayViolate = member.breaks?.length ?? 0
  for (const { expression, loss } of [rounded, refitted]) {
    const simple = simplify(expression, options.operators && new Set(options.operators))
    const cost = complexity(simple, options.complexity ?? paperWeights)
    const better = cost <= member.complexity ? { expression: simple, complexity: cost } : { expression }
    if (keeps(better.expression, mayViolate)) return { ...member, ...better, loss }
  }
  return unchanged()
}

function meanOf(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

/** Keeps the formula with the least loss among those of one form with equally many constants. */
function mergeForms(members: readonly HallMember[]): HallMember[] {
  const bestOfForm = new Map<string, HallMember>()
  for (const member of members) {
    const form = formOf(member.expression)
    const key = `${freeConstants(form)} ${form.text}`
    const before = bestOfForm.get(key)
    if (!before || member.loss < before.loss) bestOfForm.set(key, member)
  }
  return members.filter((member) => [...bestOfForm.values()].includes(member))
}
