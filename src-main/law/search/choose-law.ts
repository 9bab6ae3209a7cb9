import { HalolawError } from '../../../src-shared/errors.ts'
import type { HaloGraph } from '../../graph/halo-graph.ts'
import { Random } from '../../random.ts'
import { constant } from '../../symbolic/index.ts'
import type { WorkOptions } from '../../work.ts'
import { evaluateLaw } from '../fit/evaluate-law.ts'
import { graphFit } from '../fit/graph-fit.ts'
import { composeLaw, type FittedLaw, type GraphLaw } from '../graph-law.ts'
import { fitFront, type GraphSearchOptions } from './graph-search.ts'
import { neighbourSums } from '../fit/neighbour-sums.ts'
import { findPoles } from '../fit/poles.ts'
import { refitLaw, sampleOf, targetsOf } from '../fit/refit.ts'
import { median } from '../fit/robust-fit.ts'
import { spatialBlocks } from '../fit/standard-errors.ts'

/** What laws are fitted to and chosen on. */
export interface LawData extends HaloGraph {
  /** One value per halo; only those of `train` and `validation` are read. */
  target: ArrayLike<number>
  train: Uint32Array
  /** Training halos held back for choosing among laws */
  validation: Uint32Array
}

/** Enough to distinguish laws that the search takes for equal. */
const fullerFit = { maxSteps: 60, smoothing: [0.5, 0.15, 0.05] } as const

/**
 * Fits the laws of a search again on more receivers: with noise, the few of the search may not show which of two is better.
 * @param receivers how many training halos they are fitted on
 */
export function refitFront(
  laws: readonly FittedLaw[],
  data: LawData,
  receivers: number,
  options: Pick<WorkOptions, 'signal' | 'threads'> & {
    seed: number
  } & Pick<GraphSearchOptions, 'weights' | 'maxComplexity' | 'allows'>
): Promise<FittedLaw[]> {
  const rows = sampleOf(data.train, receivers, new Random(options.seed).fork(3))
  const values = targetsOf(data.target, rows)
  const { fit } = graphFit(neighbourSums(data), rows, values, { ...options, ...fullerFit })
  return fitFront(
    laws.map(({ formula }) => formula),
    { ...options, fit, constantLoss: errorsOf(new Float64Array(rows.length).fill(median(values)), values).mean }
  )
}

/** A law that is chosen from a front and refitted. */
export interface LawChoice {
  law: FittedLaw
  /** Why it is chosen, a sentence; null where nothing beats a constant */
  reason: string | null
  /** The front with its errors on the validation halos */
  front: FittedLaw[]
}

/**
 * Chooses a law on the validation halos and refits it on all training halos; if no law beats a constant, the constant
 * is the law.
 */
export async function chooseLaw(
  front: readonly FittedLaw[],
  data: LawData,
  options: WorkOptions & { seed: number }
): Promise<LawChoice> {
  const { target, train, validation } = data
  const halos = Uint32Array.from([...train, ...validation]).sort()
  const refit = (law: GraphLaw): Promise<FittedLaw> => refitLaw(law, data, target, halos, { ...options, minStarts: 2 })
  const candidates = await evaluated(front, data, options)
  const evaluatedFront = candidates.map(({ law }) => law)
  for (let left = candidates; ;) {
    const choice = await choose(left, data, options.seed)
    if (!choice) {
      const middle = constant(median(targetsOf(target, halos)), 'C')
      return { law: await refit(composeLaw([], middle)), reason: null, front: evaluatedFront }
    }
    try {
      return { law: await refit(choice.candidate.law.formula), reason: choice.reason, front: evaluatedFront }
    } catch (cause) {
      // Finite on the halos of the search and not on all: the next law is tried.
      if (!(cause instanceof HalolawError && cause.code === 'bad-input')) throw cause
      left = left.filter((one) => one !== choice.candidate)
    }
  }
}

/** A law and its error on each validation halo. */
interface Candidate {
  law: FittedLaw & { validationMae: number }
  errors: Float64Array
}

