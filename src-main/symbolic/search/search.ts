import { badInput, HalolawError } from '../../../src-shared/errors.ts'
import { throwIfCancelled, type WorkOptions } from '../../work.ts'
import { describeSymmetry } from '../constraints/symmetry.ts'
import { checkLossValue } from '../fit/loss.ts'
import { complexity, variablesOf, type Expression } from '../language/expression.ts'
import { printText } from '../language/print/index.ts'
import type { UserOperators } from '../language/user-operators.ts'
import { SearchTimer } from './clock.ts'
import { bestOf, HallOfFame, scoreFront, type HallMember } from './hall-of-fame.ts'
import { checkFormulas } from './check-checkpoint.ts'
import { checkSettings, memberFrom, memberState, type SearchCheckpoint } from './search-checkpoint.ts'
import type { Guidance, SearchControl } from './search-control.ts'
import { SearchLink } from './search-link.ts'
import { stops, type RoundReport, type ThreadPlan } from './search-messages.ts'
import { checkSearch, planSearch, type SearchPlan } from './search-plan.ts'
import type { FrontMember, SearchOptions, SearchProblem, SearchResult } from './search-types.ts'
import { FrontTracer, type TraceFormula, type TraceSink } from './trace.ts'

export interface SearchWork extends WorkOptions {
  /** Receives the front so far, at most twice a second. */
  onFront?: (front: FrontMember[]) => void
  /** Receives the state of the search between two rounds, every few seconds, and once more at its end. */
  onCheckpoint?: (checkpoint: SearchCheckpoint) => void
  /** Seconds between two checkpoints; default 5 */
  checkpointEvery?: number
  /** Resumes from here; `rounds` counts earlier rounds, `time` does not count earlier seconds. */
  resume?: SearchCheckpoint
  /** Pauses the search, and sends it formulas to try or new weights of complexity between two rounds. Formulas of unknown variables are ignored. */
  control?: SearchControl<Expression>
  /** Ends the search early: the current round is completed or cut short, and the front polished briefly. */
  ending?: AbortSignal
  /** Receives every event of the search. Results are the same with and without it. */
  onTrace?: TraceSink
}

/** A running search. */
interface SearchState {
  readonly plan: SearchPlan
  readonly work: SearchWork
  readonly threads: readonly SearchLink[]
  readonly interrupts: Interrupts
  readonly timer: SearchTimer
  /** Best formulas of all threads */
  readonly hall: HallOfFame
  readonly tracer: FrontTracer | null
  /** Rounds that are complete */
  round: number
  /** Rounds since a formula fitted exactly */
  exactRounds: number
  /** Formulas fitted */
  evaluations: number
  interrupted: boolean
  /** When the front was last reported, and the state last saved, in ms of Date.now() */
  reportedAt: number
  savedAt: number
}

/**
 * Searches for formulas of the variables that give the target, from simple to accurate: islands of formulas evolve in worker
 * threads, every formula's constants are fitted (Levenberg-Marquardt), and places in formulas are filled from a library of
 * small ones. The same seed, thread count and `rounds` give the same front, also when resumed from a checkpoint; with `time`
 * alone, the front depends on the machine.
 * @throws HalolawError `bad-input` for a table that cannot be searched; `cancelled` when the signal fires, or `ending` before there is a front.
 */
export async function searchSymbolic(
  problem: SearchProblem,
  options: SearchOptions = {},
  work: SearchWork = {}
): Promise<SearchResult> {
  checkSearch(problem, options)
  throwIfCancelled(work.signal)
  const search = startSearch(planSearch(problem, options, work), work)
  try {
    await beginIslands(search)
    await evolve(search)
    await save(search)
    return await finish(search)
  } finally {
    await close(search)
  }
}

function startSearch(plan: SearchPlan, work: SearchWork): SearchState {
  const { resume, onTrace } = work
  if (resume) {
    checkSettings(resume, plan.settings)
    checkFormulas(resume, plan.thread, plan.userOperators)
  }
  const hall = new HallOfFame()
  for (const member of resume?.front ?? []) hall.offer(memberFrom(member, plan.userOperators))
  onTrace?.({ event: 'start', version: 1, search: 'table', seed: plan.thread.options.seed, round: resume?.round ?? 0 })
  return {
    plan,
    work,
    threads: Array.from({ length: plan.thread.options.threads }, () => new SearchLink()),
    interrupts: new Interrupts(work),
    timer: new SearchTimer({
      clock: plan.thread.clock,
      startedAt: plan.startedAt,
      limit: plan.time,
      before: resume?.seconds ?? 0
    }),
    hall,
    tracer: onTrace ? new FrontTracer(onTrace) : null,
    round: resume?.round ?? 0,
    exactRounds: resume?.exactRounds ?? 0,
    evaluations: 0,
    interrupted: false,
    reportedAt: 0,
    savedAt: Date.now()
  }
}

