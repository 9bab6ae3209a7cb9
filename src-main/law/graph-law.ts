import { badInput } from '../../src-shared/errors.ts'
import {
  complexity,
  constantsOf,
  nameConstants,
  paperWeights,
  parse,
  substitute,
  variable,
  variablesOf,
  withConstants
} from '../symbolic/index.ts'
import type { ComplexityWeights, Expression } from '../symbolic/index.ts'

/**
 * A law on the graph in closed form: delta_i = node(x_i, e1_i, ..., eK_i), with ek_i = sum over neighbours j of message_k(x_i, x_j, r_ij).
 *
 * Variables of a message: M_i, M_j (1e14 Msun/h); r (Mpc/h, |r_j - r_i|); v_i, v_j (speeds) and v_ij = |v_i - v_j| (1000 km/s);
 * v_r (pairwise radial velocity (v_j - v_i) . rhat, 1000 km/s; infall is negative); cos_i, cos_j (cosine between the separation
 * r_j - r_i and the velocity of i, of j; 0 where either vanishes).
 * Variables of the node: M_i, v_i, and e1..eK (e is e1).
 * Fits change named constants (C1, C2...); one name may occur in several places.
 */
export interface GraphLaw {
  messages: Expression[]
  node: Expression
}

export const pairVariables = ['M_i', 'M_j', 'r', 'v_i', 'v_j', 'v_ij', 'v_r', 'cos_i', 'cos_j'] as const
export const nodeVariables = ['M_i', 'v_i'] as const
export type PairVariable = (typeof pairVariables)[number]

/** Variables that a search may put into a law. */
export interface LawVocabulary {
  /** Variables of every message */
  pair: readonly string[]
  /** Variables of each message, where messages differ in them */
  messages?: readonly (readonly string[])[]
  node: readonly string[]
  /** Sums over neighbours that a law may have at most; default: as many as its start has */
  sums?: number
}

/** A law whose constants are fitted: by a search on a sample of halos, or by the final refit on all training halos. */
export interface FittedLaw {
  formula: GraphLaw
  /** standardError is null where the data leave the constant open, and until the final refit computes it. */
  constants: { name: string; value: number; standardError: number | null }[]
  /**
   * Operators, variables and constants of message and node together, by the weights of the search or else those of the paper
   * (^ exp log if cost 3, all others 1)
   */
  complexity: number
  /** Mean absolute error on the halos that the constants are fitted to */
  trainMae: number
  /** Mean absolute error on the validation halos; absent until the law is evaluated there */
  validationMae?: number
  /** Sentences about poles, degenerate constants and stalled starts, from the final refit */
  warnings: string[]
}

/** A law as a search leaves it: its constants have no standard errors yet. */
export function fittedLaw(formula: GraphLaw, trainMae: number, weights?: ComplexityWeights): FittedLaw {
  const constants = lawConstants(formula).map((constant) => ({ ...constant, standardError: null }))
  return { formula, constants, complexity: lawComplexity(formula, weights), trainMae, warnings: [] }
}

/**
 * Composes a law of one or several messages and a node function. Their constants get separate names (node first, C1, C2..., as
 * in the paper); integers stay literals.
 * @throws HalolawError `bad-input` for a variable that is not on the graph
 */
export function composeLaw(message: Expression | readonly Expression[], node: Expression): GraphLaw {
  const aliases = new Map([['e', variable('e1')]])
  const messages = Array.isArray(message) ? [...(message as readonly Expression[])] : [message as Expression]
  const namedNode = nameConstants(substitute(node, aliases))
  let next = 1 + constantsOf(namedNode).length
  const named = messages.map((one) => {
    const result = nameConstants(one, 'C', next)
    next += constantsOf(result).length
    return result
  })
  return checked({ messages: named, node: namedNode })
}

/**
 * A law from the texts of its parts, e.g. `lawOf(['(C4 + M_j) / (C5 + (C6*r)^C7)'], 'C1 + e / (C2 + C3*M_i)', { C1: 0, ... })`.
 * Names in `constants` are constants to fit, with the values that a fit starts from; every other name must be a variable.
 */
export function lawOf(
  messages: readonly string[],
  node: string,
  constants: Readonly<Record<string, number>>
): GraphLaw {
  const parsed = messages.map((text) => parse(text, { constants, variables: pairVariables }))
  const names = [...nodeVariables, 'e', ...messages.map((_, k) => `e${k + 1}`)]
  return checked({
    messages: parsed,
    node: substitute(parse(node, { constants, variables: names }), new Map([['e', variable('e1')]]))
  })
}

function checked(formula: GraphLaw): GraphLaw {
  for (const message of formula.messages) requireVariables(message, pairVariables, 'message')
  requireVariables(formula.node, [...nodeVariables, ...formula.messages.map((_, k) => `e${k + 1}`)], 'node function')
  return formula
}

function requireVariables(expression: Expression, known: readonly string[], what: string): void {
  for (const name of variablesOf(expression))
    if (!known.includes(name)) throw badInput(`The ${what} uses "${name}"; use only ${known.join(', ')}.`)
}

/** The fitted constants of node and messages, each name once, node first. */
export function lawConstants(formula: GraphLaw): { name: string; value: number }[] {
  const values = new Map<string, number>()
  for (const part of [formula.node, ...formula.messages])
    for (const { name, value } of constantsOf(part)) if (!values.has(name)) values.set(name, value)
  return [...values].map(([name, value]) => ({ name, value }))
}

export function withLawConstants(formula: GraphLaw, values: ReadonlyMap<string, number>): GraphLaw {
  return {
    messages: formula.messages.map((message) => withConstants(message, values)),
    node: withConstants(formula.node, values)
  }
}

/** Message and node together, by default with the paper's weights; the sum over neighbours itself costs nothing. */
export function lawComplexity(formula: GraphLaw, weights: ComplexityWeights = paperWeights): number {
  return [formula.node, ...formula.messages].reduce((sum, part) => sum + complexity(part, weights), 0)
}
