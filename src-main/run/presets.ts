import type { Preset, RunConfig } from '../../src-shared/contract.ts'
import { badInput } from '../../src-shared/errors.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { DistilOptions } from '../law/search/distil.ts'
import { pairFeatures, presetConfig, scheduleOf, withMessages, type GnnConfig } from '../gnn/index.ts'

/** How much work goes into finding a formula. Counts and not times, so that a seed gives the same formula on any machine. */
export interface DistilBudget extends Pick<
  DistilOptions,
  'pairs' | 'halos' | 'graphEvaluations' | 'graphReceivers' | 'maxComplexity'
> {
  /** Rounds of the symbolic regression of the message, and of the node function */
  rounds: Record<'message' | 'node', number>
}

/** The paper's with-mass formula has complexity 22: a formula found may not be longer than the best one made by hand. */
const maxComplexity = 22

export const distilBudget: Record<Preset, DistilBudget> = {
  quick: {
    pairs: 2000,
    halos: 1000,
    rounds: { message: 4, node: 2 },
    graphEvaluations: 1000,
    graphReceivers: 600,
    maxComplexity
  },
  standard: {
    pairs: 5000,
    halos: 3000,
    rounds: { message: 20, node: 10 },
    graphEvaluations: 4000,
    graphReceivers: 1000,
    maxComplexity
  },
  paper: {
    pairs: 5000,
    halos: 5000,
    rounds: { message: 60, node: 30 },
    graphEvaluations: 10_000,
    graphReceivers: 3000,
    maxComplexity
  }
}

/**
 * The network's settings for a run: the preset's, with the inputs that the run names. Of those, names of a pair and names that
 * end in _i (receiver) or _j (sender) are the message's, the others the node function's.
 * @throws HalolawError `bad-input` when the target, which is to be predicted, is among the inputs
 */
export function gnnConfigOf(config: RunConfig, catalog: Pick<Catalog, 'mass' | 'velocity'>): GnnConfig {
  const plain = presetConfig(config.preset, catalog)
  const preset = config.messages ? withMessages(plain, config.messages) : plain
  if (config.schedule !== undefined) preset.schedule = scheduleOf(config.schedule)
  if (config.features === null) return preset
  const isTarget = (name: string): boolean => ['delta', config.target].includes(name.replace(/_[ij]$/, ''))
  const target = config.features.find(isTarget)
  if (target) throw badInput(`The input "${target}" is the target itself; leave it out of --features.`)
  const isEdge = (name: string): boolean => /_[ij]$/.test(name) || pairFeatures.some((feature) => feature.name === name)
  return {
    ...preset,
    edgeFeatures: config.features.filter(isEdge),
    nodeFeatures: config.features.filter((name) => !isEdge(name))
  }
}
