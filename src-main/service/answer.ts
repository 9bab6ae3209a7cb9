import type { ErrorCode } from '../../src-shared/errors.ts'
import { asHalolawError } from './jobs/errors.ts'
import type { Service } from './index.ts'

/** Where answers and events go: a pipe or a web socket. */
export interface Wire {
  send(message: unknown): void
  sendBytes(id: number, bytes: Uint8Array): void
}

/** Answers one request that came over a wire; what is no request is not answered. */
export async function answer(service: Service, wire: Wire, message: unknown): Promise<void> {
  if (typeof message !== 'object' || message === null) return
  const { id, method, params } = message as Record<string, unknown>
  if (typeof id !== 'number' || typeof method !== 'string') return
  try {
    const result = await service.handle(method, params)
    if (result instanceof Uint8Array) wire.sendBytes(id, result)
    else wire.send({ id, result })
  } catch (cause) {
    const { code, message: sentence } = asHalolawError(cause)
    wire.send({ id, error: { code, message: sentence } satisfies { code: ErrorCode; message: string } })
  }
}
