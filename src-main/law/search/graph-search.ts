import { Random } from '../../random.ts'
import { paperWeights, type ComplexityWeights, type SearchControl } from '../../symbolic/index.ts'
import { throwIfCancelled, type WorkOptions } from '../../work.ts'
import { lawShapeOf, type FitLaw, type LawFit } from '../fit/fit-journal.ts'
import { lawComplexity, type GraphLaw, type LawVocabulary } from '../graph-law.ts'
import { completions, crossLaws, mutateLaw } from './mutate.ts'
import { isSensible, tidy } from '../rewrite/tidy.ts'

/** A formula on the graph with its constants fitted, and its error on the halos it was fitted on. */
export interface ScoredLaw extends LawFit {
  complexity: number
}

export interface GraphSearchOptions extends Pick<WorkOptions, 'signal' | 'onProgress'> {
  seed: number
  vocabulary: LawVocabulary
  /** Formulas that it says no to are not tried: those of another structure than a template's. */
  allows?: (formula: GraphLaw) => boolean
  /** Formulas above this complexity (message and node together) are not tried. */
  maxComplexity: number
  /** Error of the best constant: what a formula has to beat to be shown. */
  constantLoss: number
  /** How many formulas are fitted. A count and not a time, so that a seed gives the same formulas on any machine. */
  evaluations: number
  fit: FitLaw
  /** Error of a formula with the constants it has. With it a shape is fitted anew where another start is better than what came of it. */
  lossAt?: (formula: GraphLaw) => Promise<number>
  /** What operators, variables and constants cost at first; default: the paper's */
  weights?: ComplexityWeights
  /** Tells the search while it works what to try, and what complexity to go by. */
  control?: SearchControl<GraphLaw>
  /** What came of a guess; null: it cannot be fitted */
  onGuess?: (guess: GraphLaw, scored: ScoredLaw | null) => void
  /** The best so far, of all starts */
  onFront?: (front: ScoredLaw[]) => void
}

/**
 * Searches formulas through the sum itself: each candidate g(x_i, sum_j f(x_i, x_j)) is fitted to the target on the graph and
 * not to a network's message. Local search: a member of the front so far is changed in one place and refitted from where it
 * stood. Several searches start anew from the seeds, because one alone may settle on a form that nothing near it improves;
 * a last one goes on from all they found.
 */
export function searchOnGraph(seeds: readonly GraphLaw[], options: GraphSearchOptions): Promise<SearchedFront> {
  return new GraphSearch(seeds, options).run()
}

export interface SearchedFront {
  /** For each complexity the least loss, only those that beat every simpler one, simplest first */
  front: ScoredLaw[]
  /** Further formulas that are nearly as good as one of the front that is no longer: more halos may prefer them */
  close: ScoredLaw[]
}

/** The front of formulas as they stand, nothing but their constants fitted. */
export async function fitFront(
  formulas: readonly GraphLaw[],
  options: Pick<GraphSearchOptions, 'fit' | 'weights' | 'maxComplexity' | 'constantLoss' | 'signal' | 'allows'>
): Promise<ScoredLaw[]> {
  const best = new Map<number, ScoredLaw>()
  const fits = formulas.map(async (one) => {
    const formula = tidy(one, { apart: options.allows !== undefined })
    const complexity = lawComplexity(formula, options.weights)
    if (complexity > options.maxComplexity || !isSensible(formula)) return null
    throwIfCancelled(options.signal)
    const fitted = await options.fit(formula)
    return fitted && Number.isFinite(fitted.loss) ? { ...fitted, complexity } : null
  })
  for (const scored of await Promise.all(fits)) if (scored) keep(best, scored)
  return shownOf(best, options)
}

/** The front as it is told: not too long, and without formulas that a constant beats. */
function shownOf(
  best: ReadonlyMap<number, ScoredLaw>,
  { maxComplexity, constantLoss }: Pick<GraphSearchOptions, 'maxComplexity' | 'constantLoss'>
): ScoredLaw[] {
  return frontOf(best).filter(({ complexity, loss }) => complexity <= maxComplexity && loss < constantLoss)
}

const freshStarts = 2
/** Longer formulas than asked for are tried too, by so much: a part often has to come before another proves needless. */
export const detour = 6
/** Formulas fitted at once: drawn from one state of the search, so that threads do not show in what it finds. */
const batch = 8
/** What counts as close, and how many of each complexity are told */
const nearlyAsGood = 1.03
const closeOnes = 4
/** Completions that wait at most; the oldest are given up. */
const mostCompletions = 400
/** Fits of one shape at most, each from a start that is better than what came of the one before */
const fitsOfShape = 5

