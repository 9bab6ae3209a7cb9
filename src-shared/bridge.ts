import type { Client, Method, Params, Shell } from './contract.ts'
import type { ErrorCode } from './errors.ts'

/** Names of the messages between the preload script and the shell. */
export const channels = {
  call: 'halolaw:call',
  event: 'halolaw:event',
  connection: 'halolaw:connection',
  serviceState: 'halolaw:service-state',
  openDialog: 'halolaw:open-dialog',
  saveDialog: 'halolaw:save-dialog',
  copiesDialog: 'halolaw:copies-dialog'
} as const

/** The answer to a call, as it travels between processes. */
export type Answer = { result: unknown } | { error: { code: ErrorCode; message: string } }

/**
 * `window.halolaw`, defined by the desktop shell's preload. Errors travel as data, because Electron's bridge drops the code of
 * an error; the window's client turns them back into errors.
 */
export interface DesktopBridge {
  request<M extends Method>(method: M, params: Params<M>): Promise<Answer>
  on: Client['on']
  onConnection: Client['onConnection']
  shell: Shell
}