async function evaluated(
  front: readonly FittedLaw[],
  data: LawData,
  { signal, threads }: WorkOptions
): Promise<Candidate[]> {
  const { target, validation } = data
  const values = targetsOf(target, validation)
  const candidates: Candidate[] = []
  for (const law of front) {
    const predicted = await evaluateLaw(law.formula, data, validation, { signal, threads })
    const errors = errorsOf(predicted, values)
    // A catalog that is too small has no validation halos; the error of the fit replaces theirs.
    const validationMae = validation.length > 0 ? errors.mean : law.trainMae
    candidates.push({ law: { ...law, validationMae }, errors: errors.each })
  }
  return candidates
}

function errorsOf(predicted: Float64Array, target: Float64Array): { each: Float64Array; mean: number } {
  const each = predicted.map((value, row) => Math.abs(value - target[row]))
  return { each, mean: each.reduce((sum, error) => sum + error / each.length, 0) }
}

/** Excess error that a simpler law may have without validation halos, as a share of the least error */
const tolerance = 0.02
/** Differences of error below this share of the target's own spread are rounding. */
const exact = 1e-7

/**
 * The simplest law whose validation error exceeds the least one by no more than a standard error of their difference (the rule
 * of Breiman et al. 1984, section 3.4.3, for errors paired halo by halo, in blocks of space); of these, if there is
 * one, the simplest without poles over the data and beyond.
 */
async function choose(
  candidates: readonly Candidate[],
  data: LawData,
  seed: number
): Promise<{ candidate: Candidate; reason: string } | undefined> {
  const { catalog, neighbours, target, train, validation } = data
  const finite = candidates.filter(({ law }) => Number.isFinite(law.validationMae))
  if (finite.length === 0) return undefined
  const best = finite.reduce((least, one) => (one.law.validationMae < least.law.validationMae ? one : least))
  const blocks = spatialBlocks(catalog, validation, neighbours.radius)
  const values = targetsOf(target, validation)
  const rounding =
    exact * errorsOf(new Float64Array(values.length).fill(values.length > 0 ? median(values) : 0), values).mean
  const good = finite.filter(({ law, errors }) => {
    const worse = law.validationMae - best.law.validationMae
    const allowed =
      validation.length > 0 ? standardError(errors, best.errors, blocks) : tolerance * best.law.validationMae
    return worse <= Math.max(rounding, allowed)
  })
  const graph = neighbourSums(data)
  const rows = sampleOf(train, 2000, new Random(seed))
  const halos = validation.length > 0 ? 'validation' : 'training'
  const near = validation.length > 0 ? 'a standard error' : '2 %'
  const because = (candidate: Candidate, passed: number): { candidate: Candidate; reason: string } => {
    const error = candidate.law.validationMae.toPrecision(3)
    const poles = passed === 1 ? 'a simpler one has' : `${passed} simpler ones have`
    const why =
      candidate === best
        ? `for the least error on ${halos} halos, ${error}; no simpler one comes within ${near} of it`
        : `as the simplest whose error on ${halos} halos, ${error}, is within ${near} of the least, ${best.law.validationMae.toPrecision(3)}`
    const but = candidate === best ? ' without a pole' : `; ${poles} a pole over the data or beyond`
    return { candidate, reason: `Chosen of ${candidates.length} laws ${why}${passed === 0 ? '' : but}.` }
  }
  for (const [passed, candidate] of good.entries()) {
    const { formula } = candidate.law
    const sums = (await graph.messages(formula.messages, rows, 'values')).map((message) => message.sums)
    if ((await findPoles(formula, graph, rows, sums, seed)).length === 0) return because(candidate, passed)
  }
  return because(good[0], 0)
}

/** Standard error of the mean of a - b, whose values are correlated within a block. */
function standardError(a: Float64Array, b: Float64Array, blocks: Uint32Array): number {
  const count = blocks.reduce((most, block) => Math.max(most, block + 1), 0)
  const mean = a.reduce((sum, value, row) => sum + (value - b[row]) / a.length, 0)
  const sums = new Float64Array(count)
  a.forEach((value, row) => (sums[blocks[row]] += value - b[row] - mean))
  const squares = sums.reduce((sum, value) => sum + value * value, 0)
  return count < 2 ? 0 : Math.sqrt((squares * count) / (count - 1)) / a.length
}
