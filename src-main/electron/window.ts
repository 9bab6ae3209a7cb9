import { BrowserWindow, screen } from 'electron'
import { isWindowPage, pageAddress } from './page.ts'
import { readWindowState, writeWindowState } from './window-state.ts'

export interface WindowFiles {
  preload: string
  /** File with the window's position on the screen */
  state: string
}

/** The window: sandboxed, without Node, and limited to its pages. */
export function createWindow(files: WindowFiles): BrowserWindow {
  const displays = screen.getAllDisplays().map((display) => display.workArea)
  const { bounds, maximized } = readWindowState(files.state, displays)
  const window = new BrowserWindow({
    ...bounds,
    minWidth: 960,
    minHeight: 600,
    title: 'Halolaw',
    backgroundColor: '#0F1115',
    show: false,
    webPreferences: {
      preload: files.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false
    }
  })
  window.webContents.on('will-navigate', (event) => {
    if (!isWindowPage(event.url)) event.preventDefault()
  })
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }))
  window.webContents.session.setPermissionRequestHandler((_contents, permission, grant) =>
    grant(permission === 'clipboard-sanitized-write' || permission === 'fullscreen')
  )
  window.once('ready-to-show', () => {
    if (maximized) window.maximize()
    window.show()
  })
  window.on('close', () =>
    writeWindowState(files.state, { bounds: window.getNormalBounds(), maximized: window.isMaximized() })
  )
  void window.loadURL(pageAddress)
  return window
}
