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
import type { Baselines } from '../../law/baselines/baselines.ts'
import type { FittedInvariants } from '../../law/baselines/invariants.ts'
import type { FitRecords } from '../../law/fit/fit-journal.ts'
import type { Distilled } from '../../law/search/distil.ts'
import type { ExhaustionState } from '../../law/search/exhaust-laws.ts'
import type { KeptLaws } from '../../law/search/kept-laws.ts'
import type { LawForms } from '../../law/text/law-form.ts'
import type { GnnState } from '../../gnn/network/model.ts'
import type { GnnCheckpoint, TrainedGnn } from '../../gnn/training/train-types.ts'
import type { Expression, FrontMember, GuidanceRecord, SearchCheckpoint } from '../../symbolic/index.ts'

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

/** What a run stores to resume from, by key: plain data only. */
export interface RunCheckpoints {
  /** The first network after its latest epoch */
  network: GnnCheckpoint
  /** The network that is trained after the first, and its name */
  'network: further': { name: string; checkpoint: GnnCheckpoint }
  /** The first network, finished */
  trained: StoredNetwork
  /** A further network, by its name */
  [trained: `trained: ${string}`]: StoredNetwork
  'message-search': SearchCheckpoint
  'node-search': SearchCheckpoint
  'message-front': { front: FrontMember[] }
  'node-front': { front: FrontMember[] }
  /** The fits of the search on the graph so far */
  'law-search': FitRecords
  distilled: Distilled
  baselines: Baselines
  /** Canonical forms of the laws of a finished run */
  'law-forms': { forms: LawForms }
  /** Every law that the search of a finished run fitted */
  'kept-laws': KeptLaws
  /** How far an exhaustion of laws has come */
  'exhausted-laws': ExhaustionState
  guidance: GuidanceRecords
}

/** Checkpoints of version 0.1.0 have no notices. */
export type StoredNetwork = Omit<TrainedGnn, 'notices'> & Partial<Pick<TrainedGnn, 'notices'>>

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
  /** State to resume from after a crash; replaces the earlier one under the same key. */
  saveCheckpoint<Key extends keyof RunCheckpoints>(key: Key, data: RunCheckpoints[Key]): void
  /** The data that an earlier process of the same run saved; null if there are none, or if they do not fit the key. */
  loadCheckpoint<Key extends keyof RunCheckpoints>(key: Key): RunCheckpoints[Key] | null
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
