import { setNames } from '../../src-shared/set-codes.ts'
import type { ModelReport, PairedDifference, PerSet } from '../../src-shared/contract.ts'
import type { Positions } from './blocks.ts'
import { meanInterval, resampleBlocks } from './bootstrap.ts'
import type { Column } from './columns.ts'
import { errorsOn } from './metrics.ts'

/** The measured part of a ModelReport. */
export type ModelErrors = Required<Pick<ModelReport, 'mae' | 'ci95' | 'bias' | 'r2'>> & { warnings: string[] }

export interface ModelComparison<Id extends string> {
  models: Map<Id, ModelErrors>
  /** MAE of the pair's first model minus MAE of its second, on the same halos; undefined without a pair. */
  difference: PerSet<PairedDifference> | undefined
}

export interface ComparisonInput<Id extends string> {
  positions: Positions
  /** One value per halo */
  truth: Column
  /** Empty sets are left out of the result. */
  sets: PerSet<Uint32Array>
  /** One value per halo of the catalog; NaN if a model gives no prediction. A warning counts the NaNs. */
  predictions: ReadonlyMap<Id, Column>
  /** The pair whose errors are subtracted */
  pair?: readonly [Id, Id]
  seed: number
}

/**
 * Measures every model on every set: MAE with its 95 % interval, bias, R2, and the paired difference between two
 * models. All models are compared on the same resamples of a set.
 */
export function compareModels<Id extends string>(input: ComparisonInput<Id>): ModelComparison<Id> {
  const { positions, truth, predictions } = input
  const models = new Map<Id, ModelErrors>()
  for (const id of predictions.keys()) models.set(id, { mae: {}, ci95: {}, bias: {}, r2: {}, warnings: [] })
  const difference: PerSet<PairedDifference> = {}

  for (const name of setNames) {
    const set = input.sets[name]
    if (!set || set.length === 0) continue
    const resamples = resampleBlocks(positions, set, input.seed)
    const absolute = new Map<Id, Float64Array>()
    for (const [id, predicted] of predictions) {
      const report = models.get(id)!
      const errors = errorsOn(predicted, truth, set)
      const sizes = Float64Array.from(set, (halo) => Math.abs(predicted[halo] - truth[halo]))
      absolute.set(id, sizes)
      report.mae[name] = errors.mae
      report.bias[name] = errors.bias
      report.r2[name] = errors.r2
      report.ci95[name] = meanInterval(sizes, resamples)
      const missing = set.length - errors.halos
      if (missing > 0)
        report.warnings.push(`${missing} of ${set.length} ${name} halos have no finite prediction and are not counted.`)
    }
    const [one, other] = (input.pair ?? []).map((id) => absolute.get(id))
    if (one && other) {
      const differences = one.map((size, k) => size - other[k])
      difference[name] = { difference: finiteMean(differences), ci95: meanInterval(differences, resamples) }
    }
  }
  return { models, difference: Object.keys(difference).length > 0 ? difference : undefined }
}

function finiteMean(values: Float64Array): number {
  const finite = values.filter(Number.isFinite)
  return finite.reduce((sum, value) => sum + value, 0) / finite.length
}