/** Best formula of each complexity */
type Best = Map<number, ScoredLaw>

interface Candidate {
  formula: GraphLaw
  shape: string
  complexity: number
}

class GraphSearch {
  private readonly options: GraphSearchOptions
  private readonly seeds: GraphLaw[]
  private readonly random: Random
  /** By shape */
  private readonly fits = new Map<string, { best: ScoredLaw | null; count: number }>()
  private fitted = 0
  /** Of all starts that are over */
  private readonly found: Best = new Map()
  /** Of the present one */
  private best: Best = new Map()
  private completing: GraphLaw[] = []
  private weights: ComplexityWeights
  private steps = 0

  constructor(seeds: readonly GraphLaw[], options: GraphSearchOptions) {
    this.options = options
    this.seeds = [...seeds]
    this.random = new Random(options.seed)
    this.weights = options.weights ?? paperWeights
  }

  async run(): Promise<SearchedFront> {
    const { evaluations } = this.options
    const share = Math.floor(evaluations / (freshStarts + 1))
    for (let start = 0; start <= freshStarts; start++) {
      const last = start === freshStarts
      this.best = last ? this.found : new Map()
      this.completing = []
      await this.climb(last ? evaluations : (start + 1) * share, this.random.fork(start))
      for (const scored of this.best.values()) keep(this.found, scored)
    }
    const front = shownOf(this.found, this.options)
    return { front, close: this.closeTo(front) }
  }

  private closeTo(front: readonly ScoredLaw[]): ScoredLaw[] {
    const others = new Map<number, ScoredLaw[]>()
    for (const { best } of this.fits.values()) {
      if (!best || front.some(({ formula }) => formula === best.formula)) continue
      const rival = front.findLast(({ complexity }) => complexity <= best.complexity)
      if (!rival || best.complexity > this.options.maxComplexity || best.loss > nearlyAsGood * rival.loss) continue
      others.set(best.complexity, [...(others.get(best.complexity) ?? []), best])
    }
    return [...others.values()].flatMap((some) => some.sort((a, b) => a.loss - b.loss).slice(0, closeOnes))
  }