/** The first formulas, or the populations of the checkpoint. */
async function beginIslands(search: SearchState): Promise<void> {
  const { plan, work, threads, interrupts, timer } = search
  const message = {
    ...plan.thread,
    options: { ...plan.thread.options, complexity: weightsAt(search.round, plan.thread, work.control) },
    kind: 'begin',
    stop: interrupts.stop,
    deadline: timer.deadline
  } as const
  const reports = threads.map((thread, index) =>
    thread.round({ ...message, index, state: work.resume?.threads[index] ?? null })
  )
  collect(search, await Promise.all(reports))
}

/** Complexity weights that guidance had set before a round. */
function weightsAt(
  round: number,
  { options }: ThreadPlan,
  control: SearchControl<Expression> | undefined
): ThreadPlan['options']['complexity'] {
  const last = (control?.before(round) ?? []).findLast((guidance) => 'weights' in guidance)
  return last ? last.weights : options.complexity
}

async function evolve(search: SearchState): Promise<void> {
  const { plan, work, threads, hall, timer } = search
  while (search.round < plan.rounds) {
    throwIfCancelled(work.signal)
    search.interrupted = work.ending?.aborted ?? false
    if (search.interrupted) return
    if (Date.now() - search.savedAt > 1000 * (work.checkpointEvery ?? 5)) await save(search)
    const guidance = await receiveGuidance(search)
    const best = hall.front()
    if (timer.isUp || isExact(search, best)) return
    report(search, best)
    const message = { kind: 'round', best, guidance, deadline: timer.deadline } as const
    const reports = await Promise.all(threads.map((thread) => thread.round(message)))
    search.round++
    collect(search, reports)
  }
}

/** Waits while the search is paused; returns the guidance for the next round. */
async function receiveGuidance(search: SearchState): Promise<Guidance<Expression>[]> {
  const { plan, work, hall, timer, round } = search
  const due = await timer.pausedFor(work.control?.due(round, anyOf(work.signal, work.ending)))
  throwIfCancelled(work.signal)
  const { names } = plan.thread
  const guidance = (due ?? []).filter((item) => 'weights' in item || hasOnly(item.guess, names))
  for (const item of guidance) {
    if ('weights' in item) hall.reweigh((expression) => complexity(expression, item.weights))
    const content = 'weights' in item ? item : { guess: printText(item.guess) }
    work.onTrace?.({ event: 'guidance', round, seconds: timer.total, ...content })
  }
  return guidance
}

/** True in the second round after a formula fitted to rounding error: one more round may find a shorter one. */
function isExact(search: SearchState, front: readonly HallMember[]): boolean {
  const least = front.at(-1)?.loss ?? Infinity
  return least <= search.plan.thread.floor && ++search.exactRounds > 1
}

function report(search: SearchState, front: readonly HallMember[]): void {
  const { plan, work, timer } = search
  if (front.length === 0 || Date.now() - search.reportedAt <= 500) return
  search.reportedAt = Date.now()
  const scored = scoreFront(front, plan.thread.floor)
  work.onFront?.(scored.map((member) => withoutUserOperators(member, plan.userOperators)))
  work.onProgress?.({
    fraction: timer.fraction ?? search.round / plan.rounds,
    message: `${search.evaluations} formulas tried, least loss ${front.at(-1)!.loss.toPrecision(4)}`
  })
}

function collect(search: SearchState, reports: readonly RoundReport[]): void {
  const { work, hall, timer, tracer, plan, round } = search
  for (const { front } of reports)
    for (const member of front) {
      checkLossValue(member.loss)
      hall.offer(member)
    }
  search.evaluations = sumOf(reports, 'evaluations')
  if (!work.onTrace || !tracer) return
  const at = { round, seconds: timer.total }
  work.onTrace({ event: 'round', ...at, evaluations: search.evaluations, migrations: sumOf(reports, 'migrations') })
  tracer.update(
    hall.front().map((member) => traceFormula(withoutUserOperators(member, plan.userOperators))),
    at
  )
}

function sumOf(reports: readonly RoundReport[], key: 'evaluations' | 'migrations'): number {
  return reports.reduce((sum, report) => sum + report[key], 0)
}

async function save(search: SearchState): Promise<void> {
  throwIfCancelled(search.work.signal)
  if (!search.work.onCheckpoint) return
  const threads = await Promise.all(search.threads.map((thread) => thread.state()))
  const { round, exactRounds, timer, hall, plan } = search
  const front = hall.front().map(memberState)
  const seconds = timer.total
  search.work.onCheckpoint({ version: 1, asked: plan.settings, round, exactRounds, seconds, front, threads })
  search.savedAt = Date.now()
}

