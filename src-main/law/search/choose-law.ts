import { HalolawError } from '../../../src-shared/errors.ts'
import type { HaloGraph } from '../../graph/halo-graph.ts'
import { Random } from '../../random.ts'
import { constant } from '../../symbolic/index.ts'
import type { WorkOptions } from '../../work.ts'
import { evaluateLaw, isFiniteOn } from '../fit/evaluate-law.ts'
import { graphFit } from '../fit/graph-fit.ts'
import { composeLaw, type FittedLaw, type GraphLaw } from '../graph-law.ts'
import { fitLaws, lawFront, type FrontOptions } from './law-front.ts'
import { neighbourSums } from '../fit/neighbour-sums.ts'
import { findPoles } from '../fit/poles.ts'
import { improveLaw, refitLaw, sampleOf, targetsOf } from '../fit/refit.ts'
import { errorOfMedian, median } from '../fit/robust-fit.ts'
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
 * @returns those with finite predictions, in their order
 */
export function refitLaws(
  laws: readonly FittedLaw[],
  data: LawData,
  receivers: number,
  options: Pick<WorkOptions, 'signal' | 'threads'> & {
    seed: number
  } & Pick<FrontOptions, 'weights' | 'maxComplexity' | 'allows'>
): Promise<FittedLaw[]> {
  const rows = sampleOf(data.train, receivers, new Random(options.seed).fork(3))
  const values = targetsOf(data.target, rows)
  const { fit } = graphFit(neighbourSums(data), rows, values, { ...options, ...fullerFit })
  return fitLaws(
    laws.map(({ formula }) => formula),
    { ...options, fit, constantLoss: errorOfMedian(values) }
  )
}

/** A law that is chosen and refitted. */
export interface LawChoice {
  law: FittedLaw
  /** Why it is chosen, a sentence; null where nothing beats a constant */
  reason: string | null
}

/** How a law is chosen: the simplest within a standard error of the best, or the one of least error */
export type ChoiceRule = 'simplest' | 'best'

/** Chooses among laws by their errors on the validation halos. */
export class LawJudge {
  private readonly data: LawData
  private readonly options: WorkOptions & { seed: number }
  private readonly candidates: readonly Candidate[]
  /** All training halos, those for validation included */
  private readonly halos: Uint32Array
  private readonly refits = new Map<Candidate, Promise<FittedLaw | null>>()

  private constructor(candidates: readonly Candidate[], data: LawData, options: WorkOptions & { seed: number }) {
    this.candidates = candidates
    this.data = data
    this.options = options
    this.halos = Uint32Array.from([...data.train, ...data.validation]).sort()
  }

  /** Evaluates laws on the validation halos; those that are not finite on every training halo are left out. */
  static async of(
    laws: readonly FittedLaw[],
    data: LawData,
    options: WorkOptions & { seed: number }
  ): Promise<LawJudge> {
    return new LawJudge(await evaluated(laws, data, options), data, options)
  }

  /** The laws with their errors on the validation halos */
  get laws(): FittedLaw[] {
    return this.candidates.map(({ law }) => law)
  }

  /** Those of the laws that are better on the training halos than every simpler one, simplest first */
  get front(): FittedLaw[] {
    return lawFront(this.laws)
  }

  /**
   * Chooses a law and refits it on all training halos, those for validation included; if no law beats a constant, the constant
   * is the law. The simplest is a law of the front.
   * @param most complexity that the law may have; default: any
   */
  async choose(rule: ChoiceRule, most = Infinity): Promise<LawChoice> {
    const { data, options } = this
    const front = new Set(rule === 'simplest' ? this.front : this.laws)
    let left = this.candidates.filter(({ law }) => front.has(law) && law.complexity <= most)
    for (;;) {
      const choice = await choose(left, data, { rule, seed: options.seed })
      if (!choice) return { law: await this.constant(), reason: null }
      const law = await this.refit(choice.candidate)
      if (law) return { law, reason: choice.reason }
      // Finite on the halos of the search and not on all: the next law is tried.
      left = left.filter((one) => one !== choice.candidate)
    }
  }

  /**
   * For each number of constants the law of least validation error, its constants improved by a few steps on all training halos.
   * @returns the refitted laws by the laws as judged
   */
  async bestByConstants(): Promise<Map<FittedLaw, FittedLaw>> {
    const best = new Map<number, Candidate>()
    for (const candidate of this.candidates) {
      const { constants, validationMae } = candidate.law
      if (validationMae < (best.get(constants.length)?.law.validationMae ?? Infinity))
        best.set(constants.length, candidate)
    }
    const refitted = new Map<FittedLaw, FittedLaw>()
    for (const candidate of best.values()) {
      const law = await this.improve(candidate)
      if (law) refitted.set(candidate.law, law)
    }
    return refitted
  }

