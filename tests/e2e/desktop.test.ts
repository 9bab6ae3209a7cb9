import type { ChildProcess } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { DesktopBridge } from '../../src-shared/bridge.ts'
import { projectRoot } from '../../src-main/native.ts'
import { app, double } from './electron-double/index.ts'
import { complaints, screenshot } from './helpers/chromium.ts'
import { catalogIsShown, fieldIsDrawn } from './helpers/window.ts'

vi.mock('electron', () => import('./electron-double/index.ts'))
const children: ChildProcess[] = []
vi.mock('node:child_process', async (original) => {
  const real = await original<typeof import('node:child_process')>()
  const spawn = (...args: Parameters<typeof real.spawn>) => {
    const child = real.spawn(...args)
    children.push(child)
    return child
  }
  return { ...real, spawn }
})

const folder = mkdtempSync(join(tmpdir(), 'halolaw-desktop-test-'))
const sample = join(projectRoot(), 'resources', 'fastpm-500-z0.h5')
let page: Page
let complaintsOfPage: string[]

declare global {
  interface Window {
    halolaw?: DesktopBridge
  }
}

/** The service's answer to the window, through preload, relay and pipe. */
function request(
  method: string,
  params: unknown = {}
): Promise<{ result?: unknown; error?: { code: string; message: string } }> {
  return page.evaluate(
    ([name, values]) => window.halolaw!.request(name as 'app.ping', values as Record<string, never>),
    [method, params] as const
  )
}

beforeAll(async () => {
  process.env.HALOLAW_CONFIG_DIR = join(folder, 'config')
  process.argv = ['electron', projectRoot()]
  await double.start()
  await import('../../src-main/electron/main.ts')
  await vi.waitFor(() => expect(double.window()).not.toBeNull(), { timeout: 20_000 })
  page = await double.window()!.loaded
  complaintsOfPage = complaints(page)
})

afterAll(async () => {
  await double.quit()
  expect(children.at(-1)!.exitCode ?? children.at(-1)!.signalCode).not.toBeNull()
})

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await screenshot(page, `failed ${task.name}`)
})

