import { availableParallelism } from 'node:os'
import { badInput } from '../../../src-shared/errors.ts'
import { Random } from '../../random.ts'
import type { WorkOptions } from '../../work.ts'
import { checkConstraints } from '../constraints/check-constraints.ts'
import { ConstraintChecker } from '../constraints/constraints.ts'
import { inputsOf, valuesOf } from '../constraints/inputs.ts'
import { checkLimits } from '../constraints/limits.ts'
import type { PhysicsConstraints } from '../constraints/physics.ts'
import { checkSymmetries, symmetricLeaves } from '../constraints/symmetry.ts'
import { lossFloor } from '../fit/fitting.ts'
import { checkTarget, readLoss } from '../fit/loss.ts'
import { paperWeights, type Expression } from '../language/expression.ts'
import { printText } from '../language/print/index.ts'
import { UserOperators } from '../language/user-operators.ts'
import { smoothedTarget } from '../table/denoise.ts'
import { drawRows } from '../table/draw-rows.ts'
import { shared, takeRows } from '../table/usable-rows.ts'
import { guessForm } from '../template/template-guess.ts'
import { matchTemplate } from '../template/template-match.ts'
import { checkTemplateUnits, templateLeaves, type Template } from '../template/template.ts'
import { clockOf } from './clock.ts'
import { searchSettings, type SearchCheckpoint } from './search-checkpoint.ts'
import type { ThreadPlan } from './search-messages.ts'
import { defaultOperators, type FullOptions, type SearchOptions, type SearchProblem } from './search-types.ts'

/** Everything that is decided before a search starts. */
export interface SearchPlan {
  /** What every thread receives */
  thread: ThreadPlan
  userOperators: UserOperators
  /** What a checkpoint of this search must agree with */
  settings: SearchCheckpoint['asked']
  /** Seconds; Infinity: no limit */
  time: number
  /** Reading of the clock, in ms, when planning began; it counts against `time` */
  startedAt: number
  /** Infinity: no limit */
  rounds: number
}

const defaultTime = 60

/** @throws HalolawError `bad-input` for constraints that contradict each other and guesses that the search could not find */
export function planSearch(
  problem: SearchProblem,
  options: SearchOptions,
  work: Pick<WorkOptions, 'threads' | 'seed'>
): SearchPlan {
  const clock = options.clock ?? 'wall'
  const startedAt = clockOf(clock)()
  const full = fullOptions(options, work)
  const physics = physicsOf(problem)
  const template = problem.template ?? null
  const names = problem.variables.map(({ name }) => name)
  const leaves = template ? templateLeaves(template) : symmetricLeaves(physics.symmetries, names, full.operators)
  const inputs = inputsOf(leaves, names)
  const userOperators = new UserOperators(full.define)
  const guesses = [...(options.guesses ?? [])]
  checkConstraints(full.constraints, { ...full, names })
  checkGuesses(guesses, template, new ConstraintChecker(full.constraints, full.maxDepth, inputs, userOperators))
  checkTarget(full.loss, problem.target)
  const table = new Map(problem.variables.map(({ name, values }) => [name, values]))
  return {
    thread: {
      names,
      inputs,
      columns: valuesOf(inputs, table).map(shared),
      target: shared(problem.target),
      weights: problem.weights ? shared(problem.weights) : null,
      physics,
      template,
      ...searchRows(problem, full),
      guesses,
      options: full,
      clock,
      floor: lossFloor(problem.target, problem.weights ?? null, full.loss)
    },
    userOperators,
    settings: searchSettings(problem, full),
    time: options.time ?? (options.rounds === undefined ? defaultTime : Infinity),
    startedAt,
    rounds: options.rounds ?? Infinity
  }
}

function fullOptions(options: SearchOptions, work: Pick<WorkOptions, 'threads' | 'seed'>): FullOptions {
  return {
    operators: options.operators ?? defaultOperators,
    define: options.define ?? [],
    loss: typeof options.loss === 'object' ? options.loss : readLoss(options.loss ?? 'mse'),
    complexity: options.complexity ?? paperWeights,
    maxComplexity: options.maxComplexity ?? 40,
    maxDepth: options.maxDepth ?? 12,
    constraints: options.constraints ?? {},
    islandsPerThread: options.islandsPerThread ?? 4,
    populationSize: options.populationSize ?? 100,
    offspringPerRound: options.offspringPerRound ?? 250,
    sampleRows: options.sampleRows ?? 1024,
    denoise: options.denoise ?? false,
    threads: Math.max(1, work.threads ?? availableParallelism()),
    seed: work.seed ?? 0
  }
}

