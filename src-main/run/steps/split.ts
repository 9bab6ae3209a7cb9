import { validationBlocks } from '../../evaluation/blocks.ts'
import { targetColumn } from '../../evaluation/columns.ts'
import { splitHalos } from '../../evaluation/splits.ts'
import type { Loaded, WithSets } from './run-state.ts'
import type { StepWork } from './run-step.ts'

/**
 * Train, test and OOD halos, and within train the validation halos.
 * @throws HalolawError `bad-input` for a mask or a target that no network can be trained with
 */
export async function split(state: Loaded, { options, store }: StepWork): Promise<WithSets> {
  const { config, catalog } = state
  const halos = splitHalos(catalog, config)
  const { train: learn, validation } = validationBlocks(catalog, halos.train, { seed: options.seed })
  store.saveSplit({ train: learn, validation, test: halos.test, ood: halos.ood })
  return { ...state, target: targetColumn(catalog, config.target), split: halos, learn, validation }
}
