import { Random } from '../random.ts'
import {
  call,
  constant,
  constantsOf,
  type Expression,
  type ComplexityWeights,
  mapExpression,
  paperWeights,
  type SearchControl,
  simplify,
  substitute,
  variable,
  variablesOf,
  walk
} from '../symbolic/index.ts'
import { throwIfCancelled, type WorkOptions } from '../work.ts'
import { shapeOf, type Fit, type Fitted } from './fit-journal.ts'
import { composeFormula, formulaComplexity } from './graph-formula.ts'
import type { GraphFormula } from './graph-formula.ts'
import { completions, cross, mergeConstants, mutate, type Vocabulary } from './mutate.ts'

/** A formula on the graph with its constants fitted, and its error on the halos it was fitted on. */
export interface Scored extends Fitted {
  complexity: number
}

export interface GraphSearchOptions extends Pick<WorkOptions, 'signal' | 'onProgress'> {
  seed: number
  vocabulary: Vocabulary
  /** Formulas that it says no to are not tried: those of another structure than a template's. */
  allows?: (formula: GraphFormula) => boolean
  /** Formulas above this complexity (message and node together) are not tried. */
  maxComplexity: number
  /** Error of the best constant: what a formula has to beat to be shown. */
  constantLoss: number
  /** How many formulas are fitted. A count and not a time, so that a seed gives the same formulas on any machine. */
  evaluations: number
  fit: Fit
  /** What operators, variables and constants cost at first; default: the paper's */
  weights?: ComplexityWeights
  /** Tells the search while it works what to try, and what complexity to go by. */
  control?: SearchControl<GraphFormula>
  /** What came of a guess; null: it cannot be fitted */
  onGuess?: (guess: GraphFormula, scored: Scored | null) => void
  /** The best so far, of all starts */
  onFront?: (front: Scored[]) => void
}

/**
 * Searches formulas through the sum itself: each candidate g(x_i, sum_j f(x_i, x_j)) is fitted to the target on the graph and
 * not to a network's message. Local search: a member of the front so far is changed in one place and refitted from where it
 * stood. Several searches start anew from the seeds, because one alone may settle on a form that nothing near it improves;
 * a last one goes on from all they found.
 * @returns the front: for each complexity the least loss, only those that beat every simpler one, simplest first.
 */
export function searchOnGraph(seeds: readonly GraphFormula[], options: GraphSearchOptions): Promise<Scored[]> {
  return new GraphSearch(seeds, options).run()
}

/** The front of formulas as they stand, nothing but their constants fitted. */
export async function fitFront(
  formulas: readonly GraphFormula[],
  options: Pick<GraphSearchOptions, 'fit' | 'weights' | 'maxComplexity' | 'constantLoss' | 'signal'>
): Promise<Scored[]> {
  const best = new Map<number, Scored>()
  for (const formula of formulas.map(tidy)) {
    const complexity = formulaComplexity(formula, options.weights)
    if (complexity > options.maxComplexity || !isSensible(formula)) continue
    throwIfCancelled(options.signal)
    const fitted = await options.fit(formula)
    if (fitted && Number.isFinite(fitted.loss)) keep(best, { ...fitted, complexity })
  }
  return shownOf(best, options)
}

/** The front as it is told: not too long, and without formulas that a constant beats. */
function shownOf(
  best: ReadonlyMap<number, Scored>,
  { maxComplexity, constantLoss }: Pick<GraphSearchOptions, 'maxComplexity' | 'constantLoss'>
): Scored[] {
  return frontOf(best).filter(({ complexity, loss }) => complexity <= maxComplexity && loss < constantLoss)
}

const freshStarts = 2
/** Longer formulas than asked for are tried too, by so much: a part often has to come before another proves needless. */
export const detour = 6

/** Best formula of each complexity */
type Best = Map<number, Scored>

class GraphSearch {
  private readonly options: GraphSearchOptions
  private readonly seeds: GraphFormula[]
  private readonly random: Random
  private readonly fits = new Map<string, Scored | null>()
  /** Of all starts that are over */
  private readonly found: Best = new Map()
  /** Of the present one */
  private best: Best = new Map()
  private completing: GraphFormula[] = []
  private weights: ComplexityWeights
  private steps = 0

  constructor(seeds: readonly GraphFormula[], options: GraphSearchOptions) {
    this.options = options
    this.seeds = [...seeds]
    this.random = new Random(options.seed)
    this.weights = options.weights ?? paperWeights
  }

  async run(): Promise<Scored[]> {
    const { evaluations } = this.options
    const share = Math.floor(evaluations / (freshStarts + 1))
    for (let start = 0; start <= freshStarts; start++) {
      const last = start === freshStarts
      this.best = last ? this.found : new Map()
      this.completing = []
      await this.climb(last ? evaluations : (start + 1) * share, this.random.fork(start))
      for (const scored of this.best.values()) keep(this.found, scored)
    }
    return shownOf(this.found, this.options)
  }

  /** Improves the best until `until` formulas have been fitted, those fitted before not counted again. */
  private async climb(until: number, random: Random): Promise<void> {
    const { evaluations, vocabulary } = this.options
    for (const seed of [...this.seeds]) {
      await this.listen(random)
      if (this.fits.size < until || this.fits.has(shapeOf(tidy(seed)))) await this.try(seed, random)
    }
    if (this.best.size === 0) return
    const ends = frontOf(this.best).slice(-4)
    this.completing.push(...random.shuffle(ends.flatMap(({ formula }) => completions(formula, vocabulary))))
    // Changes that are too long or were fitted before cost next to nothing, but must not go on for ever.
    for (let attempt = 0; this.fits.size < until && attempt < 50 * evaluations; attempt++) {
      await this.listen(random)
      const completion = random.uniform() < 0.5 ? this.completing.pop() : undefined
      if (completion) {
        await this.try(completion, random)
        continue
      }
      const front = frontOf(this.best)
      const parent = choose(front, random)
      const changed =
        random.uniform() < 0.1
          ? cross(parent.formula, choose(front, random).formula)
          : mutate(parent.formula, random, vocabulary)
      // Two changes at once get over a step that is of no use alone.
      await this.try(random.uniform() < 0.3 ? mutate(changed, random, vocabulary) : changed, random)
    }
  }

