import type { AblationEntry, Interval } from '../../src-shared/contract.ts'
import type { Positions } from './blocks.ts'
import { meanInterval, resampleBlocks } from './bootstrap.ts'
import type { Column } from './columns.ts'

type SetOrValidation = keyof AblationEntry['mae']

/**
 * Errors of networks that lack one feature, and how far they exceed the errors of the full network on the same halos.
 * The difference is positive if the feature helps. Intervals are 95 % block bootstraps, paired for the difference.
 * @param predictions of the full network, and of each network without a feature; one value per halo of the catalog
 */
export function compareAblations(
  positions: Positions,
  truth: Column,
  sets: Partial<Record<SetOrValidation, Uint32Array>>,
  predictions: { whole: Column; without: readonly Column[] },
  seed: number
): Pick<AblationEntry, 'mae' | 'ci95' | 'difference'>[] {
  const { whole, without } = predictions
  const entries = without.map((): Pick<AblationEntry, 'mae' | 'ci95' | 'difference'> => ({
    mae: {},
    ci95: {},
    difference: {}
  }))
  for (const [name, set] of Object.entries(sets) as [SetOrValidation, Uint32Array][]) {
    if (set.length === 0) continue
    const resamples = resampleBlocks(positions, set, seed)
    const sizes = (predicted: Column): Float64Array =>
      Float64Array.from(set, (halo) => Math.abs(predicted[halo] - truth[halo]))
    const reference = sizes(whole)
    without.forEach((predicted, n) => {
      const errors = sizes(predicted)
      const differences = errors.map((size, k) => size - reference[k])
      const entry = entries[n]
      entry.mae[name] = finiteMean(errors)
      entry.ci95[name] = meanInterval(errors, resamples)
      const ci95: Interval = meanInterval(differences, resamples)
      entry.difference[name] = { difference: finiteMean(differences), ci95 }
    })
  }
  return entries
}

function finiteMean(values: Float64Array): number {
  const finite = values.filter(Number.isFinite)
  return finite.reduce((sum, value) => sum + value, 0) / finite.length
}
