import type { SearchWeights } from '../../src-shared/contract.ts'

/** The weights of arXiv 2006.11287, which a search starts with */
export const initialWeights: SearchWeights = { operators: { '^': 3, exp: 3, log: 3, if: 3 }, variable: 1, constant: 1 }

/** Whole numbers that the service accepts */
export const weightRange = { min: 1, max: 20 }

/** The weights that the window offers: of costly operators, variables and constants */
export const adjustable = ['^', 'exp', 'log', 'tanh', 'variable', 'constant'] as const
export type Adjustable = (typeof adjustable)[number]

/** Operators without a weight count 1. */
export function weightOf(weights: SearchWeights, what: Adjustable): number {
  return what === 'variable' || what === 'constant' ? weights[what] : (weights.operators[what] ?? 1)
}

/** The weights with one changed, rounded and clamped to weightRange. */
export function withWeight(weights: SearchWeights, what: Adjustable, value: number): SearchWeights {
  const { min, max } = weightRange
  const weight = Math.min(max, Math.max(min, Math.round(value) || min))
  if (what === 'variable' || what === 'constant') return { ...weights, [what]: weight }
  return { ...weights, operators: { ...weights.operators, [what]: weight } }
}

export function isPaper(weights: SearchWeights): boolean {
  return adjustable.every((what) => weightOf(weights, what) === weightOf(initialWeights, what))
}
