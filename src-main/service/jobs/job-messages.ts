import type { RunConfig, StepRecord } from '../../../src-shared/contract.ts'
import type { ErrorCode } from '../../../src-shared/errors.ts'
import type { Progress } from '../../work.ts'
import type { LawRequest, MeasuredLaw } from '../../run/laws/measure-law.ts'
import type { GuidanceRequest } from '../../run/state/run-guide.ts'
import type { RunProgress } from '../../run/state/run-types.ts'
import type { RunStore } from '../../run/state/run-store.ts'

type Saves = Omit<RunStore, 'loadCheckpoint' | 'saveCheckpoint'>

/** One save call of a RunStore, as it is sent; checkpoints are sent packed, as they are stored. */
export type SaveMessage =
  | { [K in keyof Saves]: { save: K; args: Parameters<Saves[K]> } }[keyof Saves]
  | { save: 'saveCheckpoint'; args: [key: string, packed: Uint8Array] }

/** The task of a process: one run, or laws to measure one after another. */
export type JobTask = { start: { config: RunConfig; checkpoints: Map<string, Uint8Array> } } | { measure: LawRequest }

/** Messages to the process that does the work. */
export type ToJob = JobTask | { guide: GuidanceRequest } | { cancel: true }

/** Messages from that process. */
export type FromJob =
  | SaveMessage
  /** Its event loop is running; sent every few seconds */
  | { alive: true }
  | { progress: RunProgress; rssMB: number }
  | { step: StepRecord }
  | { measuring: Progress }
  | { measured: MeasuredLaw }
  /** The law cannot be measured; the process takes the next one */
  | { refused: { code: ErrorCode; message: string } }
  | { done: true }
  | { failed: { code: ErrorCode; message: string } }
