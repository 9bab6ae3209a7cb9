import type { Answer } from '../src-shared/bridge.ts'
import { logger } from './log.ts'

const log = logger('service')

/** Answers the calls of a window: the service, in this process or in another. */
export interface Backend {
  /** Never rejects: a failure is an answer with a code and a sentence. A result that is bytes is a Uint8Array. */
  call(method: string, params: unknown): Promise<Answer>
  /** Calls `listener` for every event until the returned function is called. */
  on(listener: (event: string, data: unknown) => void): () => void
}

/** The channel for answers and events: a pipe or a web socket. */
export interface Wire {
  send(message: unknown): void
  sendBytes(id: number, bytes: Uint8Array): void
}

/** Answers one request from a wire; a message that is not a request gets no answer. */
export async function answer(backend: Backend, wire: Wire, message: unknown): Promise<void> {
  if (typeof message !== 'object' || message === null) return
  const { id, method, params } = message as Record<string, unknown>
  if (typeof id !== 'number' || typeof method !== 'string') return
  const reply = await backend.call(method, params)
  if ('error' in reply) log.debug(`${method} fails with ${reply.error.code}: ${reply.error.message}`)
  if ('result' in reply && reply.result instanceof Uint8Array) wire.sendBytes(id, reply.result)
  else wire.send({ id, ...reply })
}
