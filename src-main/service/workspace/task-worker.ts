// The thread of work-thread.ts.
import { parentPort } from 'node:worker_threads'
import { asHalolawError } from '../jobs/errors.ts'
import { Tasks } from './tasks.ts'
import type { TaskReply, TaskRequest } from './work-thread.ts'

let tasks = new Tasks(null)

parentPort?.on('message', (request: TaskRequest) => {
  // A request without a catalog uses the previous one.
  if (request.catalog !== undefined) tasks = new Tasks(request.catalog)
  void answer(tasks, request)
})

async function answer(on: Tasks, { id, task, params }: TaskRequest): Promise<void> {
  const send = (reply: TaskReply, moved: ArrayBuffer[] = []): void => parentPort?.postMessage(reply, moved)
  try {
    // The request's type pairs each task with its own parameters; TypeScript cannot follow it through the index.
    const work = on[task] as (params: unknown) => unknown
    const result = await work.call(on, params)
    send({ id, result }, result instanceof Uint8Array && result.buffer instanceof ArrayBuffer ? [result.buffer] : [])
  } catch (cause) {
    const { code, message } = asHalolawError(cause)
    send({ id, error: { code, message } })
  }
}
