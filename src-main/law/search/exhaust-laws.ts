import { setImmediate } from 'node:timers/promises'
import { evidence, negativeLogLikelihood } from '../../symbolic/fit/description-length.ts'
import { call, type Expression } from '../../symbolic/index.ts'
import { throwIfCancelled, type WorkOptions } from '../../work.ts'
import { lawModel } from '../fit/evaluate-law.ts'
import { lawShapeOf } from '../fit/fit-journal.ts'
import { graphFit } from '../fit/graph-fit.ts'
import { neighbourSums } from '../fit/neighbour-sums.ts'
import { sampleOf, targetsOf } from '../fit/refit.ts'
import { lawConstants, withLawConstants, type FittedLaw, type GraphLaw } from '../graph-law.ts'
import { Random } from '../../random.ts'
import type { LawData } from './choose-law.ts'
import { enumerateLaws, type LawGrammar } from './enumerate-laws.ts'
import { lawFront } from './law-front.ts'
import { lawOfShape } from './kept-laws.ts'

/** How far an exhaustion has come. Plain data. */
export interface ExhaustionState {
  grammar: LawGrammar
  /** Complexity of message and node together, at most */
  most: number
  /** Laws fitted so far, in the order of enumerateLaws */
  done: number
  /** The best so far, and the best of each complexity */
  best: { shape: string; constants: number[]; complexity: number; loss: number }[]
}

export interface Exhaustion {
  complexity: number
  /** Laws of different form up to this complexity, all fitted */
  count: number
  /** Best of each complexity that beats every simpler one, simplest first, fitted again on more halos */
  front: FittedLaw[]
  /** Description length of the last of the front, law and residuals, in nats; null if there is no law */
  descriptionLength: number | null
  /** Training halos that the front is fitted on */
  halos: number
}

/** Training halos that all laws are fitted on, and those that the front is fitted on again */
const receivers = { all: 300, front: 4000 } as const
/** Laws fitted at once, all towards the goal at their beginning, so that the result does not depend on threads */
const batch = 64
/** Laws that are fitted again on more halos */
const finalists = 40
/** All constants of a law start at the same value; the fit continues from the best of these. */
const startValues = [0.05, 1, 20]
const secondsBetweenCheckpoints = 5

/**
 * Fits every law up to a complexity to the target, through the sum over neighbours. A fit ends early when it will not come near
 * the best law so far.
 * @throws HalolawError `cancelled`, `bad-input` without training halos
 */
export async function exhaustLaws(
  data: LawData,
  { grammar, most }: Pick<ExhaustionState, 'grammar' | 'most'>,
  {
    resumeFrom,
    onCheckpoint,
    ...work
  }: WorkOptions & { seed: number; resumeFrom?: ExhaustionState; onCheckpoint?: (state: ExhaustionState) => void }
): Promise<Exhaustion> {
  const laws = await allLaws(grammar, most, work)
  const graph = neighbourSums(data)
  const random = new Random(work.seed).fork(4)
  const rows = sampleOf(data.train, receivers.all, random)
  const { fit, lossAt } = graphFit(graph, rows, targetsOf(data.target, rows), work)
  const state: ExhaustionState = structuredClone(resumeFrom) ?? { grammar, most, done: 0, best: [] }
  let saved = performance.now()
  while (state.done < laws.length) {
    throwIfCancelled(work.signal)
    const goal = nearlyAsGood * Math.min(...state.best.map(({ loss }) => loss))
    const some = laws.slice(state.done, state.done + batch)
    const fitted = await Promise.all(some.map(async (law) => fit(await bestStart(law, lossAt), goal)))
    take(state, fitted)
    state.done += some.length
    work.onProgress?.({
      fraction: state.done / laws.length,
      message: `Fitted ${state.done} of ${laws.length} laws up to complexity ${most}`
    })
    if (performance.now() - saved > 1000 * secondsBetweenCheckpoints || state.done === laws.length) {
      onCheckpoint?.(structuredClone(state))
      saved = performance.now()
    }
  }

  const more = sampleOf(data.train, receivers.front, random)
  const again = graphFit(graph, more, targetsOf(data.target, more), { ...work, maxSteps: 60 })
  const refitted = await Promise.all(
    state.best.map(async ({ shape, constants, complexity }) => {
      const law = await again.fit(lawOfShape(shape, constants))
      return law ? [{ ...law, complexity }] : []
    })
  )
  const front = lawFront(refitted.flat())
  const last = front.at(-1)
  return {
    complexity: most,
    count: laws.length,
    front,
    descriptionLength: last ? await descriptionLengthOf(last, data, more) : null,
    halos: more.length
  }
}

/** Laws that are written down between two turns of the event loop */
const turn = 256

async function allLaws(grammar: LawGrammar, most: number, { signal, onProgress }: WorkOptions): Promise<GraphLaw[]> {
  const laws: GraphLaw[] = []
  for (const law of enumerateLaws(grammar, most)) {
    if (laws.push(law) % turn > 0) continue
    onProgress?.({ fraction: 0, message: `Wrote down ${laws.length} laws up to complexity ${most}` })
    await setImmediate()
    throwIfCancelled(signal)
  }
  return laws
}

/** A law this close to the best one is fitted to its end: on more halos it may be the better one. */
const nearlyAsGood = 1.05

async function bestStart(law: GraphLaw, lossAt: (law: GraphLaw) => Promise<number>): Promise<GraphLaw> {
  const names = lawConstants(law).map(({ name }) => name)
  if (names.length === 0) return law
  const starts = startValues.map((value) => withLawConstants(law, new Map(names.map((name) => [name, value]))))
  const losses = await Promise.all(starts.map(lossAt))
  const best = losses.reduce((least, loss, k) => (loss < losses[least] || Number.isNaN(losses[least]) ? k : least), 0)
  return starts[best]
}

/** Keeps the best laws of all, and the best of each complexity. */
function take(state: ExhaustionState, fitted: readonly (FittedLaw | null)[]): void {
  for (const law of fitted) {
    if (!law || !Number.isFinite(law.trainMae)) continue
    const constants = lawConstants(law.formula).map(({ value }) => value)
    const { complexity, trainMae: loss } = law
    state.best.push({ shape: lawShapeOf(law.formula), constants, complexity, loss })
  }
  state.best.sort((a, b) => a.loss - b.loss)
  const complexities = new Set<number>()
  state.best = state.best.filter(({ complexity }, k) => {
    const isFirst = !complexities.has(complexity)
    complexities.add(complexity)
    return k < finalists || isFirst
  })
}

/** Nats of a law and its residuals (see description-length.ts); the sum over neighbours counts as one operator. */
async function descriptionLengthOf(
  { formula, trainMae }: FittedLaw,
  data: LawData,
  rows: Uint32Array
): Promise<number> {
  const constants = lawConstants(formula)
  const model = lawModel(formula, neighbourSums(data), rows)
  const { jacobian } = await model(
    Float64Array.from(constants, ({ value }) => value),
    'derivatives'
  )
  const information = jacobian.map((column) => column.reduce((sum, value) => sum + value * value, 0) / trainMae ** 2)
  const whole = formula.messages.reduce<Expression>((all, message) => call('+', all, message), formula.node)
  const likelihood = negativeLogLikelihood({ kind: 'mae' }, trainMae, rows.length)
  return evidence(whole, likelihood, rows.length, information).mdl
}
