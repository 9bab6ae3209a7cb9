import { badInput } from '../../src-shared/errors.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { evaluateLaw } from '../law/fit/evaluate-law.ts'
import { evaluateInvariants } from '../law/baselines/invariants.ts'
import { predictEnsemble, predictGnn } from '../gnn/index.ts'
import type { Neighbours } from '../graph/neighbours.ts'
import type { WorkOptions } from '../work.ts'
import type { StoredModel } from './run-store.ts'

/**
 * What a trained model says of every halo of a catalog, its own or another.
 * @returns one value a halo; NaN or infinite where a formula has none
 * @throws HalolawError `bad-input` when the catalog lacks a column that the model needs
 */
export async function predictModel(
  model: StoredModel,
  catalog: Catalog,
  neighbours: Neighbours,
  work: WorkOptions = {}
): Promise<Float32Array> {
  const everyHalo = Uint32Array.from({ length: catalog.halos }, (_, halo) => halo)
  switch (model.kind) {
    case 'gnn':
      return Float32Array.from(await predictGnn(model.state, catalog, neighbours, everyHalo, work))
    case 'gnn-ensemble':
      return (await predictEnsemble(model.states, catalog, neighbours, everyHalo, work)).mean
    case 'formula': {
      const { formula } = model.fitted
      return Float32Array.from(await evaluateLaw(formula, new Map(), catalog, neighbours, everyHalo, work))
    }
    case 'invariants':
      return Float32Array.from(await evaluateInvariants(model.fitted, catalog, neighbours, everyHalo, work))
    default:
      throw badInput('The project holds a model of a kind that this Halolaw does not know; update Halolaw.')
  }
}
