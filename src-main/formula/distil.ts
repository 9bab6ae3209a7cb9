import { Random } from '../random.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Neighbours, Pairs } from '../graph/neighbours.ts'
import { call, constant, nameConstants, variable, type Expression } from '../symbolic/index.ts'
import type { Progress, WorkOptions } from '../work.ts'
import { evaluateFormula, formulaModel } from './evaluate-formula.ts'
import { composeFormula, formulaConstants, nodeVariables, withFormulaConstants } from './graph-formula.ts'
import type { FittedFormula, GraphFormula } from './graph-formula.ts'
import { searchOnGraph, withScales, type Scored } from './graph-search.ts'
import { neighbourSums } from './neighbour-sums.ts'
import { findPoles } from './poles.ts'
import { refitFormula, sampleOf, targetsOf } from './refit.ts'
import { fitRobust, meanAbsoluteError, median } from './robust-fit.ts'

/** What distilling asks of a trained network; arrays are row-major with `width` message components a row. */
export interface DistilledNetwork {
  width: number
  /** Standard deviation of each message component over the training edges */
  messageStd: readonly number[]
  messages(pairs: Pairs): Promise<Float32Array>
  /** Sums of the messages over the neighbours of each receiver */
  sums(receivers: Uint32Array): Promise<Float32Array>
  predict(receivers: Uint32Array): Promise<Float32Array>
}

/** Columns and a target for a symbolic regression. */
export interface FitProblem {
  which: 'message' | 'node'
  variables: { name: string; values: Float64Array }[]
  target: Float64Array
}

export interface DistilInput {
  catalog: Catalog
  neighbours: Neighbours
  /** One value a halo; only those of `train` and `validation` are read. */
  target: ArrayLike<number>
  train: Uint32Array
  /** Training halos kept for choosing among formulas */
  validation: Uint32Array
  network: DistilledNetwork
}

export interface DistilOptions extends WorkOptions {
  seed: number
  /** Symbolic regression of a table: its front, simplest first. */
  regress: (problem: FitProblem, onProgress: (progress: Progress) => void) => Promise<Expression[]>
  /** Random pairs and halos given to it */
  pairs: number
  halos: number
  /** Formulas fitted in the search on the graph */
  graphEvaluations: number
  /** Receivers that search fits on */
  graphReceivers: number
  /** Message and node together; the paper's with-mass formula has 22. */
  maxComplexity: number
  onStage?: (stage: 'symbolic' | 'refit') => void
  /** The front of whole laws on the graph as it grows, simplest first */
  onFront?: (front: Scored[]) => void
}

export interface Distilled {
  fitted: FittedFormula
  /** The message component that was distilled */
  component: number
  /** Formulas fitted on the graph, simplest first, with their error on the validation halos */
  front: (Scored & { validationMae: number })[]
}

/**
 * From a trained network to one formula (method of Cranmer et al. 2020, section 4.3, with one step more):
 * symbolic regression of its leading message component over random pairs and of its prediction over random halos; both
 * fronts composed on the graph; from the best of these a search through the sum over neighbours against the target itself;
 * a choice on validation halos; all constants refitted on the training halos.
 */
export async function distil(input: DistilInput, options: DistilOptions): Promise<Distilled> {
  const { catalog, neighbours, target, train, validation } = input
  const { signal, seed, threads, onProgress } = options
  const part = (from: number, to: number) => (progress: Progress) =>
    onProgress?.({ fraction: from + (to - from) * progress.fraction, message: progress.message })

  options.onStage?.('symbolic')
  const component = leadingComponent(input.network.messageStd)
  const messages = await options.regress(await messageProblem(input, component, options), part(0, 0.35))
  const nodes = await options.regress(await nodeProblem(input, component, options), part(0.35, 0.5))

  const graph = neighbourSums(catalog, neighbours)
  const random = new Random(seed)
  const rows = sampleOf(train, options.graphReceivers, random)
  const values = targetsOf(target, rows)
  const fit = async (formula: GraphFormula): Promise<{ formula: GraphFormula; loss: number } | null> => {
    const constants = formulaConstants(formula)
    const start = Float64Array.from(constants, ({ value }) => value)
    const found = await fitRobust(formulaModel(formula, graph, rows, threads), values, start, { signal, ...quickFit })
    if (!found) return null
    const fitted = new Map(constants.map(({ name }, p) => [name, found.parameters[p]]))
    return { formula: withFormulaConstants(formula, fitted), loss: found.mae }
  }
  const front = await searchOnGraph(compositions(messages, nodes), {
    seed,
    signal,
    fit,
    maxComplexity: options.maxComplexity,
    constantLoss: meanAbsoluteError(new Float64Array(values.length).fill(median(values)), values),
    evaluations: options.graphEvaluations,
    vocabulary: {
      pair: graph.availableVariables().filter((name) => !name.startsWith('cos_')),
      node: [...nodeVariables.filter((name) => graph.nodeColumns(rows).has(name)), 'e1']
    },
    onFront: options.onFront,
    onProgress: part(0.5, 0.9)
  })

  options.onStage?.('refit')
  const judged = await Promise.all(
    front.map(async (scored) => ({
      ...scored,
      // Too small a catalog has no halos to spare: then the fit's own error has to do.
      validationMae:
        validation.length > 0 ? await errorOn(scored.formula, validation, input, { signal, threads }) : scored.loss
    }))
  )
  // Where nothing beats a constant, the constant is the law.
  const chosen = (await choose(judged, input, seed))?.formula ?? composeFormula([], constant(median(values), 'C'))
  const everyTraining = Uint32Array.from([...train, ...validation]).sort()
  const fitted = await refitFormula(chosen, catalog, neighbours, target, everyTraining, {
    signal,
    seed,
    threads,
    minStarts: 2,
    onProgress: part(0.9, 1)
  })
  return { fitted, component, front: judged }
}

