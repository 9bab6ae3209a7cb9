import { HalolawError } from '../../src-shared/errors.ts'
import { checkConfig } from '../gnn/network/config.ts'
import type { GnnConfig } from '../gnn/network/model.ts'
import { parameterCount } from '../gnn/network/parameters.ts'
import { nodeVariables, pairVariables } from '../law/graph-law.ts'
import { operators } from '../symbolic/index.ts'
import {
  aBoolean,
  aCount,
  aFiniteNumber,
  and,
  aNumber,
  aText,
  isRecord,
  listOf,
  maybe,
  objectOf,
  oneWordOf,
  orNull,
  type ContentCheck,
  type Problem
} from './content.ts'

const numbers = listOf(aFiniteNumber)
const texts = listOf(aText)

const gnnConfigShape = objectOf({
  edgeHidden: listOf(aCount, { most: 16 }),
  nodeHidden: listOf(aCount, { most: 16 }),
  messageWidth: aCount,
  activation: aText,
  edgeFeatures: texts,
  nodeFeatures: texts,
  linearSkip: aBoolean,
  penalty: objectOf({ kind: aText, weight: aFiniteNumber, rampUp: maybe(aFiniteNumber) }),
  weightDecay: aFiniteNumber,
  clipNorm: aFiniteNumber,
  loss: objectOf({ kind: aText }),
  batchReceivers: aCount,
  epochs: aCount,
  learningRate: aFiniteNumber,
  schedule: objectOf({ kind: aText }),
  warmup: aFiniteNumber,
  patience: aCount,
  emaDecay: aFiniteNumber
})

/** The settings determine how many weights and scales a network has. */
function sizesOfState(value: unknown): Problem {
  const { config, parameters, standardisation } = value as {
    config: GnnConfig
    parameters: Float32Array
    standardisation: { edge: { mean: number[]; scale: number[] }; node: { mean: number[]; scale: number[] } }
  }
  let expected: number
  try {
    checkConfig(config)
    expected = parameterCount(config)
  } catch (cause) {
    if (cause instanceof HalolawError) return `config: ${cause.message.replace(/\.$/, '')}`
    throw cause
  }
  if (parameters.length !== expected) return `parameters: ${parameters.length} weights instead of ${expected}`
  const { edge, node } = standardisation
  for (const [name, { mean, scale }, features] of [
    ['edge', edge, config.edgeFeatures],
    ['node', node, config.nodeFeatures]
  ] as const)
    if (mean.length !== features.length || scale.length !== features.length)
      return `standardisation.${name}: ${mean.length} means and ${scale.length} scales of ${features.length} features`
  return null
}

const aWeightVector: ContentCheck = (value) => {
  if (!(value instanceof Float32Array)) return 'not an array of weights'
  return value.every(Number.isFinite) ? null : 'weights that are not finite'
}

const scales = objectOf({ mean: numbers, scale: numbers })

export const gnnState = and(
  objectOf({
    config: gnnConfigShape,
    parameters: aWeightVector,
    standardisation: objectOf({
      edge: scales,
      node: scales,
      target: objectOf({ mean: aFiniteNumber, scale: aFiniteNumber }),
      meanDegree: aFiniteNumber
    })
  }),
  sizesOfState
)

const arities = new Map<string, number>(Object.entries(operators))

/** An expression over these variables; default: over any. */
export function expressionOf(variables?: readonly string[]): ContentCheck {
  const check = (value: unknown): Problem => {
    if (!isRecord(value)) return 'not an expression'
    const { kind, op, args, name } = value
    if (kind === 'constant') return aNumber(value.value) ?? maybe(aText)(name)
    if (kind === 'variable') return (variables ? oneWordOf(variables) : aText)(name)
    if (kind !== 'call' || typeof op !== 'string' || !Array.isArray(args)) return 'not an expression'
    if (args.length !== arities.get(op)) return `${op} of ${args.length} arguments`
    return args.map(check).find((problem) => problem !== null) ?? null
  }
  return check
}

export const graphLaw: ContentCheck = (value) => {
  const shape = objectOf({ messages: listOf(expressionOf(pairVariables)) })(value)
  if (shape !== null) return shape
  const { messages, node } = value as { messages: unknown[]; node: unknown }
  return expressionOf([...nodeVariables, ...messages.map((_, k) => `e${k + 1}`)])(node)
}

export const fittedLawRecord = objectOf({
  formula: graphLaw,
  constants: listOf(objectOf({ name: aText, value: aNumber, standardError: orNull(aNumber) })),
  complexity: aNumber,
  trainMae: aNumber,
  warnings: texts
})

const fittedInvariants = and(
  objectOf({
    edges: listOf(aFiniteNumber, { least: 2, most: 1000 }),
    withMass: aBoolean,
    coefficients: numbers,
    trainMae: aNumber
  }),
  (value) => {
    const { edges, withMass, coefficients } = value as { edges: number[]; withMass: boolean; coefficients: number[] }
    if (edges.some((edge, n) => edge < 0 || (n > 0 && edge <= edges[n - 1]))) return 'edges: not ascending from 0'
    const shells = edges.length - 1
    const expected = withMass ? 3 + 2 * shells : 1 + shells
    return coefficients.length === expected ? null : `${coefficients.length} coefficients instead of ${expected}`
  }
)

const ofKind = new Map<string, ContentCheck>([
  ['gnn', objectOf({ state: gnnState })],
  ['gnn-ensemble', objectOf({ states: listOf(gnnState, { least: 2, most: 1000 }) })],
  ['formula', objectOf({ fitted: fittedLawRecord })],
  ['invariants', objectOf({ fitted: fittedInvariants })]
])

/** Accepts models of kinds that a later Halolaw adds; the code that predicts with one reports the unknown kind. */
export const modelRecord: ContentCheck = and(objectOf({ kind: aText }), (value) => {
  const { kind } = value as { kind: string }
  return ofKind.get(kind)?.(value) ?? null
})