  /** Improves the best until `until` formulas have been fitted. */
  private async climb(until: number, random: Random): Promise<void> {
    const { evaluations } = this.options
    for (let place = 0; place < this.seeds.length;) {
      await this.listen(random)
      const some = new Map<string, Candidate>()
      for (; place < this.seeds.length && some.size < batch; place++) {
        const candidate = this.candidateOf(this.seeds[place])
        if (candidate && (this.fitted + some.size < until || this.fits.has(candidate.shape)))
          some.set(candidate.shape, candidate)
      }
      await this.try([...some.values()], random)
    }
    if (this.best.size === 0) return
    const ends = frontOf(this.best).slice(-4)
    for (const { formula } of ends) this.complete(formula, random)
    // Changes that are too long or were fitted before cost next to nothing, but must not go on for ever.
    for (let attempts = 50 * evaluations; this.fitted < until && attempts > 0;) {
      await this.listen(random)
      const some = new Map<string, Candidate>()
      for (const least = Math.min(batch, until - this.fitted); some.size < least && attempts > 0; attempts--) {
        const candidate = this.candidateOf(this.propose(random))
        if (candidate) some.set(candidate.shape, candidate)
      }
      await this.try([...some.values()], random)
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
    // Two changes at once get over a step that is of no use alone.
    return random.uniform() < 0.3 ? mutateLaw(changed, random, vocabulary) : changed
  }

  /**
   * The formula as it is fitted; null where there is no use in that.
   * @param asked by a person, who may have a reason for what looks senseless
   */
  private candidateOf(proposed: GraphLaw, asked = false): Candidate | null {
    const { maxComplexity, allows, lossAt } = this.options
    // A template tells what message and node are each a function of: nothing goes from one to the other.
    const formula = tidy(proposed, { apart: allows !== undefined })
    const complexity = lawComplexity(formula, this.weights)
    if (complexity > maxComplexity + detour || !(asked || isSensible(formula))) return null
    if (allows?.(formula) === false) return null
    const shape = lawShapeOf(formula)
    const known = this.fits.get(shape)
    // What was found in an earlier start is taken up at no cost.
    const isNew = !known || (known.best !== null && this.isBetter(known.best)) || (lossAt && known.count < fitsOfShape)
    return isNew || asked ? { formula, shape, complexity } : null
  }

  /** Fits formulas, each of another shape, and keeps those that are the best of their complexity. */
  private async try(candidates: readonly Candidate[], random: Random): Promise<(ScoredLaw | null)[]> {
    throwIfCancelled(this.options.signal)
    const fitted = await Promise.all(candidates.map((candidate) => this.fit(candidate)))
    fitted.forEach((scored) => this.take(scored, random))
    return fitted
  }

  private async fit({ formula, shape, complexity }: Candidate): Promise<ScoredLaw | null> {
    const { fit, lossAt, onProgress, evaluations } = this.options
    const known = this.fits.get(shape)
    if (known) {
      if (!lossAt || known.count >= fitsOfShape) return known.best
      const start = await lossAt(formula)
      if (!(start < 0.999 * (known.best?.loss ?? Infinity))) return known.best
    }
    const outcome = await fit(formula)
    const scored = outcome && Number.isFinite(outcome.loss) ? this.shortened({ ...outcome, complexity }) : null
    const best = known?.best && !(scored && scored.loss < known.best.loss) ? known.best : scored
    this.fits.set(shape, { best, count: (known?.count ?? 0) + 1 })
    this.fitted++
    onProgress?.({
      fraction: Math.min(1, this.fitted / evaluations),
      message: `Fitted ${this.fitted} of ${evaluations} formulas on the graph`
    })
    return best
  }

  /** Constants that were 0 or 1 at first may stand for others once they are fitted. */
  private shortened(scored: ScoredLaw): ScoredLaw {
    const formula = tidy(scored.formula, { apart: this.options.allows !== undefined })
    const complexity = lawComplexity(formula, this.weights)
    return complexity < scored.complexity ? { formula, loss: scored.loss, complexity } : scored
  }

  private take(scored: ScoredLaw | null, random: Random): void {
    const { maxComplexity } = this.options
    if (!scored) return
    const simpler = [...this.best.values()].filter(({ complexity }) => complexity <= scored.complexity)
    const least = Math.min(...simpler.map(({ loss }) => loss))
    if (!keep(this.best, scored)) return
    // A clear step forward, among formulas no longer than it, is first completed in the obvious ways, which chance may miss for long.
    if (scored.loss < 0.99 * least) this.complete(scored.formula, random)
    if (scored.complexity <= maxComplexity) this.tellFront()
  }

  /** Those of the latest step come first. */
  private complete(formula: GraphLaw, random: Random): void {
    const next = random.shuffle(completions(formula, this.options.vocabulary))
    this.completing = [...this.completing, ...next].slice(-mostCompletions)
  }

  private isBetter({ complexity, loss }: ScoredLaw): boolean {
    return loss < (this.best.get(complexity)?.loss ?? Infinity)
  }

  /** Takes up what the search was told since the step before. */
  private async listen(random: Random): Promise<void> {
    const { control, signal, onGuess } = this.options
    if (!control) return
    for (const guidance of await control.due(this.steps++, signal)) {
      if ('weights' in guidance) this.reweigh(guidance.weights)
      else {
        // A seed from now on, so that no later start forgets it.
        this.seeds.push(guidance.guess)
        const candidate = this.candidateOf(guidance.guess, true)
        const [scored = null] = await this.try(candidate ? [candidate] : [], random)
        onGuess?.(guidance.guess, scored)
      }
    }
  }

  private reweigh(weights: ComplexityWeights): void {
    this.weights = weights
    const bests = new Set([this.best, this.found])
    for (const best of bests) best.clear()
    for (const known of this.fits.values()) {
      if (!known.best) continue
      const again = { ...known.best, complexity: lawComplexity(known.best.formula, weights) }
      known.best = again
      if (again.complexity <= this.options.maxComplexity + detour) for (const best of bests) keep(best, again)
    }
    this.tellFront()
  }

  private tellFront(): void {
    if (!this.options.onFront) return
    const all = new Map(this.found)
    for (const scored of this.best.values()) keep(all, scored)
    this.options.onFront(shownOf(all, this.options))
  }
}

/** Keeps a formula that is the best of its complexity. */
function keep(best: Map<number, ScoredLaw>, scored: ScoredLaw): boolean {
  const held = best.get(scored.complexity)
  if (held && held.loss <= scored.loss) return false
  best.set(scored.complexity, scored)
  return true
}

function frontOf(best: ReadonlyMap<number, ScoredLaw>): ScoredLaw[] {
  const front: ScoredLaw[] = []
  for (const scored of [...best.values()].sort((a, b) => a.complexity - b.complexity))
    if (front.length === 0 || scored.loss < front[front.length - 1].loss) front.push(scored)
  return front
}

/** Mostly from the more accurate half of the front, where there is something to build on or to shorten. */
function choose(front: ScoredLaw[], random: Random): ScoredLaw {
  const fromEnd = Math.floor(random.uniform() ** 2 * front.length)
  return front[front.length - 1 - fromEnd]
}
