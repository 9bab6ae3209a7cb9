import { Random } from '../../random.ts'
import { paperWeights, type ComplexityWeights, type SearchControl, type TraceSink } from '../../symbolic/index.ts'
import { throwIfCancelled, type WorkOptions } from '../../work.ts'
import type { FitScore } from '../fit/robust-fit.ts'
import {
  composeLaw,
  fittedLaw,
  lawComplexity,
  type FittedLaw,
  type GraphLaw,
  type LawVocabulary
} from '../graph-law.ts'
import { GraphTracer } from './graph-trace.ts'
import { choose, frontOf, keep, shownOf, type FrontOptions } from './law-front.ts'
import { completions, crossLaws, mutateLaw } from './mutate.ts'
import { spellingOf } from '../rewrite/spelling.ts'
import { isSensible, tidy } from '../rewrite/tidy.ts'

export interface GraphSearchOptions extends FrontOptions, Pick<WorkOptions, 'onProgress'> {
  seed: number
  vocabulary: LawVocabulary
  /** How many fits the search makes. A count and not a time, so that a seed gives the same laws on any machine. */
  evaluations: number
  /** Error of a law with its present constants. With it, a shape is fitted again from a start that is better than its best fit. */
  lossAt?: (formula: GraphLaw) => Promise<number>
  /** With it, the completions of a law are fitted in the order of what they promise, and those that promise nothing are not. */
  score?: (formula: GraphLaw) => Promise<FitScore | null>
  /** Whether a law has finite values on further halos, beyond those of its fit: a power of a sum may not. Others stay off the front. */
  isFinite?: (formula: GraphLaw) => Promise<boolean>
  /** Guides the search while it works: laws to try, other complexity weights */
  control?: SearchControl<GraphLaw>
  /** Reports the fit of a guess; null: it cannot be fitted */
  onGuess?: (guess: GraphLaw, scored: FittedLaw | null) => void
  /** Reports the front so far, of all starts */
  onFront?: (front: FittedLaw[]) => void
  /** Receives the events of the search: each fit, changes of the front, guidance. Tracing changes no result. */
  onTrace?: TraceSink
}

/**
 * Searches laws through the sum itself: each candidate g(x_i, sum_j f(x_i, x_j)) is fitted to the target on the graph and
 * not to a network's message. It is a local search: it changes a member of the front in one place and refits it from its
 * present constants. Several searches start from the seeds, because one alone may settle on a form that no change near it
 * improves; a last one continues from all they found.
 */
export function searchOnGraph(seeds: readonly GraphLaw[], options: GraphSearchOptions): Promise<SearchedFront> {
  return new GraphSearch(seeds, options).run()
}

export interface SearchedFront {
  /** The law of least error of each complexity, if it beats every simpler one; simplest first */
  front: FittedLaw[]
  /** Further laws, nearly as good as a law of the front of at most their complexity: on more halos they may be better */
  close: FittedLaw[]
  /** Every law that was fitted, in the order of the fits, each form once with its best constants */
  laws: FittedLaw[]
}

const freshStarts = 2
/**
 * How far a candidate may exceed the largest complexity, because a part must often be added before another proves
 * needless.
 */
export const detour = 6
/** Candidates fitted at once: all drawn from one state of the search, so that its result does not depend on threads. */
const batch = 8
/** Which error counts as close, and how many close laws of each complexity are reported */
const nearlyAsGood = 1.03
const closeOnes = 4
/** Completions that wait at most, and those of one law; the oldest are dropped. */
const mostCompletions = 400
const completionsOfLaw = 40
/** A law is completed when its error is this share of that of all simpler ones, and the search is not idle at the second one. */
const clearly = 0.995
const stirring = 0.999
/** Completions that are scored for each fit at most, so that scores do not take longer than fits */
const scoresPerFit = 12
/** After so many fits without a better law the most accurate law of the front that was not completed yet is. */
const patience = 60
/** Predicted error of a completion, as a share of the error to beat, up to which it is fitted: one step predicts too little gain. */
const promising = 1.005
/** Fits of one shape at most, each from a better start than the best fit so far */
const fitsOfShape = 5

/** Best law of each complexity */
type Best = Map<number, FittedLaw>

/** The best fit of a shape, and how many fits it had */
interface ShapeFits {
  best: FittedLaw | null
  count: number
}

