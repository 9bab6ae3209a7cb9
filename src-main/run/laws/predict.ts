import { badInput } from '../../../src-shared/errors.ts'
import { evaluateLaw } from '../../law/fit/evaluate-law.ts'
import { evaluateInvariants } from '../../law/baselines/invariants.ts'
import { predictEnsemble, predictGnn } from '../../gnn/index.ts'
import type { HaloGraph } from '../../graph/halo-graph.ts'
import type { WorkOptions } from '../../work.ts'
import type { StoredModel } from '../state/run-store.ts'

/**
 * A trained model's prediction for every halo of a catalog, which need not be the one it was trained on.
 * @returns one value per halo; NaN or infinite where a law has none
 * @throws HalolawError `bad-input` when the catalog lacks a column that the model needs
 */
export async function predictModel(
  model: StoredModel,
  graph: HaloGraph,
  work: WorkOptions = {}
): Promise<Float32Array> {
  const everyHalo = Uint32Array.from({ length: graph.catalog.halos }, (_, halo) => halo)
  switch (model.kind) {
    case 'gnn':
      return Float32Array.from(await predictGnn(model.state, graph, everyHalo, work))
    case 'gnn-ensemble':
      return (await predictEnsemble(model.states, graph, everyHalo, work)).mean
    case 'formula':
      return Float32Array.from(await evaluateLaw(model.fitted.formula, graph, everyHalo, work))
    case 'invariants':
      return Float32Array.from(await evaluateInvariants(model.fitted, graph, everyHalo, work))
    default:
      throw badInput('The project holds a model of a kind that this Halolaw does not know; update Halolaw.')
  }
}
