import { parentPort, workerData } from 'node:worker_threads'
import type { FrontEntry } from '../../../src-shared/contract.ts'
import { HalolawError, type ErrorCode } from '../../../src-shared/errors.ts'
import type { Progress } from '../../work.ts'
import type { FitTableRequest, FitTableResult, FitTableWork } from './fit-request.ts'
import { fitHere } from './fit-thread.ts'
import type { SearchCheckpoint } from '../search/search-checkpoint.ts'
import type { TraceEvent } from '../search/trace.ts'

/** What the thread starts with. The message 'end' ends its search early. */
export interface FitCommand {
  request: FitTableRequest
  work: Pick<FitTableWork, 'resume' | 'checkpointEvery' | 'seed' | 'threads'>
  /** What to report besides progress */
  reports: { front: boolean; checkpoint: boolean; trace: boolean }
}

export type FromFit =
  | { progress: Progress }
  | { front: FrontEntry[] }
  | { checkpoint: SearchCheckpoint }
  | { trace: TraceEvent }
  | { result: FitTableResult }
  | { error: { code: ErrorCode; message: string } }

const port = parentPort!
const { request, work, reports } = workerData as FitCommand
const send = (message: FromFit): void => port.postMessage(message)
const ending = new AbortController()
port.on('message', () => ending.abort())

try {
  const result = await fitHere(request, {
    ...work,
    ending: ending.signal,
    onProgress: (progress) => send({ progress }),
    onFront: reports.front ? (front) => send({ front }) : undefined,
    onCheckpoint: reports.checkpoint ? (checkpoint) => send({ checkpoint }) : undefined,
    onTrace: reports.trace ? (trace) => send({ trace }) : undefined
  })
  send({ result })
} catch (cause) {
  // an unexpected error reaches the caller with its stack
  if (!(cause instanceof HalolawError)) throw cause
  send({ error: { code: cause.code, message: cause.message } })
}
