import { setImmediate } from 'node:timers/promises'
import type { Catalog } from '../catalog/catalog.ts'
import type { Neighbours } from '../graph/neighbours.ts'
import { differentiate, evaluate, withConstants } from '../symbolic/index.ts'
import type { Expression } from '../symbolic/index.ts'
import { throwIfCancelled } from '../work.ts'
import type { WorkOptions } from '../work.ts'
import { formulaConstants, withFormulaConstants } from './graph-formula.ts'
import type { GraphFormula } from './graph-formula.ts'
import { neighbourSums } from './neighbour-sums.ts'
import type { NeighbourSums } from './neighbour-sums.ts'
import type { Model } from './robust-fit.ts'

/** Receivers worked off at once: the event loop is free in between, and results in flight stay small. */
const piece = 65_536
/** Receivers from which on the event loop gets a turn after each column of derivatives. */
const turn = 8192

/**
 * The formula's prediction for each receiver.
 * @param constants by name; those not given keep the values in the formula
 * @returns one value a receiver; NaN or infinite where the formula has none
 * @throws HalolawError `bad-input` when the catalog lacks a column that the formula needs
 */
export async function evaluateFormula(
  formula: GraphFormula,
  constants: ReadonlyMap<string, number>,
  catalog: Catalog,
  neighbours: Neighbours,
  receivers: Uint32Array,
  options: WorkOptions = {}
): Promise<Float64Array> {
  const sums = neighbourSums(catalog, neighbours)
  const { messages, node } = withFormulaConstants(formula, constants)
  sums.requireColumns(node)
  const predictions = new Float64Array(receivers.length)
  for (let start = 0; start < receivers.length; start += piece) {
    throwIfCancelled(options.signal)
    const some = receivers.subarray(start, start + piece)
    const columns = sums.nodeColumns(some)
    const summed = await sums.messages(messages, some, false, options.threads)
    summed.forEach((message, k) => columns.set(`e${k + 1}`, message.sums))
    predictions.set(evaluate(node, columns, some.length), start)
    await setImmediate()
    options.onProgress?.({ fraction: Math.min(1, (start + piece) / receivers.length), message: 'Formula' })
  }
  return predictions
}

/**
 * The formula as a model of its constants, in the order of `formulaConstants`: d pred / dC = d node / dC + sum over k of
 * (d node / d ek) * sum over neighbours of d message_k / dC.
 */
export function formulaModel(
  formula: GraphFormula,
  sums: NeighbourSums,
  receivers: Uint32Array,
  threads?: number
): Model {
  const names = formulaConstants(formula).map(({ name }) => name)
  const byConstant = new Map(names.map((name) => [name, differentiate(formula.node, name)]))
  const byMessage = formula.messages.map((_, k) => differentiate(formula.node, `e${k + 1}`))
  const fixed = sums.nodeColumns(receivers)
  sums.requireColumns(formula.node)
  return async (parameters, derivatives) => {
    const values = new Map(names.map((name, n) => [name, parameters[n]]))
    const { messages } = withFormulaConstants(formula, values)
    const summed = await sums.messages(messages, receivers, derivatives, threads)
    const columns = new Map(fixed)
    summed.forEach((message, k) => columns.set(`e${k + 1}`, message.sums))
    const at = (expression: Expression): Float64Array =>
      evaluate(withConstants(expression, values), columns, receivers.length)
    const predictions = at(formula.node)
    if (!derivatives) return { values: predictions, jacobian: [] }
    const slopes = byMessage.map(at)
    const jacobian: Float64Array[] = []
    for (const name of names) {
      if (receivers.length > turn) await setImmediate()
      const column = at(byConstant.get(name)!)
      summed.forEach((message, k) => {
        const inner = message.derivatives.get(name)
        if (inner) for (let row = 0; row < column.length; row++) column[row] += slopes[k][row] * inner[row]
      })
      jacobian.push(column)
    }
    return { values: predictions, jacobian }
  }
}
