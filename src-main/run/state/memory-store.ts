import type {
  CatalogSummary,
  EpochRecord,
  FrontEntry,
  FrontName,
  ModelId,
  PredictionId,
  RunResult
} from '../../../src-shared/contract.ts'
import type { GuidanceRecords } from './run-store.ts'
import type { RunSplit, RunStore, StoredModel } from './run-store.ts'

/** A RunStore in memory: for a run of the command line without --out. */
export class MemoryRunStore implements RunStore {
  catalog: CatalogSummary | null = null
  split: RunSplit | null = null
  readonly epochs = new Map<number, EpochRecord>()
  readonly checkpoints = new Map<string, object>()
  readonly fronts: Record<FrontName, FrontEntry[]> = { message: [], node: [], law: [] }
  readonly models = new Map<ModelId, StoredModel>()
  readonly predictions = new Map<PredictionId, Float32Array>()
  result: RunResult | null = null

  saveCatalog(summary: CatalogSummary): void {
    this.catalog = summary
  }

  saveSplit(split: RunSplit): void {
    this.split = split
  }

  saveEpoch(record: EpochRecord): void {
    this.epochs.set(record.epoch, record)
  }

  saveCheckpoint(key: string, data: object): void {
    this.checkpoints.set(key, data)
  }

  loadCheckpoint<T extends object>(key: string): T | null {
    return (this.checkpoints.get(key) as T | undefined) ?? null
  }

  saveGuidance(records: GuidanceRecords): void {
    this.checkpoints.set('guidance', records)
  }

  saveFront(which: FrontName, entries: FrontEntry[]): void {
    this.fronts[which] = entries
  }

  saveModel(id: ModelId, model: StoredModel): void {
    this.models.set(id, model)
  }

  savePredictions(id: PredictionId, values: Float32Array): void {
    this.predictions.set(id, values)
  }

  saveResult(result: RunResult): void {
    this.result = result
  }
}
