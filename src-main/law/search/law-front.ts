import type { Random } from '../../random.ts'
import type { ComplexityWeights } from '../../symbolic/index.ts'
import { throwIfCancelled, type WorkOptions } from '../../work.ts'
import type { FitLaw } from '../fit/fit-journal.ts'
import { lawComplexity, type FittedLaw, type GraphLaw } from '../graph-law.ts'
import { isSensible, tidy } from '../rewrite/tidy.ts'

/** Which laws may come onto a front, and how they are fitted */
export interface FrontOptions extends Pick<WorkOptions, 'signal'> {
  fit: FitLaw
  /** Which laws may be tried: those of a template's structure; default: all */
  allows?: (formula: GraphLaw) => boolean
  /** Of message and node together; the front has no law above it. */
  maxComplexity: number
  /** Error of the best constant: laws of the front have a smaller one. */
  constantLoss: number
  /** Initial complexity of operators, variables and constants; default: the paper's */
  weights?: ComplexityWeights
}

/**
 * Fits the constants of the given laws; their forms stay.
 * @returns those with finite predictions that beat a constant, in their order
 */
export async function fitLaws(formulas: readonly GraphLaw[], options: FrontOptions): Promise<FittedLaw[]> {
  const { fit, weights, maxComplexity, constantLoss, signal, allows } = options
  const fits = formulas.map(async (one) => {
    const formula = tidy(one, { apart: allows !== undefined })
    const complexity = lawComplexity(formula, weights)
    if (complexity > maxComplexity || !isSensible(formula)) return []
    throwIfCancelled(signal)
    const fitted = await fit(formula)
    return fitted && fitted.trainMae < constantLoss ? [{ ...fitted, complexity }] : []
  })
  return (await Promise.all(fits)).flat()
}

/** The laws of least error up to each complexity, simplest first */
export function lawFront<Law extends FittedLaw>(laws: readonly Law[]): Law[] {
  const front: Law[] = []
  for (const law of [...laws].sort((a, b) => a.complexity - b.complexity || a.trainMae - b.trainMae))
    if (front.length === 0 || law.trainMae < front[front.length - 1].trainMae) front.push(law)
  return front
}

/** The reported front: without laws that are too long or that a constant beats. */
export function shownOf(
  best: ReadonlyMap<number, FittedLaw>,
  { maxComplexity, constantLoss }: Pick<FrontOptions, 'maxComplexity' | 'constantLoss'>
): FittedLaw[] {
  return frontOf(best).filter(({ complexity, trainMae }) => complexity <= maxComplexity && trainMae < constantLoss)
}

/** Keeps a law that is the best of its complexity; false if it is not. */
export function keep(best: Map<number, FittedLaw>, scored: FittedLaw): boolean {
  const former = best.get(scored.complexity)
  if (former && former.trainMae <= scored.trainMae) return false
  best.set(scored.complexity, scored)
  return true
}

export const frontOf = (best: ReadonlyMap<number, FittedLaw>): FittedLaw[] => lawFront([...best.values()])

/** Mostly from the more accurate half of the front, whose laws are worth extending or shortening. */
export function choose(front: FittedLaw[], random: Random): FittedLaw {
  const fromEnd = Math.floor(random.uniform() ** 2 * front.length)
  return front[front.length - 1 - fromEnd]
}