  /**
   * Fits a formula, unless its shape was fitted before, and keeps it where it is the best of its complexity.
   * @param asked by a person, who may have a reason for what looks senseless
   */
  private async try(candidate: GraphFormula, random: Random, asked = false): Promise<Scored | null> {
    const { options, best, fits } = this
    const formula = tidy(candidate)
    const complexity = formulaComplexity(formula, this.weights)
    if (complexity > options.maxComplexity + detour || !(asked || isSensible(formula))) return null
    if (options.allows?.(formula) === false) return null
    const key = shapeOf(formula)
    let scored = fits.get(key)
    if (scored === undefined) {
      throwIfCancelled(options.signal)
      const fitted = await options.fit(formula)
      scored = fitted && Number.isFinite(fitted.loss) ? { ...fitted, complexity } : null
      fits.set(key, scored)
      options.onProgress?.({
        fraction: Math.min(1, fits.size / options.evaluations),
        message: `Fitted ${fits.size} of ${options.evaluations} formulas on the graph`
      })
    }
    const least = Math.min(...[...best.values()].map(({ loss }) => loss))
    if (!scored || !keep(best, scored)) return scored
    // A clear step forward is first completed in the obvious ways, which chance may miss for long.
    if (scored.loss < 0.99 * least) this.completing = random.shuffle(completions(scored.formula, options.vocabulary))
    if (complexity <= options.maxComplexity) this.tellFront()
    return scored
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
        const scored = await this.try(guidance.guess, random, true)
        onGuess?.(guidance.guess, scored)
      }
    }
  }

  private reweigh(weights: ComplexityWeights): void {
    this.weights = weights
    const bests = new Set([this.best, this.found])
    for (const best of bests) best.clear()
    for (const [key, scored] of this.fits) {
      if (!scored) continue
      const again = { ...scored, complexity: formulaComplexity(scored.formula, weights) }
      this.fits.set(key, again)
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
function keep(best: Map<number, Scored>, scored: Scored): boolean {
  const held = best.get(scored.complexity)
  if (held && held.loss <= scored.loss) return false
  best.set(scored.complexity, scored)
  return true
}

function frontOf(best: ReadonlyMap<number, Scored>): Scored[] {
  const front: Scored[] = []
  for (const scored of [...best.values()].sort((a, b) => a.complexity - b.complexity))
    if (front.length === 0 || scored.loss < front[front.length - 1].loss) front.push(scored)
  return front
}

/** Mostly from the more accurate half of the front, where there is something to build on or to shorten. */
function choose(front: Scored[], random: Random): Scored {
  const fromEnd = Math.floor(random.uniform() ** 2 * front.length)
  return front[front.length - 1 - fromEnd]
}

/** Merges constants, simplifies, leaves out messages that the node does not use, and names the constants anew. */
export function tidy(formula: GraphFormula): GraphFormula {
  const clean = (e: Expression): Expression => mergeConstants(simplify(mergeConstants(e)))
  const node = clean(formula.node)
  const names = variablesOf(node)
  const used = formula.messages.map((_, k) => k).filter((k) => names.includes(`e${k + 1}`))
  const renamed = new Map(used.map((k, place) => [`e${k + 1}`, variable(`e${place + 1}`)]))
  return composeFormula(
    used.map((k) => clean(formula.messages[k])),
    substitute(node, renamed)
  )
}

/** Has a sum over neighbours that varies, a scale in every exponential, and no power of a power or the like. */
function isSensible(formula: GraphFormula): boolean {
  const used = variablesOf(formula.node)
  return (
    formula.messages.some((_, k) => used.includes(`e${k + 1}`)) &&
    formula.messages.every((message) => variablesOf(message).length > 0) &&
    [formula.node, ...formula.messages].every((part) => !isNested(part, false) && hasScales(part))
  )
}

/** exp(r) depends on the unit of r; exp(C r) does not. */
function hasScales(expression: Expression): boolean {
  let scaled = true
  walk(expression, (node) => {
    if (node.kind === 'call' && node.op === 'exp') scaled &&= constantsOf(node).length > 0
  })
  return scaled
}

/** Gives each exponential without a scale one that changes nothing at first. */
export function withScales(expression: Expression): Expression {
  return mapExpression(expression, (node) =>
    node.kind === 'call' && node.op === 'exp' && constantsOf(node).length === 0
      ? call('exp', call('*', constant(1, 'C'), node.args[0]))
      : node
  )
}

function isNested(e: Expression, insidePower: boolean): boolean {
  if (e.kind !== 'call') return false
  const steep = e.op === '^' || e.op === 'exp' || e.op === 'log'
  if (steep && insidePower) return true
  // exp(-(r / C)^C) is a window that physics knows; deeper nesting only imitates one.
  const next = insidePower || e.op === '^' || (e.op === 'exp' && !e.args.some(hasPowerOnly))
  return e.args.some((arg) => isNested(arg, next))
}

function hasPowerOnly(e: Expression): boolean {
  let power = false
  let other = false
  walk(e, (node) => {
    if (node.kind !== 'call') return
    power ||= node.op === '^'
    other ||= node.op === 'exp' || node.op === 'log'
  })
  return power && !other
}
