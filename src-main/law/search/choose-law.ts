import { HalolawError } from '../../../src-shared/errors.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Neighbours } from '../../graph/neighbours.ts'
import { Random } from '../../random.ts'
import { constant } from '../../symbolic/index.ts'
import type { WorkOptions } from '../../work.ts'
import { evaluateLaw } from '../fit/evaluate-law.ts'
import { graphFit } from '../fit/graph-fit.ts'
import { composeLaw, type FittedLaw } from '../graph-law.ts'
import { fitFront, type GraphSearchOptions, type ScoredLaw } from './graph-search.ts'
import { neighbourSums } from '../fit/neighbour-sums.ts'
import { findPoles } from '../fit/poles.ts'
import { refitLaw, sampleOf, targetsOf } from '../fit/refit.ts'
import { median } from '../fit/robust-fit.ts'
import { spatialBlocks } from '../fit/standard-errors.ts'

/** What a law is fitted to, and what it is chosen by. */
export interface LawData {
  catalog: Catalog
  neighbours: Neighbours
  /** One value a halo; only those of `train` and `validation` are read. */
  target: ArrayLike<number>
  train: Uint32Array
  /** Training halos kept for choosing among formulas */
  validation: Uint32Array
}

export type JudgedLaw = ScoredLaw & { validationMae: number }

/** Enough to tell laws apart that a search takes for equal. */
const fullerFit = { maxSteps: 60, smoothing: [0.5, 0.15, 0.05] } as const

/**
 * The front once more, of formulas that a search found on few receivers: with noise the better of two may not show there.
 * @param receivers how many training halos they are fitted on now
 */
export function refitFront(
  formulas: readonly ScoredLaw[],
  { catalog, neighbours, target, train }: LawData,
  receivers: number,
  options: Pick<WorkOptions, 'signal' | 'threads'> & {
    seed: number
  } & Pick<GraphSearchOptions, 'weights' | 'maxComplexity' | 'allows'>
): Promise<ScoredLaw[]> {
  const rows = sampleOf(train, receivers, new Random(options.seed).fork(3))
  const values = targetsOf(target, rows)
  const { fit } = graphFit(neighbourSums(catalog, neighbours), rows, values, { ...options, ...fullerFit })
  return fitFront(
    formulas.map(({ formula }) => formula),
    { ...options, fit, constantLoss: errorsOf(new Float64Array(rows.length).fill(median(values)), values).mean }
  )
}

/** A law that was chosen and refitted. */
export interface SettledLaw {
  fitted: FittedLaw
  /** Why it was taken, a sentence; null where nothing beats a constant */
  reason: string | null
  /** What it was chosen from */
  judged: JudgedLaw[]
}

/**
 * Chooses among formulas on the validation halos and refits the choice on all training halos; where nothing beats a constant, the
 * constant is the law.
 */
export async function settleLaw(
  front: readonly ScoredLaw[],
  data: LawData,
  options: WorkOptions & { seed: number }
): Promise<SettledLaw> {
  const { catalog, neighbours, target, train, validation } = data
  const halos = Uint32Array.from([...train, ...validation]).sort()
  const refit = (formula: ScoredLaw['formula']): Promise<FittedLaw> =>
    refitLaw(formula, catalog, neighbours, target, halos, { ...options, minStarts: 2 })
  const all = await judge(front, data, options)
  const judged = all.map(({ errors: _, ...one }) => one)
  for (let left = all; ;) {
    const chosen = await choose(left, data, options.seed)
    if (!chosen) {
      const middle = constant(median(targetsOf(target, halos)), 'C')
      return { fitted: await refit(composeLaw([], middle)), reason: null, judged }
    }
    try {
      return { fitted: await refit(chosen.one.formula), reason: chosen.reason, judged }
    } catch (cause) {
      // Finite on the halos it was found on, and not on all: the next one is taken.
      if (!(cause instanceof HalolawError && cause.code === 'bad-input')) throw cause
      left = left.filter((one) => one !== chosen.one)
    }
  }
}

type WithErrors = JudgedLaw & { errors: Float64Array }