describe('the desktop shell', () => {
  test('opens one sandboxed window without Node in it', async () => {
    expect(double.window()!.options.webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      navigateOnDragDrop: false,
      webviewTag: false
    })
    expect(await page.evaluate(() => ['require', 'process', 'module'].filter((name) => name in window))).toEqual([])
  })

  test('relays calls to the service, which is a process of its own on the pinned Node', async () => {
    const { result } = await request('app.info')
    expect(result).toMatchObject({ shell: 'desktop', node: expect.stringMatching(/^v?24\./) })
    const ping = await request('app.ping')
    expect(ping.result).toEqual({ now: expect.any(Number) })
  })

  test('keeps the code and the sentence of an error', async () => {
    const { error } = await request('catalog.open', { path: join(folder, 'absent.h5') })
    expect(error).toEqual({ code: 'bad-input', message: expect.stringContaining('absent.h5') })
    expect((await request('no.such.method')).error).toEqual({
      code: 'not-found',
      message: 'The service has no method "no.such.method"; reload the window, which may be older than the service.'
    })
  })

  test('shows the bundled simulation from its menu', async () => {
    await catalogIsShown(page, 'fastpm-500-z0')
    double.clickMenu('open-sample')
    await fieldIsDrawn(page)
    await screenshot(page, 'desktop')
  })

  test('carries columns as bytes', async () => {
    const kind = await page.evaluate(async () => {
      const answer = await window.halolaw!.request('catalog.columns', { columns: ['x', 'mass'] })
      return 'result' in answer && answer.result instanceof Uint8Array
        ? answer.result.byteLength
        : JSON.stringify(answer)
    })
    expect(kind).toBeGreaterThan(2 * 4 * 37_239)
  })

  test("asks through the system's dialogs, and says nothing when they are cancelled", async () => {
    const ask = () => page.evaluate(() => window.halolaw!.shell.openDialog!('catalog'))
    double.chosenPath = null
    expect(await ask()).toBeNull()
    double.chosenPath = sample
    expect(await ask()).toBe(sample)
    double.chosenPath = join(folder, 'mine')
    expect(await page.evaluate(() => window.halolaw!.shell.saveDialog!('project.halolaw'))).toBe(
      join(folder, 'mine.halolaw')
    )
  })

  test('saves a project from its menu, names the window after it and remembers it', async () => {
    const path = join(folder, 'saved.halolaw')
    double.chosenPath = path
    double.clickMenu('save-as')
    await vi.waitFor(() => expect(double.window()!.title).toMatch(/^saved/), { timeout: 20_000 })
    expect(existsSync(path)).toBe(true)
    expect(app.recentDocuments).toContain(path)
  })

  test('saves for the window only where a dialog pointed', async () => {
    const elsewhere = join(folder, 'elsewhere.halolaw')
    for (const path of [elsewhere, `${folder}/config/../saved.halolaw`, 'saved.halolaw']) {
      const { error } = await request('project.saveAs', { path })
      expect(error).toEqual({ code: 'bad-input', message: expect.stringMatching(/no file dialog returned this path/) })
    }
    expect(existsSync(elsewhere)).toBe(false)
    expect((await request('project.saveAs', { path: join(folder, 'saved.halolaw') })).error).toBeUndefined()
    double.chosenPath = join(folder, 'chosen.halolaw')
    const path = await page.evaluate(() => window.halolaw!.shell.saveDialog!('project.halolaw'))
    expect((await request('project.saveAs', { path })).error).toBeUndefined()
    expect(existsSync(path!)).toBe(true)
    expect((await request('project.open', { path: join(folder, 'saved.halolaw') })).error).toBeUndefined()
  })

  test('asks what becomes of a catalog in a temporary folder, from its menu and from the window', async () => {
    const upload = join(mkdtempSync(join(tmpdir(), `halolaw-upload-${process.pid}-`)), 'sent.csv')
    copyFileSync(join(projectRoot(), 'tests', 'fixtures', 'projects', 'corner.csv'), upload)
    expect((await request('catalog.open', { path: upload, project: 'new' })).error).toBeUndefined()
    double.messages.length = 0
    double.chosenPath = join(folder, 'with-upload.halolaw')
    double.answers = [2]
    double.clickMenu('save-as')
    await vi.waitFor(() =>
      expect(double.messages).toEqual([
        'sent.csv lies in a temporary folder, because the browser sent it. Copy it beside the project?'
      ])
    )
    expect(existsSync(double.chosenPath)).toBe(false)
    double.answers = [1]
    await page.keyboard.press('Control+Shift+S')
    await vi.waitFor(() => expect(double.window()!.title).toMatch(/^with-upload/), { timeout: 20_000 })
    expect([double.messages[1], existsSync(join(folder, 'sent.csv'))]).toEqual([double.messages[0], false])
    double.answers = [0]
    double.chosenPath = join(folder, 'with-copy.halolaw')
    double.clickMenu('save-as')
    await vi.waitFor(() => expect(existsSync(join(folder, 'sent.csv'))).toBe(true), { timeout: 20_000 })
    await vi.waitFor(() => expect(double.window()!.title).toMatch(/^with-copy/), { timeout: 20_000 })
    expect((await request('project.open', { path: join(folder, 'saved.halolaw') })).error).toBeUndefined()
  })

  test('asks where another catalog goes that its menu opens', async () => {
    const other = join(projectRoot(), 'tests', 'fixtures', 'projects', 'corner.csv')
    const before = (await request('project.current')).result
    double.messages.length = 0
    double.chosenPath = other
    double.answers = [2]
    double.clickMenu('open-catalog')
    await vi.waitFor(() =>
      expect(double.messages.join()).toMatch(/Open corner\.csv in a new project, or add it to saved\?/)
    )
    expect((await request('project.current')).result).toEqual(before)
    double.answers = [1]
    double.clickMenu('open-catalog')
    await vi.waitFor(
      async () => {
        const { result } = await request('project.current')
        expect((result as { catalogs: { path: string }[] }).catalogs.map(({ path }) => path)).toEqual([other, sample])
      },
      { timeout: 20_000 }
    )
    expect(double.messages).toHaveLength(2)
  })

  test('grants the window the writing of text to the clipboard, and nothing else', () => {
    const { webContents } = double.window()!
    const { session } = webContents
    const ask = (permission: string) => {
      let granted: boolean | null = null
      session.request(webContents, permission, (answer) => (granted = answer))
      return [session.check(webContents, permission, 'halolaw://window/'), granted]
    }
    expect(ask('clipboard-sanitized-write')).toEqual([true, true])
    for (const permission of [
      'clipboard-read',
      'media',
      'geolocation',
      'notifications',
      'openExternal',
      'fullscreen',
      'hid'
    ])
      expect(ask(permission)).toEqual([false, false])
    expect(session.check(null, 'clipboard-sanitized-write', 'https://example.org')).toBe(false)
    expect(session.device()).toBe(false)
  })

  test('offers a way back when the window stops or hangs', async () => {
    const window = double.window()!
    const { webContents } = window
    double.messages.length = 0
    double.answers = [0]
    webContents.forcefullyCrashRenderer()
    await vi.waitFor(() => expect(webContents.reloads).toBe(1))
    double.answers = [1]
    window.emit('unresponsive')
    await vi.waitFor(() => expect(double.messages).toHaveLength(2))
    expect(webContents.reloads).toBe(1)
    double.answers = [0]
    window.emit('unresponsive')
    await vi.waitFor(() => expect(webContents.reloads).toBe(2))
    expect(double.messages).toEqual([
      'The window stopped.',
      'The window does not answer.',
      'The window does not answer.'
    ])
    await catalogIsShown(page, 'corner')
    expect((await request('app.ping')).result).toEqual({ now: expect.any(Number) })
  })

  test('opens its documentation outside', () => {
    double.clickMenu('documentation')
    expect(double.openedExternally).toEqual([pathToFileURL(join(projectRoot(), 'README.md')).href])
  })

  test('tells why a file that the system handed over cannot be opened', async () => {
    double.messages.length = 0
    app.emit('open-file', { preventDefault: () => undefined }, join(folder, 'gone.halolaw'))
    await vi.waitFor(() => expect(double.messages.join()).toContain('gone.halolaw'), { timeout: 20_000 })
  })

  test('starts a crashed service again, says so, and returns to the project', async () => {
    double.messages.length = 0
    children.at(-1)!.kill('SIGKILL')
    await vi.waitFor(() => expect(double.messages.join()).toMatch(/stopped and starts again by itself/), {
      timeout: 20_000
    })
    await vi.waitFor(
      async () => {
        const project = await request('project.current')
        expect((project.result as { path: string } | undefined)?.path).toBe(join(folder, 'saved.halolaw'))
      },
      { timeout: 20_000 }
    )
  })

  test('goes nowhere else and opens no other windows', async () => {
    const before = page.url()
    await page.evaluate(() => {
      window.open('https://example.org/')
      location.href = 'https://example.org/'
    })
    expect((await request('app.ping')).result).toEqual({ now: expect.any(Number) })
    expect(page.url()).toBe(before)
    await expect.poll(() => page.context().pages().length).toBe(1)
  })

  test('had nothing to complain of', () => {
    expect(complaintsOfPage.filter((text) => !/example\.org|ERR_FAILED/.test(text))).toEqual([])
  })

  test('keeps the place of its window', () => {
    double.window()!.close()
    const state = JSON.parse(readFileSync(join(double.userData, 'window.json'), 'utf8'))
    expect(state).toEqual({ bounds: { x: 40, y: 40, width: 1440, height: 900 }, maximized: false })
  })
})
