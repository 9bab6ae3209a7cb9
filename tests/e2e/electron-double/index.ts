/**
 * A test double of the `electron` module's main side: enough of its surface for src-main/electron, over real Chromium
 * pages that Playwright opens with the real, built preload inside. `double` is the tests' hand on it.
 */
import { EventEmitter } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright'
import { launchChromium } from '../helpers/chromium.ts'
import { BrowserWindow, windows } from './browser-window.ts'
import { ipcMain } from './ipc-main.ts'
import { protocol } from './protocol.ts'

export { BrowserWindow, ipcMain, protocol }

interface MenuItem {
  id?: string
  label?: string
  role?: string
  accelerator?: string
  submenu?: MenuItem[]
  click?(): void
}

let browser: Browser | null = null
let menu: MenuItem[] = []
const ready = Promise.withResolvers<void>()
const userData = mkdtempSync(join(tmpdir(), 'halolaw-desktop-'))

class App extends EventEmitter {
  readonly recentDocuments: string[] = []

  requestSingleInstanceLock(): boolean {
    return true
  }

  whenReady(): Promise<void> {
    return ready.promise
  }

  getPath(_name: string): string {
    return userData
  }

  getVersion(): string {
    return '0.0.0'
  }

  addRecentDocument(path: string): void {
    this.recentDocuments.push(path)
  }

  /** As Electron: windows close first, then `will-quit` may still be refused once, then the process would end. */
  quit(): void {
    for (const window of [...windows]) window.close()
    let refused = false
    this.emit('will-quit', { preventDefault: () => (refused = true) })
    if (!refused) this.emit('double-ended')
  }
}

export const app = new App()

export const Menu = {
  buildFromTemplate: (template: MenuItem[]) => template,
  setApplicationMenu: (template: MenuItem[]) => (menu = template)
}

export const screen = {
  getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }]
}

export const shell = {
  openExternal: async (address: string) => void double.openedExternally.push(address)
}

export const dialog = {
  async showOpenDialog(_window: unknown, options: object) {
    double.dialogs.push(options)
    const path = double.chosenPath
    return { canceled: path === null, filePaths: path === null ? [] : [path] }
  },
  async showSaveDialog(_window: unknown, options: object) {
    double.dialogs.push(options)
    return { canceled: double.chosenPath === null, filePath: double.chosenPath ?? '' }
  },
  async showMessageBox(first: object, second?: { message: string }) {
    double.messages.push((second ?? (first as { message: string })).message)
    return { response: double.answers.shift() ?? 0 }
  }
}

export const double = {
  /** What the person picks in the next dialogs; null: they cancel. */
  chosenPath: null as string | null,
  dialogs: [] as object[],
  messages: [] as string[],
  /** The buttons that the person presses in the next messages, by number; the first button when there are none left. */
  answers: [] as number[],
  openedExternally: [] as string[],
  userData,

  /** Starts Chromium and tells the program under test that Electron is ready. */
  async start(): Promise<void> {
    browser = await launchChromium()
    BrowserWindow.context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    ready.resolve()
  },

  clickMenu(id: string): void {
    const find = (items: MenuItem[]): MenuItem | undefined =>
      items.map((item) => (item.id === id ? item : find(item.submenu ?? []))).find(Boolean)
    const item = find(menu)
    if (!item?.click) throw new Error(`The menu has no item ${id}.`)
    item.click()
  },

  menu: () => menu,
  window: () => windows.at(-1) ?? null,

  /** Quits as a person would and waits until the program lets go. */
  async quit(): Promise<void> {
    const ended = new Promise<void>((resolve) => app.once('double-ended', resolve))
    app.quit()
    await ended
    await browser?.close()
  }
}
