import type { HaloGraph } from '../../graph/halo-graph.ts'
import { badInput } from '../../../src-shared/errors.ts'
import { Random } from '../../random.ts'
import type { WorkOptions } from '../../work.ts'
import { lawModel } from './evaluate-law.ts'
import { fittedLaw, lawComplexity, lawConstants, withLawConstants } from '../graph-law.ts'
import type { FittedLaw, GraphLaw } from '../graph-law.ts'
import { neighbourSums } from './neighbour-sums.ts'
import { findPoles } from './poles.ts'
import { fitRobust } from './robust-fit.ts'
import type { RobustFit } from './robust-fit.ts'
import { spatialBlocks, uncertainty } from './standard-errors.ts'

export interface RefitOptions extends WorkOptions {
  /** Further starts, values by name of constant; constants that are not named keep the law's values. */
  starts?: readonly Readonly<Record<string, number>>[]
  /** Least number of starts; missing ones are drawn around the first. */
  minStarts?: number
  /** The final fit reads at most this many receivers, a random sample of more. */
  maxReceivers?: number
}

/** Receivers on which starts are compared. */
const trialReceivers = 2000
const trialSteps = 40
/** How many of the best starts are fitted on all receivers. */
const finalists = 2

/**
 * Fits every named constant to the target of the receivers through the sum over neighbours: least mean absolute error
 * (robust-fit.ts) with analytic derivatives, from several starts. The best starts are fitted on all receivers.
 * @param target one value per halo of the catalog; only those of `receivers` are read
 * @throws HalolawError `bad-input` without receivers, or when no start gives finite predictions
 */
export async function refitLaw(
  law: GraphLaw,
  halos: HaloGraph,
  target: ArrayLike<number>,
  receivers: Uint32Array,
  options: RefitOptions = {}
): Promise<FittedLaw> {
  const { signal, onProgress, seed = 0, threads, starts = [], minStarts = 4, maxReceivers = 60_000 } = options
  if (receivers.length === 0) throw badInput('There are no halos to fit the law on; loosen the masks.')
  const random = new Random(seed)
  const graph = neighbourSums(halos)
  const rows = sampleOf(receivers, maxReceivers, random)
  const names = lawConstants(law).map(({ name }) => name)
  const values = targetsOf(target, rows)

  const few = sampleOf(rows, trialReceivers, random)
  const fewValues = targetsOf(target, few)
  const trial = lawModel(law, graph, few, threads)
  const trials: RobustFit[] = []
  const startValues = allStarts(law, starts, minStarts, random)
  const total = startValues.length + finalists * 2
  for (const [n, start] of startValues.entries()) {
    onProgress?.({ fraction: n / total, message: `Start ${n + 1} of ${startValues.length}` })
    const fit = await fitRobust(trial, fewValues, start, { signal, maxSteps: trialSteps })
    if (fit) trials.push(fit)
  }
  if (trials.length === 0)
    throw badInput(
      'The law is not finite on the training halos for any start of its constants; choose another law or other starts.'
    )
  trials.sort((a, b) => a.mae - b.mae)
  const stalled = trials.filter((fit) => fit.mae > 1.05 * trials[0].mae).length

  const model = lawModel(law, graph, rows, threads)
  let best: RobustFit | null = null
  for (const [n, fit] of distinct(trials).slice(0, finalists).entries()) {
    onProgress?.({ fraction: (startValues.length + 2 * n) / total, message: 'Refit on all training halos' })
    const refined = await fitRobust(model, values, fit.parameters, { signal })
    if (refined && (!best || refined.mae < best.mae)) best = refined
  }
  if (!best)
    throw badInput(
      'The law is finite on a sample of the training halos only, because it has a pole among the others; choose another law.'
    )

  const { standardErrors, degenerate } = await uncertainty(
    best,
    values,
    spatialBlocks(halos.catalog, rows, halos.neighbours.radius)
  )
  const constants = names.map((name, p) => ({ name, value: best.parameters[p], standardError: standardErrors[p] }))
  const fitted = withLawConstants(law, new Map(constants.map(({ name, value }) => [name, value])))
  const sums = (await graph.messages(fitted.messages, rows, 'values', threads)).map((message) => message.sums)
  const warnings = await findPoles(fitted, graph, rows, sums, seed)
  for (const group of degenerate)
    warnings.push(
      group.length === 1
        ? `The data leave ${names[group[0]]} open: changing it changes no prediction.`
        : `${listed(group.map((p) => names[p]))} can be changed together without changing any prediction: their values are one choice of many.`
    )
  if (stalled > 0) warnings.push(`${stalled} of ${startValues.length} starts of the fit stalled above the best one.`)
  onProgress?.({ fraction: 1, message: 'Law fitted' })
  return { formula: fitted, constants, complexity: lawComplexity(law), trainMae: best.mae, warnings }
}

