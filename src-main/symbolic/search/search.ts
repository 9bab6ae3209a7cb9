import { availableParallelism } from 'node:os'
import { badInput, HalolawError } from '../../../src-shared/errors.ts'
import { Random } from '../../random.ts'
import { throwIfCancelled, type WorkOptions } from '../../work.ts'
import { clockOf } from './clock.ts'
import { checkConstraints, ConstraintChecker } from '../constraints/constraints.ts'
import { smoothedTarget } from '../table/denoise.ts'
import { drawRows } from '../table/draw-rows.ts'
import { complexity, paperWeights, variablesOf, type Expression } from '../language/expression.ts'
import { lossFloor } from '../fit/fitting.ts'
import { bestOf, HallOfFame, scoreFront, type HallMember } from './hall-of-fame.ts'
import { checkLossValue, checkTarget, readLoss } from '../fit/loss.ts'
import { UserOperators } from '../language/user-operators.ts'
import { inputsOf, valuesOf } from '../constraints/inputs.ts'
import { checkLimits } from '../constraints/limits.ts'
import type { Demands } from '../constraints/requirements.ts'
import { checkSymmetries, describeSymmetry, symmetricLeaves } from '../constraints/symmetry.ts'
import { guessForm } from '../template/template-guess.ts'
import { matchTemplate } from '../template/template-match.ts'
import { checkTemplateUnits, templateLeaves, type Template } from '../template/template.ts'
import { printText } from '../language/print/index.ts'
import { searchSettings, checkSettings, memberFrom, memberState, type SearchCheckpoint } from './search-checkpoint.ts'
import type { SearchControl } from './search-control.ts'
import { SearchLink } from './search-link.ts'
import { shared, takeRows } from '../table/usable-rows.ts'
import { stops, type BeginMessage, type ToWorker } from './search-thread.ts'
import {
  defaultOperators,
  type FrontMember,
  type FullOptions,
  type SearchOptions,
  type SearchProblem,
  type SearchResult
} from './search-types.ts'

export interface SearchWork extends WorkOptions {
  /** The front so far, at most twice a second. */
  onFront?: (front: FrontMember[]) => void
  /** Where the search stands: every few seconds, between two rounds, and once more when it ends. */
  onCheckpoint?: (checkpoint: SearchCheckpoint) => void
  /** Seconds between two of them; default 5 */
  checkpointEvery?: number
  /** Goes on from here; `rounds` counts those before, `time` does not. */
  resume?: SearchCheckpoint
  /**
   * Pauses the search, gives it formulas to try, changes what complexity it goes by; heard between two rounds. Formulas of
   * other variables than the problem's are passed over.
   */
  control?: SearchControl<Expression>
  /** When it fires, the search ends as if its time were up: the round at hand is finished or cut short, the front polished briefly. */
  ending?: AbortSignal
}

/** Milliseconds that a round has to come to its end once the search is to end; a checkpoint of whole rounds goes on as if nothing had been. */
const lastRound = 1000

/**
 * Looks for formulas of the variables that give the target, from simple to accurate: islands of formulas evolve in worker
 * threads, every formula's constants fitted (Levenberg-Marquardt), places in formulas filled from a library of small ones.
 * The same seed, thread count and `rounds` give the same front, also when the search is resumed from a checkpoint; with `time` alone, how far it comes depends on the machine.
 * @throws HalolawError `bad-input` for a table that cannot be searched, `cancelled` when the signal fires, or `ending` before there is a front.
 */
