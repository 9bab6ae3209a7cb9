import type {
  CatalogSummary,
  EpochRecord,
  FrontEntry,
  FrontName,
  ModelId,
  PredictionId,
  RunResult,
  SearchGuidance
} from '../../../src-shared/contract.ts'
import type { FittedLaw, GraphLaw } from '../../law/graph-law.ts'
import type { FittedInvariants } from '../../law/baselines/invariants.ts'
import type { GnnState } from '../../gnn/network/model.ts'
import type { Expression, GuidanceRecord } from '../../symbolic/index.ts'

/** The sets of a run, as halo indices; `train` holds those the network learns from, without `validation`. */
export interface RunSplit {
  train: Uint32Array
  /** Training halos for early stopping and for the choice of a law */
  validation: Uint32Array
  test: Uint32Array
  ood: Uint32Array
}

/** Plain data that the store returns unchanged: JSON's kinds, every number (also NaN, infinities), and typed arrays. */
export type Plain =
  | null
  | undefined
  | boolean
  | number
  | string
  | Float32Array
  | Float64Array
  | Uint8Array
  | Uint32Array
  | Int32Array
  | readonly Plain[]
  | { readonly [key: string]: Plain }

/** A trained model, with everything it needs to predict on any catalog; see predict.ts. */
export type StoredModel =
  | { kind: 'gnn'; state: GnnState }
  | { kind: 'gnn-ensemble'; states: GnnState[] }
  | { kind: 'formula'; fitted: FittedLaw }
  | { kind: 'invariants'; fitted: FittedInvariants }

/** The stored guidance of a run's searches. */
export interface GuidanceRecords {
  /** As people see it */
  told: SearchGuidance
  message: GuidanceRecord<Expression>[]
  node: GuidanceRecord<Expression>[]
  law: GuidanceRecord<GraphLaw>[]
}

/**
 * Storage for a run's results: the project file, or memory. When a save returns, it is durable, or sent to the process
 * that owns the file; nothing waits until the end.
 * @throws HalolawError `disk` if the file cannot be written (full disk, folder that became read-only).
 */
export interface RunStore {
  /** @param sha256 of the catalog's content, if the run requests it: `hash` of RunWork */
  saveCatalog(summary: CatalogSummary, sha256?: string): void
  saveSplit(split: RunSplit): void
  /** Training curve and message spectrum: one row per epoch; saving an epoch again replaces its row. */
  saveEpoch(record: EpochRecord): void
  /**
   * State to resume from after a crash; replaces the earlier one under the same key, e.g. 'network' (a GnnCheckpoint),
   * 'trained' (a TrainedGnn), 'message-search', 'law-forms' ({ forms: LawForms }). Plain data only.
   */
  saveCheckpoint(key: string, data: object): void
  /** The data that an earlier process of the same run saved; null if there are none. The caller knows their type. */
  loadCheckpoint<T extends object>(key: string): T | null
  /** The guidance of the run's searches; a checkpoint under the key 'guidance'. */
  saveGuidance(records: GuidanceRecords): void
  /** The front so far; replaces the earlier one. */
  saveFront(which: FrontName, entries: FrontEntry[]): void
  saveModel(id: ModelId, model: StoredModel): void
  /** One value per halo of the catalog, NaN if there is none. */
  savePredictions(id: PredictionId, values: Float32Array): void
  /** The result, as `halolaw run --json` prints it. */
  saveResult(result: RunResult): void
}
