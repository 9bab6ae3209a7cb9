import { contextBridge, ipcRenderer, webUtils } from 'electron'
import type { Client, ServiceState, Shell } from '../src-shared/contract.ts'
import { channels, type DesktopBridge } from '../src-shared/bridge.ts'

const listeners = new Map<string, Set<(data: never) => void>>()
const connectionListeners = new Set<(state: ServiceState) => void>()

ipcRenderer.on(channels.event, (_event, name: string, data: unknown) => {
  for (const listener of listeners.get(name) ?? []) listener(data as never)
})
ipcRenderer.on(channels.connection, (_event, state: ServiceState) => {
  for (const listener of connectionListeners) listener(state)
})

const request: DesktopBridge['request'] = (method, params) => ipcRenderer.invoke(channels.call, method, params)

const on: Client['on'] = (event, listener) => {
  const set = listeners.get(event) ?? new Set()
  listeners.set(event, set)
  set.add(listener)
  return () => set.delete(listener)
}

const onConnection: Client['onConnection'] = (listener) => {
  connectionListeners.add(listener)
  void ipcRenderer.invoke(channels.serviceState).then((state: ServiceState) => listener(state))
  return () => connectionListeners.delete(listener)
}

const shell: Shell = {
  kind: 'desktop',
  openDialog: (kind) => ipcRenderer.invoke(channels.openDialog, kind),
  saveDialog: (suggested) => ipcRenderer.invoke(channels.saveDialog, suggested),
  copiesDialog: (names) => ipcRenderer.invoke(channels.copiesDialog, names),
  pathOf: async (file: File) => webUtils.getPathForFile(file)
}

const bridge: DesktopBridge = { request, on, onConnection, shell }
contextBridge.exposeInMainWorld('halolaw', bridge)
