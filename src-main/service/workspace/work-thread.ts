import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { HalolawError } from '../../../src-shared/errors.ts'
import type { ErrorCode } from '../../../src-shared/errors.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { logger } from '../../log.ts'
import { projectRoot } from '../../native.ts'
import type { TaskName, TaskParams, TaskResult } from './tasks.ts'

/** Message to the thread. The columns of a catalog are in shared memory, so sending it makes no copy. */
export interface TaskRequest {
  id: number
  task: TaskName
  params: unknown
  /** Absent: the catalog of the previous request */
  catalog?: Catalog | null
}

/** Message from the thread. */
export type TaskReply = { id: number; result: unknown } | { id: number; error: { code: ErrorCode; message: string } }

const log = logger('service')

/** Runs tasks that would block the service's event loop in a thread, which starts with the first task. */
export class WorkThread {
  private worker: Worker | null = null
  private readonly waiting = new Map<number, { resolve(result: unknown): void; reject(error: HalolawError): void }>()
  private nextId = 1
  /** The catalog that the thread has; undefined: none was sent */
  private sent: Catalog | null | undefined

  /** @throws HalolawError as the task does; `internal` when the thread stops */
  run<T extends TaskName>(task: T, catalog: Catalog | null, params: TaskParams<T>): Promise<TaskResult<T>> {
    const worker = (this.worker ??= this.start())
    const id = this.nextId++
    const request: TaskRequest = { id, task, params }
    if (this.sent !== catalog) request.catalog = this.sent = catalog
    return new Promise((resolve, reject) => {
      // The thread runs Halolaw's own program, so the result is that of the task.
      this.waiting.set(id, { resolve: resolve as (result: unknown) => void, reject })
      worker.postMessage(request)
    })
  }

  async close(): Promise<void> {
    await this.worker?.terminate()
  }

  private start(): Worker {
    const worker = new Worker(workerFile())
    worker.unref()
    worker.on('message', (reply: TaskReply) => {
      const { resolve, reject } = this.waiting.get(reply.id) ?? {}
      this.waiting.delete(reply.id)
      if ('error' in reply) reject?.(new HalolawError(reply.error.code, reply.error.message))
      else resolve?.(reply.result)
    })
    worker.on('error', (cause) => log.error('The thread of the service stopped.', cause))
    worker.on('exit', () => {
      this.worker = null
      this.sent = undefined
      const stopped = new HalolawError('internal', 'The thread that worked on this stopped; repeat it.')
      for (const { reject } of this.waiting.values()) reject(stopped)
      this.waiting.clear()
    })
    return worker
  }
}

/** Next to this file in the sources, next to the shells in the build. */
function workerFile(): string {
  const here = fileURLToPath(import.meta.url)
  return here.endsWith('.ts')
    ? join(dirname(here), 'task-worker.ts')
    : join(projectRoot(), 'out', 'main', 'task-worker.js')
}
