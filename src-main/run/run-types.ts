import type { FrontName, RunConfig, RunResult, StepName, StepRecord } from '../../src-shared/contract.ts'
import type { RunGuide } from './run-guide.ts'
import type { RunStore } from './run-store.ts'

export interface RunProgress {
  step: StepName
  /** Of the whole run, 0..1 */
  fraction: number
  message: string
  /** The search for formulas that is at work; null or absent: none */
  search?: FrontName | null
}

/** What a run takes beside its configuration and its store. */
export interface RunWork {
  signal?: AbortSignal
  /** May be called as often as one likes; whoever listens thins it out. */
  onProgress?: (progress: RunProgress) => void
  /** Of this run's store; tells the searches what a person asks of them */
  guide?: RunGuide
  /** A sentence that a person should see once, such as which engine trains and why. */
  onNotice?: (sentence: string) => void
  /** Loss of the network that is distilled, as it trains; may be called as often as one likes */
  onStep?: (record: StepRecord) => void
}

/**
 * loadCatalog -> buildNeighbours -> trainGnn -> distil -> composeLaw -> compare, in src-main/run/pipeline.ts.
 * Seed and threads are in `config`.
 * @throws HalolawError `cancelled` when the signal fires; what was saved stays.
 */
export type RunPipeline = (config: RunConfig, store: RunStore, work?: RunWork) => Promise<RunResult>
