import type { SearchWeights } from '../../src-shared/contract.ts'

/** The paper's (arXiv 2006.11287): what a search begins with. */
export const paperWeights: SearchWeights = { operators: { '^': 3, exp: 3, log: 3, if: 3 }, variable: 1, constant: 1 }

/** Whole numbers from 1 up, as the service takes them. */
export const weightRange = { min: 1, max: 20 }

/** The weights that are worth changing: of dear operators, and of what formulas stand on. */
export const weighed = ['^', 'exp', 'log', 'tanh', 'variable', 'constant'] as const
export type Weighed = (typeof weighed)[number]

/** What counts 1 need not be named. */
export function weightOf(weights: SearchWeights, what: Weighed): number {
  return what === 'variable' || what === 'constant' ? weights[what] : (weights.operators[what] ?? 1)
}

/** The weights with one of them changed, brought to a whole number within weightRange. */
export function withWeight(weights: SearchWeights, what: Weighed, value: number): SearchWeights {
  const { min, max } = weightRange
  const weight = Math.min(max, Math.max(min, Math.round(value) || min))
  if (what === 'variable' || what === 'constant') return { ...weights, [what]: weight }
  return { ...weights, operators: { ...weights.operators, [what]: weight } }
}

export function isPaper(weights: SearchWeights): boolean {
  return weighed.every((what) => weightOf(weights, what) === weightOf(paperWeights, what))
}
