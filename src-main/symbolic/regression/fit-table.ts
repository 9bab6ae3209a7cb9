import { existsSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { HalolawError } from '../../../src-shared/errors.ts'
import { throwIfCancelled } from '../../work.ts'
import type { FitTableRequest, FitTableResult, FitTableWork } from './fit-request.ts'
import type { FitCommand, FromFit } from './fit-worker.ts'
import { shared } from '../table/usable-rows.ts'

/**
 * Symbolic regression on any table. All of it happens in a thread of its own (fit-thread.ts), whose search has threads of its
 * own: the caller's event loop stays free, whatever the table's size, and cancelling is heard at once.
 * @throws HalolawError `bad-input` with one sentence for a table or a request that makes no sense, `cancelled`.
 */
export async function fitTable(request: FitTableRequest, work: FitTableWork = {}): Promise<FitTableResult> {
  throwIfCancelled(work.signal)
  const { resume, checkpointEvery, seed, threads } = work
  const asked: FitCommand = {
    request: { ...request, columns: await sharedColumns(request) },
    work: { resume, checkpointEvery, seed, threads },
    reports: { front: work.onFront !== undefined, checkpoint: work.onCheckpoint !== undefined }
  }
  const worker = new Worker(workerUrl(), { workerData: asked })
  const end = (): void => worker.postMessage('end')
  if (work.ending?.aborted) end()
  else work.ending?.addEventListener('abort', end)
  try {
    return await outcome(worker, work)
  } finally {
    work.ending?.removeEventListener('abort', end)
    await worker.terminate()
  }
}

function outcome(worker: Worker, work: FitTableWork): Promise<FitTableResult> {
  return new Promise((done, failed) => {
    const cancel = (): void => failed(new HalolawError('cancelled', 'Cancelled; what was finished is kept.'))
    if (work.signal?.aborted) cancel()
    work.signal?.addEventListener('abort', cancel, { once: true })
    const take = (told: FromFit): void => {
      if ('progress' in told) work.onProgress?.(told.progress)
      else if ('front' in told) work.onFront?.(told.front)
      else if ('checkpoint' in told) work.onCheckpoint?.(told.checkpoint)
      else if ('result' in told) done(told.result)
      else failed(new HalolawError(told.error.code, told.error.message))
    }
    worker.on('message', (told: FromFit) => {
      try {
        take(told)
      } catch (cause) {
        // what the caller does with a report may fail, such as writing it to a disk that is full
        failed(cause)
      }
    })
    worker.on('error', (cause: NodeJS.ErrnoException) =>
      failed(
        cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? new HalolawError('internal', 'The search ran out of memory; give it fewer threads, columns or sample rows.')
          : cause
      )
    )
    worker.on('exit', () => failed(new HalolawError('internal', 'The search ended without an answer; try again.')))
  })
}

/** Every column's name, and the values of those that the search may look at, where all threads see them. */
async function sharedColumns({
  columns,
  target,
  variables,
  weights
}: FitTableRequest): Promise<Map<string, Float64Array>> {
  const needed = new Set([target, weights, ...(variables ?? columns.keys())])
  const all = new Map<string, Float64Array>()
  for (const [name, values] of columns) {
    all.set(name, needed.has(name) ? shared(values) : new Float64Array())
    await setImmediate()
  }
  return all
}

/** Beside this file as TypeScript; in the build, beside the bundle or one folder above its chunks. */
function workerUrl(): URL {
  if (import.meta.url.endsWith('.ts')) return new URL('./fit-worker.ts', import.meta.url)
  const beside = new URL('./fit-worker.js', import.meta.url)
  return existsSync(fileURLToPath(beside)) ? beside : new URL('../fit-worker.js', import.meta.url)
}
