import type { RunSummary, SetName } from '../../../src-shared/contract.ts'
import type { Project } from '../../project/project.ts'
import { readRunCheckpoint } from '../../project/checkpoint-records.ts'
import { pack } from '../../project/pack.ts'
import type { RunStore } from '../../run/state/run-store.ts'

/**
 * A run's store in a project file. The catalog reference belongs to the project, not to the run: it is saved when the
 * catalog is opened.
 */
export function projectRunStore(project: Project, id: RunSummary['id']): RunStore {
  const { runs } = project
  return {
    saveCatalog() {},
    saveSplit(split) {
      for (const name of ['train', 'validation', 'test', 'ood'] as (SetName | 'validation')[])
        runs.saveSet(id, name, split[name])
    },
    saveEpoch: (record) => runs.saveEpoch(id, record),
    saveCheckpoint: (key, data) => runs.saveCheckpoint(id, key, pack(data)),
    loadCheckpoint: (key) => readRunCheckpoint(runs.checkpoints(id), key),
    saveGuidance: (records) => runs.saveCheckpoint(id, 'guidance', pack(records)),
    saveFront: (which, entries) => runs.saveFront(id, which, entries),
    saveModel: (model, stored) => runs.saveModel(id, model, stored.kind, stored),
    savePredictions: (model, values) => runs.savePredictions(id, model, values),
    saveResult: (result) => runs.saveResult(id, result)
  }
}