export async function searchSymbolic(
  problem: SearchProblem,
  options: SearchOptions = {},
  work: SearchWork = {}
): Promise<SearchResult> {
  checkProblem(problem, options)
  throwIfCancelled(work.signal)
  const rows = problem.target.length
  const full = fullOptions(options, work)
  const clock = options.clock ?? 'wall'
  const now = clockOf(clock)
  // a pause does not count: it moves this on
  let started = now()
  const seconds = options.time ?? (options.rounds === undefined ? 60 : Infinity)
  const names = problem.variables.map(({ name }) => name)
  const demands: Demands = {
    symmetries: problem.symmetries ?? [],
    limits: problem.limits ?? [],
    units: problem.units ?? null,
    penalty: problem.penalty ?? Infinity
  }
  const template = problem.template ?? null
  const leaves = template ? templateLeaves(template) : symmetricLeaves(demands.symmetries, names, full.operators)
  const inputs = inputsOf(leaves, names)
  checkConstraints(full.constraints, { ...full, names })
  const own = new UserOperators(full.define)
  const rulebook = new ConstraintChecker(full.constraints, full.maxDepth, inputs, own)
  for (const guess of options.guesses ?? [])
    if (template ? !matchTemplate(template, guess) : !rulebook.admits(guess))
      throw badInput(
        template
          ? `The guess "${printText(guess)}" is not seen to have the form "${template.text}"; give it as "${guessForm(template)}".`
          : `The guess "${printText(guess)}" does not keep to the constraints of the search; change one of them.`
      )
  const stop = new Int32Array(new SharedArrayBuffer(4))
  checkTarget(full.loss, problem.target)
  const floor = lossFloor(problem.target, problem.weights ?? null, full.loss)
  const { resume } = work
  const asked = searchSettings(problem, full)
  if (resume) checkSettings(resume, asked)
  const begin: Omit<BeginMessage, 'index' | 'state'> = {
    kind: 'begin',
    names,
    inputs,
    columns: valuesOf(inputs, new Map(problem.variables.map(({ name, values }) => [name, values]))).map(shared),
    target: shared(problem.target),
    weights: problem.weights ? shared(problem.weights) : null,
    demands,
    template,
    ...drawnRows(problem, full),
    guesses: [...(options.guesses ?? [])],
    options: full,
    stop,
    floor,
    clock,
    deadline: deadline()
  }
  // the last refit and rounding take a little, too
  function deadline(): number | null {
    return Number.isFinite(seconds) ? started + 950 * seconds : null
  }
  for (const told of work.control?.before(resume?.round ?? 0) ?? [])
    if ('weights' in told) begin.options = { ...full, complexity: told.weights }
  const threads = Array.from({ length: full.threads }, () => new SearchLink())
  const cancel = (): void => void Atomics.store(stop, 0, stops.cancelled)
  work.signal?.addEventListener('abort', cancel)
  const cutShort = (): void => void Atomics.compareExchange(stop, 0, stops.no, stops.ending)
  let cutting: NodeJS.Timeout | undefined
  const end = (): void => void (cutting = setTimeout(cutShort, lastRound))
  const { ending } = work
  if (ending?.aborted) cutShort()
  else ending?.addEventListener('abort', end)
  try {
    const hall = new HallOfFame()
    for (const member of resume?.front ?? []) hall.offer(memberFrom(member, own))
    const secondsBefore = resume?.seconds ?? 0
    const secondsNow = (): number => secondsBefore + (now() - started) / 1000
    let round = resume?.round ?? 0
    let exactRounds = resume?.exactRounds ?? 0
    let evaluations = 0
    let told = 0
    let interrupted = false
    let saved = Date.now()
    const save = async (): Promise<void> => {
      if (!work.onCheckpoint) return
      const states = await Promise.all(threads.map((thread) => thread.state()))
      const front = hall.front().map(memberState)
      work.onCheckpoint({ version: 1, asked, round, exactRounds, seconds: secondsNow(), front, threads: states })
      saved = Date.now()
    }
    const take = (answers: { front: HallMember[]; evaluations: number }[]): void => {
      for (const { front } of answers)
        for (const member of front) {
          checkLossValue(member.loss)
          hall.offer(member)
        }
      evaluations = answers.reduce((sum, answer) => sum + answer.evaluations, 0)
    }
    take(
      await Promise.all(
        threads.map((thread, index) => thread.round({ ...begin, index, state: resume?.threads[index] ?? null }))
      )
    )
    for (; round < (options.rounds ?? Infinity); round++) {
      throwIfCancelled(work.signal)
      if ((interrupted = ending?.aborted ?? false)) break
      if (Date.now() - saved > 1000 * (work.checkpointEvery ?? 5)) await save()
      const waiting = now()
      const due = (await work.control?.due(round, anyOf(work.signal, ending))) ?? []
      started += now() - waiting
      throwIfCancelled(work.signal)
      const guidance = due.filter((told) => 'weights' in told || hasOnly(told.guess, names))
      for (const told of guidance)
        if ('weights' in told) hall.reweigh((expression) => complexity(expression, told.weights))
      const front = hall.front()
      const elapsed = (now() - started) / 1000
      if (elapsed >= 0.95 * seconds) break
      if ((front.at(-1)?.loss ?? Infinity) <= floor && ++exactRounds > 1) break
      if (Date.now() - told > 500 && front.length > 0) {
        told = Date.now()
        work.onFront?.(scoreFront(front, floor).map((member) => writtenOut(member, own)))
        const fraction = Number.isFinite(seconds) ? elapsed / seconds : round / options.rounds!
        work.onProgress?.({
          fraction,
          message: `${evaluations} formulas tried, least loss ${front.at(-1)!.loss.toPrecision(4)}`
        })
      }
      const message: ToWorker = { kind: 'round', best: front, guidance, deadline: deadline() }
      take(await Promise.all(threads.map((thread) => thread.round(message))))
    }
    throwIfCancelled(work.signal)
    await save()
    const found = hall.front()
    if (interrupted && found.length === 0) throw endedEarly()
    work.onProgress?.({ fraction: 1, message: `Ranking the formulas on all ${rows} rows` })
    const parts = await Promise.all(
      threads.map((thread, index) =>
        thread.finish(
          found.filter((_, k) => k % threads.length === index),
          interrupted
        )
      )
    )
    const last = new HallOfFame()
    for (const member of parts.flat()) last.offer(member)
    const ranked = scoreFront(last.front(floor), floor)
    throwIfCancelled(work.signal)
    if (ranked.length === 0) throw interrupted ? endedEarly() : badInput(nothingFound(demands, template))
    const best = ranked.indexOf(bestOf(ranked, floor))
    const front = ranked.map((member) => writtenOut(withOwnLoss(member, demands.penalty), own))
    work.onFront?.(front)
    return { front, best: front[best], evaluations, seconds: secondsNow(), interrupted }
  } finally {
    work.signal?.removeEventListener('abort', cancel)
    ending?.removeEventListener('abort', end)
    clearTimeout(cutting)
    await Promise.all(threads.map((thread) => thread.close()))
  }
}

