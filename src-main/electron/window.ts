import { BrowserWindow, screen } from 'electron'
import { restrictNavigation, restrictPermissions } from './guard.ts'
import { pageAddress } from './page.ts'
import { offerWayBack } from './way-back.ts'
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
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      navigateOnDragDrop: false,
      webviewTag: false,
      spellcheck: false
    }
  })
  restrictNavigation(window.webContents)
  restrictPermissions(window.webContents.session)
  offerWayBack(window)
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