/** Steps from constants that are nearly right */
const fewSteps = { maxSteps: 12, smoothing: [0.15, 0.05], tolerance: 1e-4 } as const

/**
 * Improves the constants of a law by a few steps from their present values; use it where these are nearly right.
 * @returns null when the law is not finite on the receivers
 */
export async function improveLaw(
  law: GraphLaw,
  halos: HaloGraph,
  target: ArrayLike<number>,
  receivers: Uint32Array,
  { signal, threads }: WorkOptions = {}
): Promise<FittedLaw | null> {
  const constants = lawConstants(law)
  const start = Float64Array.from(constants, ({ value }) => value)
  const model = lawModel(law, neighbourSums(halos), receivers, threads)
  const fit = await fitRobust(model, targetsOf(target, receivers), start, { ...fewSteps, signal })
  if (!fit) return null
  const values = new Map(constants.map(({ name }, p) => [name, fit.parameters[p]]))
  return fittedLaw(withLawConstants(law, values), fit.mae)
}

/** At most `count` of the halos, in their order. */
export function sampleOf(halos: Uint32Array, count: number, random: Random): Uint32Array {
  return halos.length <= count ? halos : random.shuffle(Uint32Array.from(halos)).slice(0, count).sort()
}

/** Shares of a sample that hold the halos of least and of largest target */
const extremes = { least: 0.05, most: 0.01 } as const

/**
 * At most `count` of the halos, in their order: a random sample, and the halos of the most extreme targets, so that a fit keeps
 * powers and logarithms of sums finite there.
 */
export function sampleWithExtremes(
  halos: Uint32Array,
  target: ArrayLike<number>,
  count: number,
  random: Random
): Uint32Array {
  if (halos.length <= count) return halos
  const ordered = Uint32Array.from(halos).sort((a, b) => target[a] - target[b])
  const least = ordered.subarray(0, Math.round(extremes.least * count))
  const most = ordered.subarray(ordered.length - Math.round(extremes.most * count))
  const chosen = new Set([...least, ...most])
  const others = halos.filter((halo) => !chosen.has(halo))
  return Uint32Array.from([...chosen, ...sampleOf(others, count - chosen.size, random)]).sort()
}

export function targetsOf(target: ArrayLike<number>, halos: Uint32Array): Float64Array {
  const values = Float64Array.from(halos, (halo) => target[halo])
  const bad = values.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0)
  if (bad > 0)
    throw badInput(
      `The target of ${bad} of ${halos.length} training halos is not a finite number; mask those halos or choose another target.`
    )
  return values
}

/** The law's own values, the given ones, and as many draws around the first as are missing. */
function allStarts(
  formula: GraphLaw,
  others: readonly Readonly<Record<string, number>>[],
  least: number,
  random: Random
): Float64Array[] {
  const constants = lawConstants(formula)
  const starts = [{}, ...others].map((values: Readonly<Record<string, number>>) =>
    Float64Array.from(constants, ({ name, value }) => values[name] ?? value)
  )
  while (constants.length > 0 && starts.length < least)
    starts.push(
      starts[0].map((value) => (value === 0 ? 0.3 * random.normal() : value * Math.exp(0.6 * random.normal())))
    )
  return starts
}

/** Fits in order, without those whose error equals an earlier one. */
function distinct(fits: readonly RobustFit[]): RobustFit[] {
  return fits.filter((fit, n) => fits.findIndex((other) => Math.abs(other.mae - fit.mae) < 1e-3 * fit.mae) === n)
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
