import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron } from 'playwright'
import type { ElectronApplication, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { electronBinary, hasDisplay, sandboxFlags } from '../../scripts/lib/desktop.mjs'
import { projectRoot } from '../../src-main/native.ts'
import { commands, isMenuCommand } from '../../src-shared/commands.ts'
import type { Method, ProjectSummary } from '../../src-shared/contract.ts'
import { needs } from '../fixtures/needs.ts'
import { screenshot } from './helpers/chromium.ts'
import { addPathsOfFiles, pressMenu, serviceOf, stubDialogs } from './helpers/electron.ts'
import { catalogIsShown, fieldIsDrawn } from './helpers/window.ts'

const binary = electronBinary()
const canOpen = binary !== null && hasDisplay()
const test = needs(
  canOpen,
  "Electron's binary (npm start fetches it) and a display; desktop.test.ts runs the shell on a test double"
)

const folder = mkdtempSync(join(tmpdir(), 'halolaw-electron-'))
const corner = join(projectRoot(), 'tests', 'fixtures', 'projects', 'corner.csv')
const sample = join(projectRoot(), 'resources', 'fastpm-500-z0.h5')
const saved = join(folder, 'saved.halolaw')
const args = [...sandboxFlags(), `--user-data-dir=${join(folder, 'user')}`, projectRoot()]
const env = { ...process.env, HALOLAW_CONFIG_DIR: join(folder, 'config') } as Record<string, string>

describe('the desktop window in Electron itself', () => {
  let app: ElectronApplication
  let page: Page
  let dialogs: Awaited<ReturnType<typeof stubDialogs>>

  beforeAll(async () => {
    if (!canOpen) return
    app = await _electron.launch({ executablePath: binary, args, env })
    page = await app.firstWindow()
    dialogs = await stubDialogs(app)
  })

  afterAll(async () => {
    await app?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await screenshot(page, `failed electron ${task.name}`).catch(() => undefined)
  })

  const request = (method: Method, params: unknown = {}) =>
    page.evaluate(([name, values]) => window.halolaw!.request(name as 'app.ping', values as Record<string, never>), [
      method,
      params
    ] as const) as Promise<{ result?: unknown; error?: { code: string; message: string } }>
  const project = async () => (await request('project.current')).result as ProjectSummary | undefined
  const projectPath = () => project().then((summary) => summary?.path)
  const catalogPath = () => project().then((summary) => summary?.catalog?.path)

  test('draws the bundled simulation', async () => {
    await catalogIsShown(page, 'fastpm-500-z0')
    await fieldIsDrawn(page)
    await screenshot(page, 'electron')
  })

  test('keeps Node out of the page, and the service on the pinned Node', async () => {
    expect(await page.evaluate(() => ['require', 'process', 'module'].filter((name) => name in window))).toEqual([])
    const info = await request('app.info')
    expect(info).toMatchObject({ result: { shell: 'desktop', node: expect.stringMatching(/^v?24\./) } })
  })

  test('runs the page in a sandbox with everything that protects it', async () => {
    const preferences = await app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0].webContents as unknown as { getLastWebPreferences(): object }
      return contents.getLastWebPreferences()
    })
    expect(preferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false
    })
  })

  test('shows each command of its menu under its keys', async () => {
    const shown = await app.evaluate(({ Menu }) => {
      const all = (items: Electron.MenuItem[]): Electron.MenuItem[] =>
        items.flatMap((item) => [item, ...all(item.submenu?.items ?? [])])
      return all(Menu.getApplicationMenu()!.items)
        .filter(({ id }) => /^[a-z-]+$/.test(id ?? ''))
        .map(({ id, label, accelerator }) => ({ id, label, accelerator: accelerator ?? null }))
    })
    const listed = commands.filter((command) => isMenuCommand(command))
    expect(shown).toEqual(
      listed.map(({ id, label, keys }) => ({
        id,
        label,
        accelerator: keys?.replaceAll(' ', '+').replace('Ctrl', 'CmdOrCtrl') ?? null
      }))
    )
  })

  test('performs each command of its menu, with the files of the native dialogs', async () => {
    await dialogs.choose(corner)
    await pressMenu(app, 'open-catalog')
    await expect.poll(catalogPath).toBe(corner)
    await catalogIsShown(page, 'corner')
    await pressMenu(app, 'open-sample')
    await expect.poll(catalogPath).toBe(sample)

    await dialogs.choose(saved)
    await pressMenu(app, 'save-as')
    await expect.poll(projectPath).toBe(saved)
    expect(existsSync(saved)).toBe(true)
    await expect.poll(() => dialogs.titleOfWindow()).toMatch(/^saved/)

    await pressMenu(app, 'new-project')
    await expect.poll(projectPath).toBeNull()
    await pressMenu(app, 'open-project')
    await expect.poll(projectPath).toBe(saved)

    await pressMenu(app, 'documentation')
    expect(await dialogs.openedOutside()).toEqual([expect.stringMatching(/^file:.*\/README\.md$/)])
  })

  test('opens nothing when a dialog is cancelled', async () => {
    const before = await project()
    await dialogs.choose(null)
    for (const id of ['open-catalog', 'open-project', 'save-as']) await pressMenu(app, id)
    expect(await project()).toEqual(before)
  })

  test('saves for the window only where a dialog pointed', async () => {
    const elsewhere = join(folder, 'elsewhere.halolaw')
    const { error } = await request('project.saveAs', { path: elsewhere })
    expect(error).toEqual({ code: 'bad-input', message: expect.stringContaining('no file dialog returned this path') })
    expect(existsSync(elsewhere)).toBe(false)
  })

  test('opens a catalog that is dropped on it', async () => {
    await pressMenu(app, 'new-project')
    await expect.poll(projectPath).toBeNull()
    await addPathsOfFiles(app, page, folder)
    const session = await page.context().newCDPSession(page)
    const drag = (type: 'dragEnter' | 'dragOver' | 'drop') =>
      session.send('Input.dispatchDragEvent', {
        type,
        x: 500,
        y: 400,
        data: { items: [], files: [corner], dragOperationsMask: 1 }
      })
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await drag(type)
    await expect.poll(catalogPath).toBe(corner)
    await catalogIsShown(page, 'corner')
  })

  test('takes the file of a second start, which ends at once', async () => {
    const second = spawn(binary!, [...args, saved], { env, stdio: 'ignore' })
    const code = await new Promise((resolve) => second.once('exit', resolve))
    expect(code).toBe(0)
    await expect.poll(projectPath).toBe(saved)
    expect(app.windows()).toHaveLength(1)
  })

  test('goes nowhere else and opens no other windows', async () => {
    const before = page.url()
    const opened = await page.evaluate(() => {
      const other = window.open('https://example.org/')
      location.href = 'https://example.org/'
      return other === null
    })
    expect(opened).toBe(true)
    await page.evaluate(() => (location.href = 'file:///etc/passwd'))
    expect((await request('app.ping')).result).toEqual({ now: expect.any(Number) })
    expect(page.url()).toBe(before)
    expect(app.windows()).toHaveLength(1)
  })

  test('is granted the writing of text to the clipboard, and nothing else', async () => {
    const states = await page.evaluate(async () => {
      const names = ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read', 'midi']
      const all = names.map((name) => navigator.permissions.query({ name: name as PermissionName }))
      return (await Promise.all(all)).map(({ state }, n) => `${names[n]} ${state}`)
    })
    expect(states.filter((state) => !state.endsWith(' denied'))).toEqual([])
    const outcomes = await page.evaluate(async () => {
      const outcome = (promise: Promise<unknown>) =>
        promise.then(
          () => 'granted',
          (error: DOMException) => error.name
        )
      const place = new Promise((resolve, reject) =>
        navigator.geolocation.getCurrentPosition(resolve, ({ code, PERMISSION_DENIED }) =>
          reject(new DOMException('', code === PERMISSION_DENIED ? 'NotAllowedError' : 'OtherError'))
        )
      )
      return Promise.all([outcome(place), outcome(navigator.clipboard.readText()), Notification.requestPermission()])
    })
    expect(outcomes).toEqual(['NotAllowedError', 'NotAllowedError', 'denied'])
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].webContents.focus())
    await page.evaluate(() => navigator.clipboard.writeText('a law'))
    expect(await app.evaluate(({ clipboard }) => clipboard.readText())).toBe('a law')
  })

  test('says that a killed service stopped, and comes back with its project', async () => {
    await dialogs.forget()
    process.kill(serviceOf(app), 'SIGKILL')
    await expect.poll(() => dialogs.messages()).toEqual([expect.stringContaining('stopped and starts again by itself')])
    await expect.poll(projectPath).toBe(saved)
    await expect.poll(() => dialogs.textOfWindow()).toContain('fastpm-500-z0')
  })

  test('notices a service that hangs, and comes back with its project', { timeout: 180_000 }, async () => {
    const hanging = serviceOf(app)
    process.kill(hanging, 'SIGSTOP')
    await expect.poll(() => serviceOf(app), { timeout: 90_000, interval: 1000 }).not.toBe(hanging)
    await expect.poll(projectPath).toBe(saved)
  })

  // Playwright does not follow a page through the loss of its process: from here on, the shell is asked.
  test('offers a way back when the process of the window is killed, and the service goes on', async () => {
    await dialogs.forget()
    const service = serviceOf(app)
    await dialogs.press([0])
    await app.evaluate(({ BrowserWindow }) => {
      process.kill(BrowserWindow.getAllWindows()[0].webContents.getOSProcessId(), 'SIGKILL')
    })
    await expect.poll(() => dialogs.messages()).toEqual(['The window stopped.'])
    await expect.poll(() => dialogs.textOfWindow()).toContain('saved')
    expect(serviceOf(app)).toBe(service)
  })

  test('offers a way back when the window hangs', async () => {
    await dialogs.forget()
    await dialogs.press([1, 0])
    const processOf = () =>
      app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].webContents.getOSProcessId())
    const before = await processOf()
    const hang = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].emit('unresponsive'))
    await hang()
    await expect.poll(() => dialogs.messages()).toHaveLength(1)
    expect(await processOf()).toBe(before)
    // The second time the page does hang.
    await app.evaluate(({ BrowserWindow }) => {
      void BrowserWindow.getAllWindows()[0].webContents.executeJavaScript('setTimeout(() => { for (;;); })')
    })
    await hang()
    await expect.poll(processOf).not.toBe(before)
    await expect.poll(() => dialogs.textOfWindow()).toContain('saved')
    expect(await dialogs.messages()).toEqual(['The window does not answer.', 'The window does not answer.'])
  })
})
