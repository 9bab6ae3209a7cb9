import type { Backend } from '../backend.ts'
import type { Service } from './index.ts'
import { asHalolawError } from './jobs/errors.ts'

/** Makes the service of this process the backend of a window. */
export function localBackend(service: Service): Backend {
  return {
    async call(method, params) {
      try {
        return { result: await service.handle(method, params) }
      } catch (cause) {
        const { code, message } = asHalolawError(cause)
        return { error: { code, message } }
      }
    },
    on: (listener) => service.on(listener)
  }
}
