import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import type { BrowserContext, Page } from 'playwright'
import { ipcMain } from './ipc-main.ts'
import { fromPage, protocol, toPage } from './protocol.ts'
import { rendererScript } from './renderer.ts'

export const windows: BrowserWindow[] = []

interface Options {
  width: number
  height: number
  webPreferences: { preload: string; [name: string]: unknown }
}

type OpenHandler = (details: { url: string }) => { action: 'deny' | 'allow' }

type PermissionCheck = (contents: WebContents | null, permission: string, origin: string) => boolean
type PermissionRequest = (contents: WebContents, permission: string, answer: (granted: boolean) => void) => void

/** Keeps the handlers for the tests to ask; Chromium itself is not asked. */
class Session {
  check: PermissionCheck = () => true
  request: PermissionRequest = (_contents, _permission, answer) => answer(true)
  device: () => boolean = () => true

  setPermissionCheckHandler(handler: PermissionCheck): void {
    this.check = handler
  }

  setPermissionRequestHandler(handler: PermissionRequest): void {
    this.request = handler
  }

  setDevicePermissionHandler(handler: () => boolean): void {
    this.device = handler
  }
}

class WebContents extends EventEmitter {
  readonly session = new Session()
  openHandler: OpenHandler = () => ({ action: 'allow' })
  /** Set once the page is there; messages before that are lost, as in Electron. */
  page: Page | null = null
  reloads = 0
  private crashed = false

  setWindowOpenHandler(handler: OpenHandler): void {
    this.openHandler = handler
  }

  getURL(): string {
    return fromPage(this.page?.url() ?? '')
  }

  isCrashed(): boolean {
    return this.crashed
  }

  forcefullyCrashRenderer(): void {
    this.crashed = true
    this.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 139 })
  }

  reload(): void {
    this.crashed = false
    this.reloads++
    // A reload that the next one interrupts fails in Playwright, and does not in Electron.
    this.page?.reload().catch(() => undefined)
  }

  send(channel: string, ...args: unknown[]): void {
    const deliver = ([name, values]: [string, unknown[]]) => window.__electronDeliver(name, values)
    // A page that is closing takes no more messages.
    this.page?.evaluate(deliver, [channel, args] as [string, unknown[]]).catch(() => undefined)
  }
}

declare global {
  interface Window {
    __electronDeliver(channel: string, args: unknown[]): void
  }
}

export class BrowserWindow extends EventEmitter {
  static context: BrowserContext | null = null
  readonly webContents = new WebContents()
  readonly options: Options
  title = ''
  /** Resolves with the page once it has loaded. */
  readonly loaded: Promise<Page>
  private readonly resolveLoaded: (page: Page) => void

  constructor(options: Options) {
    super()
    this.options = options
    const { promise, resolve } = Promise.withResolvers<Page>()
    this.loaded = promise
    this.resolveLoaded = resolve
    windows.push(this)
  }

  async loadURL(address: string): Promise<void> {
    const context = BrowserWindow.context
    if (!context) throw new Error('The double was not started.')
    const page = await context.newPage()
    await page.addInitScript(rendererScript(readFileSync(this.options.webPreferences.preload, 'utf8')))
    await page.exposeBinding('__electronInvoke', ({ frame }, channel: string, args: unknown[]) =>
      ipcMain.invoke(fromPage(frame.url()), channel, args)
    )
    await page.route('**/*', (route) => {
      const request = route.request()
      const foreign = request.isNavigationRequest() && page.url() !== 'about:blank'
      return foreign && !this.mayNavigate(fromPage(request.url())) ? route.abort('aborted') : protocol.route(route)
    })
    page.on('popup', (popup) => {
      if (this.webContents.openHandler({ url: popup.url() }).action === 'deny') void popup.close()
    })
    this.webContents.page = page
    await page.goto(toPage(address))
    this.emit('ready-to-show')
    this.resolveLoaded(page)
  }

  private mayNavigate(url: string): boolean {
    let allowed = true
    this.webContents.emit('will-navigate', { url, preventDefault: () => (allowed = false) })
    return allowed
  }

  setTitle(title: string): void {
    this.title = title
  }

  close(): void {
    this.emit('close')
    windows.splice(windows.indexOf(this), 1)
    void this.webContents.page?.close()
    this.emit('closed')
  }

  getNormalBounds() {
    return { x: 40, y: 40, width: this.options.width, height: this.options.height }
  }

  destroy(): void {
    windows.splice(windows.indexOf(this), 1)
    void this.webContents.page?.close()
    this.emit('closed')
  }

  isDestroyed = () => !windows.includes(this)
  isMaximized = () => false
  isMinimized = () => false
  maximize = () => undefined
  restore = () => undefined
  focus = () => undefined
  show = () => undefined
}
