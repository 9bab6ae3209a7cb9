import { parentPort } from 'node:worker_threads'
import type { FromWorker, ToWorker } from './search-messages.ts'
import { SearchThread } from './search-thread.ts'

// One search thread: receives a problem, then works one round for each message.
const port = parentPort!
let thread: SearchThread | null = null

port.on('message', (message: ToWorker) => {
  let answer: FromWorker
  try {
    if (message.kind === 'begin') thread = new SearchThread(message)
    answer = thread!.handle(message)
  } catch (error) {
    answer = { kind: 'failed', message: (error as Error).message }
  }
  port.postMessage(answer)
})