/** Without the operators that the search defines; they cost what they cost in the search. */
function writtenOut(member: FrontMember, own: UserOperators): FrontMember {
  return { ...member, expression: own.written(member.expression) }
}

/** Without the penalty that it was ranked with. */
function withOwnLoss(member: FrontMember, penalty: number): FrontMember {
  return member.breaks ? { ...member, loss: member.loss / penalty ** member.breaks.length } : member
}

function nothingFound({ symmetries, limits, units }: Demands, template: Template | null): string {
  const asked = [
    ...(template ? [`has the form ${template.text}`] : []),
    ...(units ? ['has fitting units'] : []),
    ...symmetries.map((symmetry) => `is ${describeSymmetry(symmetry)}`),
    ...limits.map(({ text }) => `keeps "${text}"`)
  ]
  return asked.length === 0
    ? 'No formula of these operators has a finite value in every row; check the columns for zeros, or offer other operators.'
    : `No formula was found that has a finite value in every row and ${asked.join(' and ')}; ask for less, penalise instead of forbidding, offer other operators, or search longer.`
}

function endedEarly(): HalolawError {
  return new HalolawError('cancelled', 'The search was ended before a formula was found; give it more time.')
}

function anyOf(...signals: (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined)
  return given.length > 0 ? AbortSignal.any(given) : undefined
}

