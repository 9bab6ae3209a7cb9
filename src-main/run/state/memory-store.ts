import type {
  CatalogSummary,
  EpochRecord,
  FrontEntry,
  FrontName,
  ModelId,
  PredictionId,
  RunResult
} from '../../../src-shared/contract.ts'
import type { GuidanceRecords, RunCheckpoints, RunSplit, RunStore, StoredModel } from './run-store.ts'

/** A RunStore in memory: for a run of the command line without --out. */
export class MemoryRunStore implements RunStore {
  catalog: CatalogSummary | null = null
  split: RunSplit | null = null
  readonly epochs = new Map<number, EpochRecord>()
  private readonly checkpoints: Partial<RunCheckpoints> = {}
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

  saveCheckpoint<Key extends keyof RunCheckpoints>(key: Key, data: RunCheckpoints[Key]): void {
    this.checkpoints[key] = data
  }

  loadCheckpoint<Key extends keyof RunCheckpoints>(key: Key): RunCheckpoints[Key] | null {
    return this.checkpoints[key] ?? null
  }

  saveGuidance(records: GuidanceRecords): void {
    this.checkpoints.guidance = records
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