/** Polishes the front on all rows, shared among the threads, and ranks it. */
async function finish(search: SearchState): Promise<SearchResult> {
  const { plan, work, threads, interrupted, evaluations, timer } = search
  const { floor, physics, target } = plan.thread
  const members = search.hall.front()
  if (interrupted && members.length === 0) throw endedEarly()
  work.onProgress?.({ fraction: 1, message: `Ranking the formulas on all ${target.length} rows` })
  const parts = threads.map((thread, index) =>
    thread.finish(
      members.filter((_, k) => k % threads.length === index),
      { brief: interrupted }
    )
  )
  const hall = new HallOfFame()
  for (const member of (await Promise.all(parts)).flat()) hall.offer(member)
  const ranked = scoreFront(hall.front(floor), floor)
  throwIfCancelled(work.signal)
  if (ranked.length === 0) throw interrupted ? endedEarly() : badInput(nothingFits(plan.thread))
  const best = ranked.indexOf(bestOf(ranked, floor))
  const front = ranked.map((member) =>
    withoutUserOperators(withoutPenalty(member, physics.penalty), plan.userOperators)
  )
  work.onFront?.(front)
  const seconds = timer.total
  const formulas = front.map(traceFormula)
  work.onTrace?.({ event: 'finish', round: search.round, seconds, evaluations, interrupted, front: formulas })
  return { front, best: front[best], evaluations, seconds, interrupted }
}

async function close({ threads, interrupts }: SearchState): Promise<void> {
  interrupts.close()
  await Promise.all(threads.map((thread) => thread.close()))
}

/** Grace period in ms for the current round after an early end. A checkpoint taken between rounds resumes exactly. */
const gracePeriod = 1000

/** Passes the signals of a search on to its threads. */
class Interrupts {
  /** One word that all threads read, with a value of `stops` */
  readonly stop = new Int32Array(new SharedArrayBuffer(4))
  private readonly signal: AbortSignal | undefined
  private readonly ending: AbortSignal | undefined
  private timeout: NodeJS.Timeout | undefined

  constructor({ signal, ending }: Pick<SearchWork, 'signal' | 'ending'>) {
    this.signal = signal
    this.ending = ending
    signal?.addEventListener('abort', this.cancel)
    if (ending?.aborted) this.endRound()
    else ending?.addEventListener('abort', this.end)
  }

  close(): void {
    this.signal?.removeEventListener('abort', this.cancel)
    this.ending?.removeEventListener('abort', this.end)
    clearTimeout(this.timeout)
  }

  private readonly cancel = (): void => void Atomics.store(this.stop, 0, stops.cancelled)
  private readonly endRound = (): void => void Atomics.compareExchange(this.stop, 0, stops.no, stops.ending)
  private readonly end = (): void => void (this.timeout = setTimeout(this.endRound, gracePeriod))
}

/** Formulas that use operators defined for the search, written without them; their complexity stays that of the search. */
function withoutUserOperators<Member extends HallMember>(member: Member, userOperators: UserOperators): Member {
  return { ...member, expression: userOperators.expandExpression(member.expression) }
}

function withoutPenalty(member: FrontMember, penalty: number): FrontMember {
  return member.breaks ? { ...member, loss: member.loss / penalty ** member.breaks.length } : member
}

function traceFormula({ complexity, loss, expression }: HallMember): TraceFormula {
  return { complexity, loss, text: printText(expression) }
}

function nothingFits({ physics: { symmetries, limits, units }, template }: ThreadPlan): string {
  const conditions = [
    ...(template ? [`has the form ${template.text}`] : []),
    ...(units ? ['has consistent units'] : []),
    ...symmetries.map((symmetry) => `is ${describeSymmetry(symmetry)}`),
    ...limits.map(({ text }) => `satisfies "${text}"`)
  ]
  return conditions.length === 0
    ? 'No formula of these operators has a finite value in every row; check the columns for zeros, or allow other operators.'
    : `No formula was found that has a finite value in every row and ${conditions.join(' and ')}; remove a constraint, penalise violations instead of forbidding them, allow other operators, or search longer.`
}

function endedEarly(): HalolawError {
  return new HalolawError('cancelled', 'The search ended before it found a formula; give it more time.')
}

function anyOf(...signals: (AbortSignal | undefined)[]): AbortSignal | undefined {
  const present = signals.filter((signal) => signal !== undefined)
  return present.length > 0 ? AbortSignal.any(present) : undefined
}

function hasOnly(expression: Expression, names: readonly string[]): boolean {
  return variablesOf(expression).every((name) => names.includes(name))
}