function physicsOf({ symmetries = [], limits = [], units, penalty = Infinity }: SearchProblem): PhysicsConstraints {
  return { symmetries, limits, units: units ?? null, penalty }
}

function checkGuesses(guesses: readonly Expression[], template: Template | null, constraints: ConstraintChecker): void {
  for (const guess of guesses) {
    if (template && !matchTemplate(template, guess))
      throw badInput(
        `The guess "${printText(guess)}" does not match the template "${template.text}"; write it as "${guessForm(template)}".`
      )
    if (!template && !constraints.admits(guess))
      throw badInput(
        `The guess "${printText(guess)}" violates the constraints of the search; change the guess or the constraints.`
      )
  }
}

/** Rows to which constants are fitted at the end; larger tables take one step from there on all rows. */
const mostFitted = 200_000

/** Rows over which a target is smoothed. */
const mostSmoothed = 20_000

/** Draws the rows that the search fits to, with their target, and the rows for the last fit of constants (null: all). */
function searchRows(
  { variables, target }: SearchProblem,
  options: FullOptions
): Pick<ThreadPlan, 'sample' | 'sampleTarget' | 'fitting'> {
  const rows = target.length
  const random = new Random(options.seed ^ 0x5bd1e995)
  const sample = drawRows(rows, options.sampleRows, random)
  const fitting = rows > mostFitted ? drawRows(rows, mostFitted, random) : null
  if (!options.denoise) return { sample, sampleTarget: takeRows(target, sample), fitting }
  // the sample comes first in the pool of rows to smooth over
  const pool = Uint32Array.from(new Set([...sample, ...drawRows(rows, mostSmoothed, random)]))
  const columns = variables.map(({ values }) => takeRows(values, pool))
  const places = pool.map((_, place) => place)
  const smoothed = smoothedTarget(columns, takeRows(target, pool), places.subarray(0, sample.length), places)
  return { sample, sampleTarget: smoothed, fitting }
}

/** @throws HalolawError `bad-input` for a table that cannot be searched, or options without a meaning */
export function checkSearch(problem: SearchProblem, options: SearchOptions): void {
  checkSize(problem)
  checkOptions(options)
  checkPhysics(problem)
  checkColumns(problem)
}

function checkSize({ target, variables }: SearchProblem): void {
  const rows = target.length
  if (rows < 3)
    throw badInput(
      `There ${rows === 1 ? 'is 1 row' : `are ${rows} rows`} with finite values, and a search needs at least 3; choose a longer table, or leave columns with gaps out.`
    )
  if (variables.length === 0) throw badInput('There is no variable to build a formula from; name at least one column.')
  if (variables.length > 200) throw badInput(`There are ${variables.length} variables; choose at most 200.`)
}

function checkOptions({
  operators = defaultOperators,
  define,
  maxComplexity = 40,
  maxDepth = 12,
  time
}: SearchOptions): void {
  if (operators.length === 0 && !define?.length)
    throw badInput('There is no operator to build a formula from; name at least one, such as +.')
  if (!(maxComplexity >= 1)) throw badInput(`The largest complexity is ${maxComplexity}; it must be at least 1.`)
  if (!(maxDepth >= 1)) throw badInput(`The largest depth is ${maxDepth}; it must be at least 1.`)
  if (time !== undefined && !(time > 0)) throw badInput(`The time for the search is ${time} s; it must be positive.`)
}

function checkPhysics({ variables, symmetries = [], limits = [], units, template, penalty }: SearchProblem): void {
  const names = variables.map(({ name }) => name)
  checkSymmetries(symmetries, names, units)
  checkLimits(limits)
  if (template && units) checkTemplateUnits(template, names, units)
  if (penalty !== undefined && !(penalty > 1))
    throw badInput(`The penalty is ${penalty}; it multiplies the loss, so it must be above 1.`)
}

function checkColumns({ variables, target, weights }: SearchProblem): void {
  const rows = target.length
  if (weights && weights.length !== rows)
    throw badInput(`There are ${weights.length} weights for ${rows} rows; give one weight for each row.`)
  for (const { name, values } of [...variables, { name: 'the target', values: target }]) {
    if (values.length !== rows)
      throw badInput(`Column "${name}" has ${values.length} rows and the target ${rows}; give columns of one length.`)
    if (!values.every(Number.isFinite))
      throw badInput(`Column "${name}" has values that are not finite; leave those rows out.`)
  }
}
