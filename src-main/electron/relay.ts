import { ipcMain } from 'electron'
import type { BrowserWindow, IpcMainInvokeEvent } from 'electron'
import { channels } from '../../src-shared/bridge.ts'
import type { ServiceState } from '../../src-shared/contract.ts'
import { copiesDialog, openDialog, saveDialog } from './dialogs.ts'
import { isWindowPage } from './page.ts'
import type { ChosenPaths } from './saving.ts'
import type { ServiceProcess } from '../supervisor/service-process.ts'

export interface RelayParts {
  service: ServiceProcess
  window(): BrowserWindow | null
  serviceState(): ServiceState
  chosenPaths: ChosenPaths
  /** Of the saved project that is open */
  projectPath(): string | null
}

/**
 * Forwards the window's calls to the service, which checks the parameters, and opens the system's dialogs for it. Projects are
 * saved only where such a dialog pointed.
 */
export function startRelay({ service, window, serviceState, chosenPaths, projectPath }: RelayParts): void {
  ipcMain.handle(channels.call, (event, method: unknown, params: unknown) => {
    refuseStrangers(event)
    return chosenPaths.refusal(String(method), params, projectPath()) ?? service.call(String(method), params)
  })
  ipcMain.handle(channels.serviceState, (event) => {
    refuseStrangers(event)
    return serviceState()
  })
  ipcMain.handle(channels.openDialog, (event, kind: unknown) => {
    refuseStrangers(event)
    const owner = window()
    return owner ? openDialog(owner, kind === 'project' ? 'project' : 'catalog') : null
  })
  ipcMain.handle(channels.saveDialog, async (event, suggested: unknown) => {
    refuseStrangers(event)
    const owner = window()
    const path = owner && (await saveDialog(owner, String(suggested)))
    if (path) chosenPaths.add(path)
    return path
  })
  ipcMain.handle(channels.copiesDialog, (event, names: unknown) => {
    refuseStrangers(event)
    const owner = window()
    return owner && Array.isArray(names) ? copiesDialog(owner, names.map(String)) : null
  })
}

function refuseStrangers(event: IpcMainInvokeEvent): void {
  if (!event.senderFrame || !isWindowPage(event.senderFrame.url))
    throw new Error('Only the window may call the service.')
}
