import { parentPort, workerData } from 'node:worker_threads'
import { HalolawError } from '../../src-shared/errors.ts'
import { checkProject } from './check.ts'
import type { CheckReply, CheckRequest } from './check-aside.ts'

const { path } = workerData as CheckRequest
const reply = (message: CheckReply): void => parentPort?.postMessage(message)
reply('started')
try {
  checkProject(path)
  reply({ ok: true })
} catch (cause) {
  const { code, message } = cause instanceof HalolawError ? cause : new HalolawError('internal', String(cause))
  reply({ ok: false, code, message })
}
