import { badInput } from '../../../src-shared/errors.ts'
import { extraColumnsOf, resolveFeatures } from '../network/features.ts'
import type { GnnConfig } from '../network/model.ts'
import { parameterCount } from '../network/parameters.ts'
import type { GnnCheckpoint, GnnInput } from './train-types.ts'

/** @throws HalolawError `bad-input` if catalog, graph, features, target and halos do not match */
export function checkInput({ catalog, neighbours, target, train, validation }: GnnInput, config: GnnConfig): void {
  resolveFeatures(catalog, config.edgeFeatures, config.nodeFeatures)
  if (neighbours.halos !== catalog.halos || target.length !== catalog.halos)
    throw badInput(
      `The catalog holds ${catalog.halos} halos, the graph ${neighbours.halos} and the target ${target.length}; build the graph and choose the target from one catalog.`
    )
  if (train.length === 0) throw badInput('No halo is left to train on; loosen the test or OOD expression.')
  for (const set of [train, validation])
    for (const halo of set)
      if (!Number.isFinite(target[halo]))
        throw badInput(
          `The target is ${target[halo]} for halo ${halo}; remove halos without a finite target, or choose another target.`
        )
  for (const name of extraColumnsOf(config.edgeFeatures, config.nodeFeatures)) {
    const column = catalog.extra.get(name)
    if (column && train.every((halo) => column[halo] === target[halo]))
      throw badInput(`The feature column "${name}" is the target itself; leave it out of the features.`)
  }
}

/** @throws HalolawError `bad-input` if the checkpoint belongs to another network */
export function checkResumable(checkpoint: GnnCheckpoint, config: GnnConfig): void {
  const expected = parameterCount(config)
  if (checkpoint.current.parameters.length !== expected || checkpoint.moments.length !== 2 * expected)
    throw badInput(
      'The checkpoint belongs to a network of other widths or features; resume with the settings that made it.'
    )
}
