import { setImmediate } from 'node:timers/promises'
import type { HaloGraph } from '../../graph/halo-graph.ts'
import { compile, evaluate, jacobianProgram } from '../../symbolic/index.ts'
import { throwIfCancelled } from '../../work.ts'
import type { WorkOptions } from '../../work.ts'
import { lawConstants, withLawConstants } from '../graph-law.ts'
import type { GraphLaw } from '../graph-law.ts'
import { neighbourSums } from './neighbour-sums.ts'
import type { NeighbourSums } from './neighbour-sums.ts'
import type { ParametricModel } from './robust-fit.ts'

/** Receivers evaluated at once: the event loop gets a turn in between, and intermediate results stay small. */
const piece = 65_536
/** With more receivers than this, the event loop gets a turn after each column of derivatives. */
const turn = 8192

/**
 * The law's prediction for each receiver.
 * @returns one value per receiver; NaN or infinite where the law has none
 * @throws HalolawError `bad-input` when the catalog lacks a column that the law needs
 */
export async function evaluateLaw(
  { messages, node }: GraphLaw,
  graph: HaloGraph,
  receivers: Uint32Array,
  options: WorkOptions = {}
): Promise<Float64Array> {
  const sums = neighbourSums(graph)
  sums.requireColumns(node)
  const predictions = new Float64Array(receivers.length)
  for (let start = 0; start < receivers.length; start += piece) {
    throwIfCancelled(options.signal)
    const some = receivers.subarray(start, start + piece)
    const columns = sums.nodeColumns(some)
    const summed = await sums.messages(messages, some, 'values', options.threads)
    summed.forEach((message, k) => columns.set(`e${k + 1}`, message.sums))
    predictions.set(evaluate(node, columns, some.length), start)
    await setImmediate()
    options.onProgress?.({ fraction: Math.min(1, (start + piece) / receivers.length), message: 'Evaluating the law' })
  }
  return predictions
}

/** Whether the law has a finite value for every receiver. */
export async function isFiniteOn(
  law: GraphLaw,
  graph: HaloGraph,
  receivers: Uint32Array,
  options: WorkOptions = {}
): Promise<boolean> {
  return (await evaluateLaw(law, graph, receivers, options)).every(Number.isFinite)
}

/**
 * The law as a model of its constants, in the order of `lawConstants`: d pred / dC = d node / dC + sum over k of
 * (d node / d ek) * sum over neighbours of d message_k / dC.
 */
export function lawModel(
  formula: GraphLaw,
  sums: NeighbourSums,
  receivers: Uint32Array,
  threads?: number
): ParametricModel {
  const names = lawConstants(formula).map(({ name }) => name)
  const fixed = sums.nodeColumns(receivers)
  sums.requireColumns(formula.node)
  return async (parameters, output) => {
    const values = new Map(names.map((name, n) => [name, parameters[n]]))
    const { messages, node } = withLawConstants(formula, values)
    const summed = await sums.messages(messages, receivers, output, threads)
    const columns = new Map(fixed)
    summed.forEach((message, k) => columns.set(`e${k + 1}`, message.sums))
    if (output === 'values') return { values: evaluate(node, columns, receivers.length), jacobian: [] }
    const inputs = [...columns.keys()]
    const program = compile(node, inputs)
    const {
      values: predictions,
      byParameter,
      byVariable
    } = jacobianProgram(program, [...columns.values()], receivers.length)
    const jacobian: Float64Array[] = []
    for (const name of names) {
      if (receivers.length > turn) await setImmediate()
      const place = program.parameters.indexOf(name)
      const column = place >= 0 ? byParameter[place] : new Float64Array(receivers.length)
      summed.forEach((message, k) => {
        const inner = message.derivatives.get(name)
        const slope = byVariable[inputs.indexOf(`e${k + 1}`)]
        if (inner) for (let row = 0; row < column.length; row++) column[row] += slope[row] * inner[row]
      })
      jacobian.push(column)
    }
    return { values: predictions, jacobian }
  }
}
