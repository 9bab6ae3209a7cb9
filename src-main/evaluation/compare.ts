import type { Interval, ModelId, ModelReport, PerSet, RunResult, SetName } from '../../src-shared/contract.ts'
import type { Positions } from './blocks.ts'
import { meanInterval, resampleBlocks } from './bootstrap.ts'
import type { Column } from './columns.ts'
import { errorsOn } from './metrics.ts'

/** The part of a ModelReport that is measured. */
export type ModelErrors = Required<Pick<ModelReport, 'mae' | 'ci95' | 'bias' | 'r2'>> & { warnings: string[] }

export interface Comparison {
  models: Map<ModelId, ModelErrors>
  /** MAE(gnn) - MAE(formula) on the same halos; undefined unless both are there. */
  gnnMinusFormula: RunResult['gnnMinusFormula']
}

export interface ComparisonInput {
  positions: Positions
  /** One value a halo */
  truth: Column
  /** Empty sets are left out of the answer. */
  sets: PerSet<Uint32Array>
  /** One value a halo of the catalog; NaN where a model has no answer, which is counted in a warning. */
  predictions: ReadonlyMap<ModelId, Column>
  seed: number
}

/**
 * Measures every model on every set: MAE with its 95 % interval, bias, R2; and the paired difference between network
 * and formula. All models are judged on the same resamples of a set.
 */
export function compareModels(input: ComparisonInput): Comparison {
  const { positions, truth, predictions } = input
  const models = new Map<ModelId, ModelErrors>()
  for (const id of predictions.keys()) models.set(id, { mae: {}, ci95: {}, bias: {}, r2: {}, warnings: [] })
  const gnnMinusFormula: PerSet<{ difference: number; ci95: Interval }> = {}

  const setNames: SetName[] = ['train', 'test', 'ood']
  for (const name of setNames) {
    const set = input.sets[name]
    if (!set || set.length === 0) continue
    const resamples = resampleBlocks(positions, set, input.seed)
    const absolute = new Map<ModelId, Float64Array>()
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
    const gnn = absolute.get('gnn')
    const formula = absolute.get('formula')
    if (gnn && formula) {
      const differences = gnn.map((size, k) => size - formula[k])
      gnnMinusFormula[name] = { difference: finiteMean(differences), ci95: meanInterval(differences, resamples) }
    }
  }
  const paired = Object.keys(gnnMinusFormula).length > 0 ? gnnMinusFormula : undefined
  return { models, gnnMinusFormula: paired }
}

function finiteMean(values: Float64Array): number {
  const finite = values.filter(Number.isFinite)
  return finite.reduce((sum, value) => sum + value, 0) / finite.length
}