interface Candidate {
  formula: GraphLaw
  shape: string
  complexity: number
  /** Error that the fit has to beat; undefined: the law is fitted to its end in any case */
  goal?: number
}

class GraphSearch {
  private readonly options: GraphSearchOptions
  private readonly seeds: GraphLaw[]
  private readonly random: Random
  /** By shape */
  private readonly fits = new Map<string, ShapeFits>()
  private fitted = 0
  /** Of all finished starts */
  private readonly overall: Best = new Map()
  /** Of the current start */
  private best: Best = new Map()
  private completing: GraphLaw[] = []
  /** Laws whose completions are to be scored */
  private toComplete: FittedLaw[] = []
  private weights: ComplexityWeights
  private steps = 0
  private readonly soundness = new WeakMap<FittedLaw, boolean>()
  /** Laws whose completions were scored */
  private completed = new WeakSet<FittedLaw>()
  /** Completions scored so far */
  private scored = 0
  /** Fits since the front last changed */
  private idle = 0
  private readonly tracer: GraphTracer | null

  constructor(seeds: readonly GraphLaw[], options: GraphSearchOptions) {
    this.options = options
    this.seeds = [...seeds]
    this.random = new Random(options.seed)
    this.weights = options.weights ?? paperWeights
    this.tracer = options.onTrace ? new GraphTracer(options.onTrace, options.seed) : null
  }

  async run(): Promise<SearchedFront> {
    const { evaluations } = this.options
    const share = Math.floor(evaluations / (freshStarts + 1))
    for (let start = 0; start <= freshStarts; start++) {
      const last = start === freshStarts
      if (start > 0) this.tracer?.restart(last ? 'front' : 'seeds')
      this.best = last ? this.overall : new Map()
      this.completing = []
      this.completed = new WeakSet()
      this.idle = 0
      await this.climb(last ? evaluations : (start + 1) * share, this.random.fork(start))
      for (const scored of this.best.values()) keep(this.overall, scored)
    }
    const front = shownOf(this.overall, this.options)
    this.tracer?.finish(this.fitted, front)
    const laws = [...this.fits.values()].flatMap(({ best }) => (best ? [best] : []))
    return { front, close: this.closeTo(front), laws }
  }

  private closeTo(front: readonly FittedLaw[]): FittedLaw[] {
    const others = new Map<number, FittedLaw[]>()
    for (const { best } of this.fits.values()) {
      if (!best || front.some(({ formula }) => formula === best.formula)) continue
      const rival = front.findLast(({ complexity }) => complexity <= best.complexity)
      if (!rival || best.complexity > this.options.maxComplexity || best.trainMae > nearlyAsGood * rival.trainMae)
        continue
      others.set(best.complexity, [...(others.get(best.complexity) ?? []), best])
    }
    return [...others.values()].flatMap((some) => some.sort((a, b) => a.trainMae - b.trainMae).slice(0, closeOnes))
  }

  /** Improves the best laws until `until` fits are made. */
  private async climb(until: number, random: Random): Promise<void> {
    const { evaluations } = this.options
    for (let place = 0; place < this.seeds.length;) {
      await this.takeGuidance()
      const some = new Map<string, Candidate>()
      for (; place < this.seeds.length && some.size < batch; place++) {
        const candidate = this.candidateOf(this.seeds[place])
        if (candidate && (this.fitted + some.size < until || this.fits.has(candidate.shape)))
          some.set(candidate.shape, candidate)
      }
      await this.try([...some.values()])
    }
    if (this.best.size === 0) return
    const ends = frontOf(this.best).slice(-4)
    this.toComplete.push(...ends)
    // Changes that are too long or fitted already cost next to nothing; the limit ends a loop that finds no others.
    for (let attempts = 50 * evaluations; this.fitted < until && attempts > 0;) {
      await this.takeGuidance()
      await this.complete(random)
      const some = new Map<string, Candidate>()
      for (const least = Math.min(batch, until - this.fitted); some.size < least && attempts > 0; attempts--) {
        const candidate = this.candidateOf(this.propose(random))
        if (candidate) some.set(candidate.shape, { ...candidate, goal: this.leastUpTo(candidate.complexity) })
      }
      await this.try([...some.values()])
    }
  }

