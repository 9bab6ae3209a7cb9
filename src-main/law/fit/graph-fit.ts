import { availableParallelism } from 'node:os'
import { variablesOf } from '../../symbolic/index.ts'
import type { WorkOptions } from '../../work.ts'
import { lawModel } from './evaluate-law.ts'
import type { FitLaw } from './fit-journal.ts'
import { fittedLaw, lawConstants, withLawConstants, type GraphLaw } from '../graph-law.ts'
import type { NeighbourSums } from './neighbour-sums.ts'
import { fitRobust, meanAbsoluteError, scoreStart, type FitScore, type RobustFitOptions } from './robust-fit.ts'

/** Fits laws on one sample of receivers. */
export interface GraphFit {
  fit: FitLaw
  /** Mean absolute error with the law's present constants; NaN if it is not finite */
  lossAt: (formula: GraphLaw) => Promise<number>
  /**
   * What a fit from the law's present constants promises, by one evaluation on a part of the receivers; null if they give no
   * finite values. Compare it with the score of another law only.
   */
  score: (formula: GraphLaw) => Promise<FitScore | null>
}

/** Enough to rank laws; the chosen one is refitted in full. */
export const quickFit = { maxSteps: 25, smoothing: [0.5, 0.15], tolerance: 3e-4 } as const

/** Scores read every n-th receiver. */
const scoreEvery = 3

/**
 * Fits constants to `values`, the targets of the receivers `rows`, whose neighbours stay in memory. As many fits run at once as
 * there are threads, each on one thread, because the sums of a small sample are too short to share.
 */
export function graphFit(
  graph: NeighbourSums,
  rows: Uint32Array,
  values: Float64Array,
  options: Pick<WorkOptions, 'signal' | 'threads'> & Pick<RobustFitOptions, 'maxSteps' | 'smoothing'> = {}
): GraphFit {
  const {
    signal,
    threads = availableParallelism(),
    maxSteps = quickFit.maxSteps,
    smoothing = quickFit.smoothing
  } = options
  const known = new Set<string>([...graph.availableVariables(), ...graph.nodeColumns(rows).keys()])
  const inTurn = limited(threads)
  graph.cacheNeighbours(rows)
  // Found at the first score, because only searches ask for scores.
  let few: Uint32Array | undefined
  const fewValues = values.filter((_, row) => row % scoreEvery === 0)
  const scoredRows = (): Uint32Array => {
    if (!few) graph.cacheNeighbours((few = rows.filter((_, row) => row % scoreEvery === 0)))
    return few
  }
  /** Constants by name and the model of them; null for a guess that uses masses or velocities that the catalog lacks. */
  const prepared = (formula: GraphLaw, receivers = rows) => {
    const names = [formula.node, ...formula.messages].flatMap(variablesOf)
    if (!names.every((name) => known.has(name) || /^e\d+$/.test(name))) return null
    const constants = lawConstants(formula)
    const start = Float64Array.from(constants, ({ value }) => value)
    return { constants, start, model: lawModel(formula, graph, receivers, 1) }
  }
  return {
    fit: (formula, goal) =>
      inTurn(async () => {
        const problem = prepared(formula)
        const fit =
          problem &&
          (await fitRobust(problem.model, values, problem.start, { ...quickFit, signal, maxSteps, smoothing, goal }))
        if (!fit) return null
        const fitted = new Map(problem.constants.map(({ name }, p) => [name, fit.parameters[p]]))
        return fittedLaw(withLawConstants(formula, fitted), fit.mae)
      }),
    lossAt: (formula) =>
      inTurn(async () => {
        const problem = prepared(formula)
        return problem ? meanAbsoluteError((await problem.model(problem.start, 'values')).values, values) : NaN
      }),
    score: (formula) =>
      inTurn(async () => {
        const problem = prepared(formula, scoredRows())
        return problem ? await scoreStart(problem.model, fewValues, problem.start) : null
      })
  }
}

/** Queues pieces of work in their order and runs at most `count` of them at the same time. */
function limited(count: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = []
  let free = count
  return async (work) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
