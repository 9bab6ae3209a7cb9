import type { Client, Method, Params, Shell } from './contract.ts'
import type { ErrorCode } from './errors.ts'

/** What a call comes back with on the way between processes. */
export type Answer = { result: unknown } | { error: { code: ErrorCode; message: string } }

/**
 * `window.halolaw`, put there by the desktop shell's preload. Errors come as data, because Electron's bridge keeps an
 * error's message and drops its code; the window's client turns them back into errors.
 */
export interface DesktopBridge {
  request<M extends Method>(method: M, params: Params<M>): Promise<Answer>
  on: Client['on']
  onConnection: Client['onConnection']
  shell: Shell
}