  private propose(random: Random): GraphLaw {
    const completion = random.uniform() < 0.5 ? this.completing.pop() : undefined
    if (completion) return completion
    const { vocabulary } = this.options
    const front = frontOf(this.best)
    const parent = choose(front, random).formula
    const changed =
      random.uniform() < 0.1 ? crossLaws(parent, choose(front, random).formula) : mutateLaw(parent, random, vocabulary)
    // Two changes at once pass a step that is useless alone.
    return random.uniform() < 0.3 ? mutateLaw(changed, random, vocabulary) : changed
  }

  /**
   * The law in the form that is fitted; null where a fit is useless. A person may have a reason for a guess that looks
   * useless.
   */
  private candidateOf(proposed: GraphLaw, source: 'search' | 'person' = 'search'): Candidate | null {
    const { maxComplexity, allows, lossAt } = this.options
    // A template fixes what message and node are each a function of: no factor may move from one to the other.
    const formula = tidy(proposed, { apart: allows !== undefined })
    const complexity = lawComplexity(formula, this.weights)
    if (complexity > maxComplexity + detour || (source === 'search' && !isSensible(formula))) return null
    if (allows?.(formula) === false) return null
    const shape = spellingOf(formula)
    const known = this.fits.get(shape)
    // Reuses a fit of an earlier start at no cost.
    const isNew = !known || (known.best !== null && this.isBetter(known.best)) || (lossAt && known.count < fitsOfShape)
    return isNew || source === 'person' ? { formula, shape, complexity } : null
  }

  /** Fits candidates, each of another shape, and keeps the best of each complexity. */
  private async try(candidates: readonly Candidate[]): Promise<(FittedLaw | null)[]> {
    throwIfCancelled(this.options.signal)
    // Recorded in the order of the candidates and not of their ends, which differs from run to run.
    const fits = await Promise.all(candidates.map((candidate) => this.fit(candidate)))
    fits.forEach((fit, k) => this.fits.set(candidates[k].shape, fit))
    const fitted = fits.map(({ best }) => best)
    const sound = await Promise.all(fitted.map((scored) => this.isSound(scored)))
    fitted.forEach((scored, k) => sound[k] && this.take(scored))
    this.tracer?.endRound(this.fitted)
    return fitted
  }

  private async fit({ formula, shape, complexity, goal }: Candidate): Promise<ShapeFits> {
    const { fit, lossAt, onProgress, evaluations } = this.options
    const known = this.fits.get(shape)
    if (known) {
      if (!lossAt || known.count >= fitsOfShape) return known
      const start = await lossAt(formula)
      if (!(start < 0.999 * (known.best?.trainMae ?? Infinity))) return known
    }
    const outcome = await fit(formula, goal)
    const scored = outcome && Number.isFinite(outcome.trainMae) ? this.shortened({ ...outcome, complexity }) : null
    const best = known?.best && !(scored && scored.trainMae < known.best.trainMae) ? known.best : scored
    this.fitted++
    this.tracer?.fit(formula, complexity, scored)
    onProgress?.({
      fraction: Math.min(1, this.fitted / evaluations),
      message: `Fitted ${this.fitted} of ${evaluations} laws on the graph`
    })
    return { best, count: (known?.count ?? 0) + 1 }
  }

  /** A constant that starts at 0 or 1 may, once fitted, also replace another one. */
  private shortened(scored: FittedLaw): FittedLaw {
    const formula = tidy(scored.formula, { apart: this.options.allows !== undefined })
    const complexity = lawComplexity(formula, this.weights)
    return complexity < scored.complexity ? fittedLaw(formula, scored.trainMae, this.weights) : scored
  }

  /** False for a law that would come onto the front and is not finite beyond the halos of its fit */
  private async isSound(scored: FittedLaw | null): Promise<boolean> {
    const { isFinite } = this.options
    if (!scored || !isFinite || !this.isBetter(scored)) return true
    const known = this.soundness.get(scored)
    const sound = known ?? (await isFinite(scored.formula))
    this.soundness.set(scored, sound)
    return sound
  }

  private take(scored: FittedLaw | null): void {
    const { maxComplexity } = this.options
    if (!scored) return
    const least = this.leastUpTo(scored.complexity)
    this.idle++
    if (!keep(this.best, scored)) return
    if (scored.trainMae < stirring * least) this.idle = 0
    // A law that clearly improves on all simpler ones is completed in the obvious ways first, which chance may miss for long.
    if (scored.trainMae < clearly * least) this.toComplete.push(scored)
    if (scored.complexity <= maxComplexity) this.reportFront()
  }

