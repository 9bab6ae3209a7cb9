import type { FrontName, RunConfig, RunResult, StepName, StepRecord } from '../../../src-shared/contract.ts'
import type { TraceSink } from '../../symbolic/index.ts'
import type { RunGuide } from './run-guide.ts'
import type { RunStore } from './run-store.ts'

export interface RunProgress {
  step: StepName
  /** Of the whole run, 0..1 */
  fraction: number
  message: string
  /** The active search for formulas; null or absent: none */
  search?: FrontName | null
}

/** How a run is observed and guided. */
export interface RunWork {
  signal?: AbortSignal
  /** May be called many times a second; the listener thins it out. */
  onProgress?: (progress: RunProgress) => void
  /** Guides the run's searches; made from the run's store */
  guide?: RunGuide
  /** `content`: `saveCatalog` of the store gets the hash of the catalog, computed while the catalog is read. Default: none */
  hash?: 'none' | 'content'
  /** Bytes that the catalog may take in memory; default: see catalog/table/sizes.ts */
  memoryLimit?: number
  /** A sentence that a person should see once, such as which engine trains and why. */
  onNotice?: (sentence: string) => void
  /** Loss of the first network as it trains; may be called many times a second */
  onStep?: (record: StepRecord) => void
  /** Receives the events of the regressions and of the search on the graph. Tracing changes no result. */
  onTrace?: TraceSink
}

/**
 * A run from a catalog to a law, see pipeline.ts. Seed and threads are in `config`.
 * @throws HalolawError `cancelled` when the signal fires; saved results stay.
 */
export type RunPipeline = (config: RunConfig, store: RunStore, work?: RunWork) => Promise<RunResult>
