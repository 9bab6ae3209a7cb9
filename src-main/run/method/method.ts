import type { Preset } from '../../../src-shared/contract.ts'
import { pairFeatures } from '../../gnn/index.ts'
import type { DistilOptions } from '../../law/search/distil.ts'
import type { Operator } from '../../symbolic/index.ts'

// What the method decides, as plain data: each choice that a result depends on has a name and its reason here.

/** Radius of the graph in the paper (arXiv 2006.11287, section 4.3), Mpc/h */
export const paperRadius = 50

/** How much work goes into finding a law. Counts and not times, so that a seed gives the same law on any machine. */
export interface DistilBudget extends Pick<DistilOptions, 'pairs' | 'halos' | 'graphEvaluations' | 'graphReceivers'> {
  /** Rounds of the symbolic regression of the message, and of the node function */
  rounds: Record<'message' | 'node', number>
}

export const distilBudget: Record<Preset, DistilBudget> = {
  quick: {
    pairs: 2000,
    halos: 1000,
    rounds: { message: 4, node: 2 },
    graphEvaluations: 700,
    graphReceivers: 600
  },
  standard: {
    pairs: 5000,
    halos: 3000,
    rounds: { message: 20, node: 10 },
    graphEvaluations: 10_000,
    graphReceivers: 1000
  },
  paper: {
    pairs: 5000,
    halos: 5000,
    rounds: { message: 60, node: 30 },
    graphEvaluations: 20_000,
    graphReceivers: 3000
  }
}

/** Operators of the regressions: the paper's, without > and if, whose constants a refit cannot differentiate. */
export const regressionOperators: readonly Operator[] = ['+', '-', '*', '/', '^', 'exp', 'log']

/** Limit for one part of a law in the regressions; the budget limits message and node function together. */
export const partComplexity = 16

/** How many members of each regression's front go on to the graph: the best by score, and the most accurate ones. */
export const formulasToGraph = {
  byScore: { message: 6, node: 4 },
  mostAccurate: 2
} as const

/** True for an input of the edge function: a pair's quantity, or a name that ends in _i (receiver) or _j (sender). */
export function isEdgeInput(name: string): boolean {
  return /_[ij]$/.test(name) || pairFeatures.some((feature) => feature.name === name)
}

/** The paper predicts the overdensity in 20 Mpc/h; without it, the first column whose name sounds like an overdensity. */
export function likelyTarget(names: readonly string[]): string {
  const paper = names.find((name) => /^(delta|overdensity)_?20$/i.test(name))
  return paper ?? names.find((name) => /^delta|overdensity/i.test(name)) ?? 'Delta20'
}
