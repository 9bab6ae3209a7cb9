import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron } from 'playwright'
import type { ElectronApplication, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { electronBinary, hasDisplay } from '../../scripts/lib/desktop.mjs'
import { projectRoot } from '../../src-main/native.ts'
import { needs } from '../fixtures/needs.ts'
import { screenshot } from './helpers/chromium.ts'
import { catalogIsShown, fieldIsDrawn } from './helpers/window.ts'

const binary = electronBinary()
const canOpen = binary !== null && hasDisplay()
const test = needs(
  canOpen,
  "Electron's binary (npm start fetches it) and a display; desktop.test.ts runs the shell on a test double"
)

describe('the desktop window in Electron itself', () => {
  let app: ElectronApplication
  let page: Page

  beforeAll(async () => {
    if (!canOpen) return
    const userData = mkdtempSync(join(tmpdir(), 'halolaw-electron-'))
    app = await _electron.launch({
      executablePath: binary,
      args: ['--no-sandbox', `--user-data-dir=${userData}`, projectRoot()]
    })
    page = await app.firstWindow()
  })

  afterAll(() => app?.close())

  test('draws the bundled simulation', async () => {
    await catalogIsShown(page, 'fastpm-500-z0')
    await fieldIsDrawn(page)
    await screenshot(page, 'electron')
  })

  test('keeps Node out of the page, and the service on the pinned Node', async () => {
    expect(await page.evaluate(() => 'require' in window)).toBe(false)
    const info = await page.evaluate(() => window.halolaw!.request('app.info', {}))
    expect(info).toMatchObject({ result: { shell: 'desktop', node: expect.stringMatching(/^v?24\./) } })
  })
})