  /** From the constants of the fit on fewer halos, which are close; null where the law is not finite on all training halos */
  private async improve(candidate: Candidate): Promise<FittedLaw | null> {
    const known = await this.refits.get(candidate)
    if (known) return known
    return improveLaw(candidate.law.formula, this.data, this.data.target, this.halos, this.options)
  }

  /** Null where the law is not finite on all training halos */
  private refit(candidate: Candidate): Promise<FittedLaw | null> {
    const known = this.refits.get(candidate)
    if (known) return known
    const refit = this.refitted(candidate.law.formula).catch((cause: unknown) => {
      if (cause instanceof HalolawError && cause.code === 'bad-input') return null
      throw cause
    })
    this.refits.set(candidate, refit)
    return refit
  }

  private constant(): Promise<FittedLaw> {
    return this.refitted(composeLaw([], constant(median(targetsOf(this.data.target, this.halos)), 'C')))
  }

  private refitted(law: GraphLaw): Promise<FittedLaw> {
    return refitLaw(law, this.data, this.data.target, this.halos, { ...this.options, minStarts: 2 })
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
  const { target, train, validation } = data
  const values = targetsOf(target, validation)
  const candidates: Candidate[] = []
  for (const law of front) {
    // A power of a sum may be finite on the halos of a fit and not on all: such a law is none.
    if (!(await isFiniteOn(law.formula, data, train, { signal, threads }))) continue
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
 * of Breiman et al. 1984, section 3.4.3, for errors paired halo by halo, in blocks of space), or of these laws the one of
 * least error; if there is one, without poles over the data and beyond.
 */
async function choose(
  candidates: readonly Candidate[],
  data: LawData,
  { rule, seed }: { rule: ChoiceRule; seed: number }
): Promise<{ candidate: Candidate; reason: string } | undefined> {
  const { train, validation } = data
  const finite = candidates.filter(({ law }) => Number.isFinite(law.validationMae))
  if (finite.length === 0) return undefined
  const best = finite.reduce((least, one) => (one.law.validationMae < least.law.validationMae ? one : least))
  const good = asGoodAs(best, finite, data).sort((a, b) =>
    rule === 'simplest' ? a.law.complexity - b.law.complexity : a.law.validationMae - b.law.validationMae
  )
  const graph = neighbourSums(data)
  const rows = sampleOf(train, 2000, new Random(seed))
  const because = (candidate: Candidate, passed: number): { candidate: Candidate; reason: string } => ({
    candidate,
    reason: reasonOf(candidate, best, { rule, passed, count: candidates.length, validated: validation.length > 0 })
  })
  for (const [passed, candidate] of good.entries()) {
    const { formula } = candidate.law
    const sums = (await graph.messages(formula.messages, rows, 'values')).map((message) => message.sums)
    if ((await findPoles(formula, graph, rows, sums, seed)).length === 0) return because(candidate, passed)
  }
  return because(good[0], 0)
}

/** The laws whose error is within a standard error of the best one's. */
function asGoodAs(best: Candidate, candidates: readonly Candidate[], data: LawData): Candidate[] {
  const { catalog, neighbours, target, validation } = data
  const blocks = spatialBlocks(catalog, validation, neighbours.radius)
  const values = targetsOf(target, validation)
  const rounding =
    exact * errorsOf(new Float64Array(values.length).fill(values.length > 0 ? median(values) : 0), values).mean
  return candidates.filter(({ law, errors }) => {
    const worse = law.validationMae - best.law.validationMae
    const allowed =
      validation.length > 0 ? standardError(errors, best.errors, blocks) : tolerance * best.law.validationMae
    return worse <= Math.max(rounding, allowed)
  })
}

/** @param passed laws that the rule prefers and that have poles */
function reasonOf(
  candidate: Candidate,
  best: Candidate,
  { rule, passed, count, validated }: { rule: ChoiceRule; passed: number; count: number; validated: boolean }
): string {
  const halos = validated ? 'validation' : 'training'
  const near = validated ? 'a standard error' : '2 %'
  const error = candidate.law.validationMae.toPrecision(3)
  const least = best.law.validationMae.toPrecision(3)
  if (rule === 'best') {
    const but = passed === 0 ? '' : `; ${passed === 1 ? 'a better one has' : `${passed} better ones have`} a pole`
    return `Of ${count} laws the one of least error on ${halos} halos, ${error}${but}.`
  }
  const poles = passed === 1 ? 'a simpler one has' : `${passed} simpler ones have`
  const why =
    candidate === best
      ? `for the least error on ${halos} halos, ${error}; no simpler one comes within ${near} of it`
      : `as the simplest whose error on ${halos} halos, ${error}, is within ${near} of the least, ${least}`
  const but = candidate === best ? ' without a pole' : `; ${poles} a pole over the data or beyond`
  return `Chosen of ${count} laws ${why}${passed === 0 ? '' : but}.`
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
