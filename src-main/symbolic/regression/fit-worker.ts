import { parentPort, workerData } from 'node:worker_threads'
import type { FrontEntry } from '../../../src-shared/contract.ts'
import { HalolawError, type ErrorCode } from '../../../src-shared/errors.ts'
import type { Progress } from '../../work.ts'
import type { FitTableRequest, FitTableResult, FitTableWork } from './fit-request.ts'
import { fitHere } from './fit-thread.ts'
import type { SearchCheckpoint } from '../search/search-checkpoint.ts'

/** What the thread is started with; it hears "end" once more, when the search is to end early. */
export interface FitCommand {
  request: FitTableRequest
  work: Pick<FitTableWork, 'resume' | 'checkpointEvery' | 'seed' | 'threads'>
  /** What the caller wants to be told beside progress */
  reports: { front: boolean; checkpoint: boolean }
}

export type FromFit =
  | { progress: Progress }
  | { front: FrontEntry[] }
  | { checkpoint: SearchCheckpoint }
  | { result: FitTableResult }
  | { error: { code: ErrorCode; message: string } }

const port = parentPort!
const { request, work, reports } = workerData as FitCommand
const say = (told: FromFit): void => port.postMessage(told)
const ending = new AbortController()
port.on('message', () => ending.abort())

try {
  const result = await fitHere(request, {
    ...work,
    ending: ending.signal,
    onProgress: (progress) => say({ progress }),
    onFront: reports.front ? (front) => say({ front }) : undefined,
    onCheckpoint: reports.checkpoint ? (checkpoint) => say({ checkpoint }) : undefined
  })
  say({ result })
} catch (cause) {
  // our own mistakes reach the caller as they are
  if (!(cause instanceof HalolawError)) throw cause
  say({ error: { code: cause.code, message: cause.message } })
}
