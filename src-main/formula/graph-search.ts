import { Random } from '../random.ts'
import {
  call,
  constant,
  constantsOf,
  type Expression,
  mapExpression,
  simplify,
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
  /** Formulas above this complexity (message and node together) are not tried. */
  maxComplexity: number
  /** Error of the best constant: what a formula has to beat to be shown. */
  constantLoss: number
  /** How many formulas are fitted. A count and not a time, so that a seed gives the same formulas on any machine. */
  evaluations: number
  fit: Fit
  onFront?: (front: Scored[]) => void
}

/**
 * Searches formulas through the sum itself: each candidate g(x_i, sum_j f(x_i, x_j)) is fitted to the target on the graph and
 * not to a network's message. Local search: a member of the front so far is changed in one place and refitted from where it
 * stood. Several searches start anew from the seeds, because one alone may settle on a form that nothing near it improves;
 * a last one goes on from all they found.
 * @returns the front: for each complexity the least loss, only those that beat every simpler one, simplest first.
 */
export async function searchOnGraph(seeds: readonly GraphFormula[], options: GraphSearchOptions): Promise<Scored[]> {
  const random = new Random(options.seed)
  const fits = new Map<string, Scored | null>()
  const share = Math.floor(options.evaluations / (freshStarts + 1))
  const found = new Map<number, Scored>()
  for (let start = 0; start <= freshStarts; start++) {
    const best = start < freshStarts ? new Map<number, Scored>() : found
    const until = start < freshStarts ? (start + 1) * share : options.evaluations
    await climb(best, seeds, until, fits, random.fork(start), options)
    for (const scored of best.values()) keep(found, scored)
  }
  return shownOf(found, options)
}

/** The front of formulas as they stand, nothing but their constants fitted. */
export async function fitFront(
  formulas: readonly GraphFormula[],
  options: Pick<GraphSearchOptions, 'fit' | 'maxComplexity' | 'constantLoss' | 'signal'>
): Promise<Scored[]> {
  const best = new Map<number, Scored>()
  for (const formula of formulas.map(tidy)) {
    const complexity = formulaComplexity(formula)
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
const detour = 6

/** Improves `best` until `until` formulas have been fitted, those in `fits` not counted again. */
async function climb(
  best: Map<number, Scored>,
  seeds: readonly GraphFormula[],
  until: number,
  fits: Map<string, Scored | null>,
  random: Random,
  options: GraphSearchOptions
): Promise<void> {
  let completing: GraphFormula[] = []
  const tryFormula = async (candidate: GraphFormula): Promise<void> => {
    const formula = tidy(candidate)
    const cost = formulaComplexity(formula)
    if (cost > options.maxComplexity + detour || !isSensible(formula)) return
    const key = shapeOf(formula)
    let scored = fits.get(key)
    if (scored === undefined) {
      throwIfCancelled(options.signal)
      const result = await options.fit(formula)
      scored =
        result && Number.isFinite(result.loss) ? { formula: result.formula, complexity: cost, loss: result.loss } : null
      fits.set(key, scored)
      options.onProgress?.({
        fraction: Math.min(1, fits.size / options.evaluations),
        message: `Fitted ${fits.size} of ${options.evaluations} formulas on the graph`
      })
    }
    const least = Math.min(...[...best.values()].map(({ loss }) => loss))
    if (!scored || !keep(best, scored)) return
    // A clear step forward is first completed in the obvious ways, which chance may miss for long.
    if (scored.loss < 0.99 * least) completing = random.shuffle(completions(scored.formula, options.vocabulary))
    if (cost <= options.maxComplexity) options.onFront?.(shownOf(best, options))
  }

  for (const seed of seeds) if (fits.size < until || fits.has(shapeOf(tidy(seed)))) await tryFormula(seed)
  if (best.size === 0) return
  const ends = frontOf(best).slice(-4)
  completing.push(...random.shuffle(ends.flatMap(({ formula }) => completions(formula, options.vocabulary))))
  // Changes that are too long or were fitted before cost next to nothing, but must not go on for ever.
  for (let attempt = 0; fits.size < until && attempt < 50 * options.evaluations; attempt++) {
    const completion = random.uniform() < 0.5 ? completing.pop() : undefined
    if (completion) {
      await tryFormula(completion)
      continue
    }
    const front = frontOf(best)
    const parent = choose(front, random)
    const changed =
      random.uniform() < 0.1
        ? cross(parent.formula, choose(front, random).formula)
        : mutate(parent.formula, random, options.vocabulary)
    // Two changes at once get over a step that is of no use alone.
    await tryFormula(random.uniform() < 0.3 ? mutate(changed, random, options.vocabulary) : changed)
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

/** Merges constants, simplifies, and names the constants anew. */
export function tidy(formula: GraphFormula): GraphFormula {
  const clean = (e: Expression): Expression => mergeConstants(simplify(mergeConstants(e)))
  return composeFormula(formula.messages.map(clean), clean(formula.node))
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