async function judge(
  front: readonly ScoredLaw[],
  { catalog, neighbours, target, validation }: LawData,
  { signal, threads }: WorkOptions
): Promise<WithErrors[]> {
  const values = targetsOf(target, validation)
  const judged: WithErrors[] = []
  for (const scored of front) {
    const predicted = await evaluateLaw(scored.formula, new Map(), catalog, neighbours, validation, {
      signal,
      threads
    })
    const errors = errorsOf(predicted, values)
    // Too small a catalog has no halos to spare: then the fit's own error has to do.
    judged.push({ ...scored, validationMae: validation.length > 0 ? errors.mean : scored.loss, errors: errors.each })
  }
  return judged
}

function errorsOf(predicted: Float64Array, target: Float64Array): { each: Float64Array; mean: number } {
  const each = predicted.map((value, row) => Math.abs(value - target[row]))
  return { each, mean: each.reduce((sum, error) => sum + error / each.length, 0) }
}

/** How much worse a simpler formula may be where no halos are kept for choosing, as a share of the least error */
const tolerated = 0.02
/** Differences of error below this share of the target's own spread are rounding. */
const exact = 1e-7

/**
 * The simplest formula whose validation error is not worse than the least one by more than a standard error of their difference (the rule
 * of Breiman et al. 1984, section 3.4.3, for errors paired halo by halo, in blocks of space); one without poles over the data
 * and beyond where there is such a one.
 */
async function choose(
  judged: readonly WithErrors[],
  data: LawData,
  seed: number
): Promise<{ one: WithErrors; reason: string } | undefined> {
  const { catalog, neighbours, target, train, validation } = data
  const finite = judged.filter(({ validationMae }) => Number.isFinite(validationMae))
  if (finite.length === 0) return undefined
  const best = finite.reduce((least, one) => (one.validationMae < least.validationMae ? one : least))
  const blocks = spatialBlocks(catalog, validation, neighbours.radius)
  const values = targetsOf(target, validation)
  const rounding =
    exact * errorsOf(new Float64Array(values.length).fill(values.length > 0 ? median(values) : 0), values).mean
  const good = finite.filter((one) => {
    const worse = one.validationMae - best.validationMae
    const allowed =
      validation.length > 0 ? standardError(one.errors, best.errors, blocks) : tolerated * best.validationMae
    return worse <= Math.max(rounding, allowed)
  })
  const graph = neighbourSums(catalog, neighbours)
  const rows = sampleOf(train, 2000, new Random(seed))
  const halos = validation.length > 0 ? 'validation' : 'training'
  const near = validation.length > 0 ? 'a standard error' : '2 %'
  const because = (one: WithErrors, passed: number): { one: WithErrors; reason: string } => {
    const error = one.validationMae.toPrecision(3)
    const poles = passed === 1 ? 'a simpler one has' : `${passed} simpler ones have`
    const why =
      one === best
        ? `for the least error on ${halos} halos, ${error}; no simpler one comes within ${near} of it`
        : `as the simplest whose error on ${halos} halos, ${error}, is within ${near} of the least, ${best.validationMae.toPrecision(3)}`
    const but = one === best ? ' without a pole' : `; ${poles} a pole over the data or beyond`
    return { one, reason: `Chosen of ${judged.length} laws ${why}${passed === 0 ? '' : but}.` }
  }
  for (const [passed, scored] of good.entries()) {
    const sums = (await graph.messages(scored.formula.messages, rows, false)).map((message) => message.sums)
    if ((await findPoles(scored.formula, graph, rows, sums, seed)).length === 0) return because(scored, passed)
  }
  return because(good[0], 0)
}

/** Of the mean of a - b, whose values hang together within a block. */
function standardError(a: Float64Array, b: Float64Array, blocks: Uint32Array): number {
  const count = blocks.reduce((most, block) => Math.max(most, block + 1), 0)
  const mean = a.reduce((sum, value, row) => sum + (value - b[row]) / a.length, 0)
  const sums = new Float64Array(count)
  a.forEach((value, row) => (sums[blocks[row]] += value - b[row] - mean))
  const squares = sums.reduce((sum, value) => sum + value * value, 0)
  return count < 2 ? 0 : Math.sqrt((squares * count) / (count - 1)) / a.length
}