/** Enough to rank structures; the chosen one is refitted in full. */
const quickFit = { maxSteps: 25, smoothing: [0.5, 0.15], tolerance: 3e-4 } as const

function leadingComponent(std: readonly number[]): number {
  return std.reduce((best, value, k) => (value > std[best] ? k : best), 0)
}

async function messageProblem(input: DistilInput, component: number, options: DistilOptions): Promise<FitProblem> {
  const pairs = await input.neighbours.samplePairs(options.pairs, options.seed, input.train)
  const messages = await input.network.messages(pairs)
  const columns = await neighbourSums(input.catalog, input.neighbours).pairColumns(pairs)
  return {
    which: 'message',
    variables: [...columns].map(([name, values]) => ({ name, values })),
    target: Float64Array.from(pairs.receiver, (_, row) => messages[row * input.network.width + component])
  }
}

async function nodeProblem(input: DistilInput, component: number, options: DistilOptions): Promise<FitProblem> {
  const halos = sampleOf(input.train, options.halos, new Random(options.seed).fork(2))
  const sums = await input.network.sums(halos)
  const columns = new Map(neighbourSums(input.catalog, input.neighbours).nodeColumns(halos))
  columns.set(
    'e',
    Float64Array.from(halos, (_, row) => sums[row * input.network.width + component])
  )
  return {
    which: 'node',
    variables: [...columns].map(([name, values]) => ({ name, values })),
    target: Float64Array.from(await input.network.predict(halos))
  }
}

/** Every message with every node function, and with the plain C1 + C2 e, from which the search can build one of its own. */
function compositions(messages: readonly Expression[], nodes: readonly Expression[]): GraphFormula[] {
  const plain = call('+', constant(0, 'C'), call('*', constant(1, 'C'), variable('e')))
  // Named first: a number in a regression's formula is a fitted constant too.
  const scaled = (part: Expression): Expression => withScales(nameConstants(part))
  return messages.flatMap((message) => [plain, ...nodes].map((node) => composeFormula(scaled(message), scaled(node))))
}

async function errorOn(
  formula: GraphFormula,
  halos: Uint32Array,
  input: DistilInput,
  options: WorkOptions
): Promise<number> {
  const predicted = await evaluateFormula(formula, new Map(), input.catalog, input.neighbours, halos, options)
  return meanAbsoluteError(predicted, targetsOf(input.target, halos))
}

/** How much worse on validation halos a simpler formula may be than the best and still be preferred. */
const tolerated = 1.02

/**
 * The simplest formula whose validation error is within 2 % of the least one; one without poles over the data and beyond
 * where there is such a one.
 */
async function choose(
  judged: readonly (Scored & { validationMae: number })[],
  { catalog, neighbours, train }: DistilInput,
  seed: number
): Promise<Scored | undefined> {
  const finite = judged.filter(({ validationMae }) => Number.isFinite(validationMae))
  const least = Math.min(...finite.map(({ validationMae }) => validationMae))
  const good = finite.filter(({ validationMae }) => validationMae <= tolerated * least)
  const graph = neighbourSums(catalog, neighbours)
  const rows = sampleOf(train, 2000, new Random(seed))
  for (const scored of good) {
    const sums = (await graph.messages(scored.formula.messages, rows, false)).map((message) => message.sums)
    if ((await findPoles(scored.formula, graph, rows, sums, seed)).length === 0) return scored
  }
  return good[0]
}