function hasOnly(expression: Expression, names: readonly string[]): boolean {
  return variablesOf(expression).every((name) => names.includes(name))
}

function fullOptions(options: SearchOptions, work: SearchWork): FullOptions {
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

function checkProblem(problem: SearchProblem, options: SearchOptions): void {
  const rows = problem.target.length
  if (rows < 3)
    throw badInput(
      `There ${rows === 1 ? 'is 1 row' : `are ${rows} rows`} with finite values; a search needs at least 3.`
    )
  if (problem.variables.length === 0)
    throw badInput('There is no variable to build a formula from; name at least one column.')
  if (problem.variables.length > 200)
    throw badInput(`There are ${problem.variables.length} variables; choose at most 200.`)
  const [operators, most] = [options.operators ?? defaultOperators, options.maxComplexity ?? 40]
  if (operators.length === 0 && !options.define?.length)
    throw badInput('There is no operator to build a formula from; name at least one, such as +.')
  if (!(most >= 1)) throw badInput(`The largest complexity is ${most}; it must be at least 1.`)
  if (!((options.maxDepth ?? 12) >= 1))
    throw badInput(`The largest depth is ${options.maxDepth}; it must be at least 1.`)
  if (options.time !== undefined && !(options.time > 0))
    throw badInput(`The time for the search is ${options.time} s; it must be positive.`)
  checkSymmetries(
    problem.symmetries ?? [],
    problem.variables.map(({ name }) => name),
    problem.units
  )
  checkLimits(problem.limits ?? [])
  if (problem.template && problem.units)
    checkTemplateUnits(
      problem.template,
      problem.variables.map(({ name }) => name),
      problem.units
    )
  if (problem.penalty !== undefined && !(problem.penalty > 1))
    throw badInput(`The penalty is ${problem.penalty}; it must be above 1, for it multiplies the loss.`)
  if (problem.weights && problem.weights.length !== rows)
    throw badInput(`There are ${problem.weights.length} weights for ${rows} rows.`)
  for (const { name, values } of [...problem.variables, { name: 'the target', values: problem.target }]) {
    if (values.length !== rows) throw badInput(`Column "${name}" has ${values.length} rows and the target ${rows}.`)
    if (!values.every(Number.isFinite))
      throw badInput(`Column "${name}" has values that are not finite; leave those rows out.`)
  }
}

/** Most rows on which a formula's constants are fitted to the end; on more, one step is taken from there. */
const mostFitted = 200_000

/** Most rows that a target is smoothed over. */
const mostSmoothed = 20_000

/** Rows that the search looks at with their target, and rows for the last fit of constants (null: all). */
function drawnRows(
  { variables, target }: SearchProblem,
  options: FullOptions
): Pick<BeginMessage, 'sample' | 'sampleTarget' | 'fitting'> {
  const rows = target.length
  const random = new Random(options.seed ^ 0x5bd1e995)
  const sample = drawRows(rows, options.sampleRows, random)
  const fitting = rows > mostFitted ? drawRows(rows, mostFitted, random) : null
  if (!options.denoise) return { sample, sampleTarget: takeRows(target, sample), fitting }
  // the sample comes first in the pool that it is smoothed over
  const pool = Uint32Array.from(new Set([...sample, ...drawRows(rows, mostSmoothed, random)]))
  const columns = variables.map(({ values }) => takeRows(values, pool))
  const places = pool.map((_, place) => place)
  const smoothed = smoothedTarget(columns, takeRows(target, pool), places.subarray(0, sample.length), places)
  return { sample, sampleTarget: smoothed, fitting }
}
