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
 * Symbolic regression on any table. It runs in a worker thread (fit-thread.ts), whose search has further threads: the caller's
 * event loop stays free for tables of any size, and cancelling takes effect at once.
 * @throws HalolawError `bad-input` for a table or a request that cannot be searched; `cancelled`.
 */
export async function fitTable(request: FitTableRequest, work: FitTableWork = {}): Promise<FitTableResult> {
  throwIfCancelled(work.signal)
  const { resume, checkpointEvery, seed, threads } = work
  const command: FitCommand = {
    request: { ...request, columns: await sharedColumns(request) },
    work: { resume, checkpointEvery, seed, threads },
    reports: {
      front: work.onFront !== undefined,
      checkpoint: work.onCheckpoint !== undefined,
      trace: work.onTrace !== undefined
    }
  }
  const worker = new Worker(workerUrl(), { workerData: command })
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
    const receive = (message: FromFit): void => {
      if ('progress' in message) work.onProgress?.(message.progress)
      else if ('front' in message) work.onFront?.(message.front)
      else if ('checkpoint' in message) work.onCheckpoint?.(message.checkpoint)
      else if ('trace' in message) work.onTrace?.(message.trace)
      else if ('result' in message) done(message.result)
      else failed(new HalolawError(message.error.code, message.error.message))
    }
    worker.on('message', (message: FromFit) => {
      try {
        receive(message)
      } catch (cause) {
        // a callback failed, for example while writing to a full disk
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

/** All columns by name, in shared memory; those that the search does not use are empty. */
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

/** Next to this file as TypeScript; in the build, next to the bundle or one folder above its chunks. */
function workerUrl(): URL {
  if (import.meta.url.endsWith('.ts')) return new URL('./fit-worker.ts', import.meta.url)
  const beside = new URL('./fit-worker.js', import.meta.url)
  return existsSync(fileURLToPath(beside)) ? beside : new URL('../fit-worker.js', import.meta.url)
}