  /** Error of the best law of at most this complexity */
  private leastUpTo(most: number): number {
    const simpler = [...this.best.values()].filter(({ complexity }) => complexity <= most)
    return Math.min(...simpler.map(({ trainMae }) => trainMae))
  }

  /** Puts the completions of the latest good laws before all others, the most promising first. */
  private async complete(random: Random): Promise<void> {
    const { vocabulary, score } = this.options
    const laws = this.scored > scoresPerFit * (this.fitted + batch) ? [] : this.toComplete.splice(0)
    if (this.idle > patience && laws.length === 0) {
      const next = frontOf(this.best).findLast((law) => !this.completed.has(law))
      if (next) laws.push(next)
      this.idle = 0
    }
    for (const law of laws) this.completed.add(law)
    for (const law of laws) {
      const next = random.shuffle(completions(law.formula, vocabulary))
      const ordered = score ? await this.mostPromising(law, next, score) : next
      this.completing = [...this.completing, ...ordered].slice(-mostCompletions)
    }
  }

  /** The laws whose predicted error may be below that of the front at their complexity, the best last. */
  private async mostPromising(
    parent: FittedLaw,
    laws: readonly GraphLaw[],
    score: NonNullable<GraphSearchOptions['score']>
  ): Promise<GraphLaw[]> {
    const { maxComplexity } = this.options
    this.scored += laws.length
    const base = await score(parent.formula)
    const share = base ? parent.trainMae / base.predicted : NaN
    // Scored as they are, because tidying takes longer than scoring; their complexity is at least that of the tidied law.
    const scored = await Promise.all(
      laws.map(async ({ messages, node }) => {
        const law = composeLaw(messages, node)
        const complexity = lawComplexity(law, this.weights)
        const promise = complexity > maxComplexity + detour ? null : await score(law)
        return { law, ratio: promise ? (share * promise.predicted) / this.leastUpTo(complexity) : Infinity }
      })
    )
    throwIfCancelled(this.options.signal)
    const promisingOnes = scored
      .filter(({ ratio }) => ratio < promising)
      .sort((a, b) => a.ratio - b.ratio)
      .slice(0, 2 * completionsOfLaw)
    const candidates = new Map<string, Candidate>()
    for (const { law } of promisingOnes) {
      const candidate = this.candidateOf(law)
      if (candidate && !candidates.has(candidate.shape)) candidates.set(candidate.shape, candidate)
    }
    const ordered = [...candidates.values()].slice(0, completionsOfLaw)
    return ordered.reverse().map(({ formula }) => formula)
  }

  private isBetter({ complexity, trainMae }: FittedLaw): boolean {
    return trainMae < (this.best.get(complexity)?.trainMae ?? Infinity)
  }

  /** Applies the guidance that came since the last step. */
  private async takeGuidance(): Promise<void> {
    const { control, signal, onGuess } = this.options
    if (!control) return
    for (const guidance of await control.due(this.steps++, signal)) {
      this.tracer?.guidance(guidance)
      if ('weights' in guidance) this.reweigh(guidance.weights)
      else {
        // A guess becomes a seed, so that every later start tries it.
        this.seeds.push(guidance.guess)
        const candidate = this.candidateOf(guidance.guess, 'person')
        const [scored = null] = await this.try(candidate ? [candidate] : [])
        onGuess?.(guidance.guess, scored)
      }
    }
  }

  private reweigh(weights: ComplexityWeights): void {
    this.weights = weights
    const bests = new Set([this.best, this.overall])
    for (const best of bests) best.clear()
    for (const known of this.fits.values()) {
      if (!known.best) continue
      const again = { ...known.best, complexity: lawComplexity(known.best.formula, weights) }
      known.best = again
      if (again.complexity <= this.options.maxComplexity + detour) for (const best of bests) keep(best, again)
    }
    this.reportFront()
  }

  private reportFront(): void {
    const { onFront } = this.options
    if (!onFront && !this.tracer) return
    const all = new Map(this.overall)
    for (const scored of this.best.values()) keep(all, scored)
    const front = shownOf(all, this.options)
    this.tracer?.update(front)
    onFront?.(front)
  }
}
