import { setImmediate } from 'node:timers/promises'
import type { HaloGraph } from '../../graph/halo-graph.ts'
import { badInput } from '../../../src-shared/errors.ts'
import { Random } from '../../random.ts'
import { throwIfCancelled } from '../../work.ts'
import type { WorkOptions } from '../../work.ts'
import { neighbourSums } from '../fit/neighbour-sums.ts'
import { sampleOf, targetsOf } from '../fit/refit.ts'
import { fitRobust, median } from '../fit/robust-fit.ts'

/**
 * Linear in neighbour counts and mass sums of shells, M_i and log M_i: the cheap baseline that can beat networks
 * (CosmoBench 2025).
 */
export interface FittedInvariants {
  /** Edges of the shells, Mpc/h, ascending; one more than there are shells */
  edges: number[]
  /** Whether mass sums, M_i and log M_i are among the terms */
  withMass: boolean
  /** Constant, counts by shell, mass sums by shell (1e14 Msun/h), M_i, log M_i */
  coefficients: number[]
  trainMae: number
}

/** Edges of the shells as shares of the graph's radius, finest around the smoothing sphere. */
const shellShares = [0, 0.1, 0.16, 0.22, 0.28, 0.32, 0.36, 0.4, 0.44, 0.48, 0.52, 0.58, 0.66, 0.76, 0.88, 1]
const piece = 16_384

/**
 * Least squares, then least mean absolute error, on the shells of the training receivers.
 * @param target one value per halo; only those of `receivers` are read
 */
export async function fitInvariants(
  graph: HaloGraph,
  target: ArrayLike<number>,
  receivers: Uint32Array,
  options: WorkOptions & { maxReceivers?: number } = {}
): Promise<FittedInvariants> {
  const { signal, seed = 0, maxReceivers = 60_000 } = options
  if (receivers.length === 0) throw badInput('There are no halos to fit the baselines on; loosen the masks.')
  const rows = sampleOf(receivers, maxReceivers, new Random(seed))
  const values = targetsOf(target, rows)
  const edges = shellShares.map((share) => share * graph.neighbours.radius)
  const jacobian = await designColumns(graph, edges, rows, options)
  const start = new Float64Array(jacobian.length)
  start[0] = median(values)
  const fit = await fitRobust(
    async (parameters) => {
      await setImmediate()
      return { values: combine(jacobian, parameters), jacobian }
    },
    values,
    start,
    { signal }
  )
  if (!fit) throw badInput('The shells of the training halos are not finite; check the positions and masses.')
  return { edges, withMass: graph.catalog.mass !== null, coefficients: [...fit.parameters], trainMae: fit.mae }
}

export async function evaluateInvariants(
  fitted: FittedInvariants,
  { catalog, neighbours }: HaloGraph,
  receivers: Uint32Array,
  options: WorkOptions = {}
): Promise<Float64Array> {
  if (fitted.withMass && !catalog.mass)
    throw badInput(`The invariants were fitted with masses, but ${catalog.path} has none; map a column to mass.`)
  if (fitted.edges[fitted.edges.length - 1] > neighbours.radius * (1 + 1e-9))
    throw badInput(
      `The invariants reach ${fitted.edges.at(-1)} Mpc/h and the graph ${neighbours.radius}; build the graph with the larger radius.`
    )
  const predictions = new Float64Array(receivers.length)
  for (let start = 0; start < receivers.length; start += piece) {
    throwIfCancelled(options.signal)
    const some = receivers.subarray(start, start + piece)
    const columns = await designColumns(
      { catalog: fitted.withMass ? catalog : { ...catalog, mass: null }, neighbours },
      fitted.edges,
      some,
      options
    )
    predictions.set(combine(columns, fitted.coefficients), start)
    await setImmediate()
  }
  return predictions
}

/** Columns in the order of `coefficients`. */
async function designColumns(
  graph: HaloGraph,
  edges: readonly number[],
  receivers: Uint32Array,
  options: WorkOptions
): Promise<Float64Array[]> {
  const { mass } = graph.catalog
  const rows = await neighbourSums(graph).shells(receivers, edges, options.threads)
  const width = (edges.length - 1) * (mass ? 2 : 1)
  const columns = [new Float64Array(receivers.length).fill(1)]
  for (let column = 0; column < width; column++) {
    const values = new Float64Array(receivers.length)
    for (let row = 0; row < values.length; row++) values[row] = rows[row * width + column]
    columns.push(values)
  }
  if (mass) {
    columns.push(Float64Array.from(receivers, (halo) => mass[halo] / 1e14))
    columns.push(Float64Array.from(receivers, (halo) => Math.log(mass[halo] / 1e14)))
  }
  return columns
}

function combine(columns: readonly Float64Array[], coefficients: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(columns[0].length)
  columns.forEach((column, term) => {
    const coefficient = coefficients[term]
    for (let row = 0; row < sums.length; row++) sums[row] += coefficient * column[row]
  })
  return sums
}

/** Text, LaTeX and size of the model; the text replaces its many coefficients by symbols. */
export function describeInvariants(fitted: FittedInvariants): {
  text: string
  latex: string
  parameters: number
  complexity: number
} {
  const shells = fitted.edges.length - 1
  const reach = `${fitted.edges[0]} to ${fitted.edges[shells]} Mpc/h`
  const parameters = fitted.coefficients.length
  return {
    text: fitted.withMass
      ? `delta = c + sum over ${shells} shells (${reach}) of a_s*N_s + b_s*M_s, + p*M_i + q*log(M_i)`
      : `delta = c + sum over ${shells} shells (${reach}) of a_s*N_s`,
    latex: fitted.withMass
      ? `\\hat{\\delta}_{i} = c + \\sum_{s=1}^{${shells}} \\left(a_{s} N_{s,i} + b_{s} \\mathcal{M}_{s,i}\\right) + p\\, M_{i} + q \\ln M_{i}`
      : `\\hat{\\delta}_{i} = c + \\sum_{s=1}^{${shells}} a_{s} N_{s,i}`,
    parameters,
    // each term is coefficient * variable +; the constant has no variable, the logarithm costs three
    complexity: 1 + 4 * (parameters - 1) + (fitted.withMass ? 3 : 0)
  }
}
