import type { RunConfig } from '../../../src-shared/contract.ts'
import { badInput } from '../../../src-shared/errors.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { presetConfig, scheduleOf, withMessages, type GnnConfig } from '../../gnn/index.ts'
import { isEdgeInput } from './method.ts'

/**
 * The network's settings for a run: the preset's, with the inputs, messages and schedule that the run names.
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
  return {
    ...preset,
    edgeFeatures: config.features.filter(isEdgeInput),
    nodeFeatures: config.features.filter((name) => !isEdgeInput(name))
  }
}
