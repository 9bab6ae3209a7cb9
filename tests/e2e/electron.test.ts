import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron } from 'playwright'
import type { ElectronApplication, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { electronBinary, hasDisplay } from '../../scripts/lib/desktop.mjs'
import { projectRoot } from '../../src-main/native.ts'
import { screenshot } from './helpers/chromium.ts'
import { catalogIsShown, fieldIsDrawn } from './helpers/window.ts'

const binary = electronBinary()
const missing = !binary ? "Electron's binary is not here" : !hasDisplay() ? 'there is no display' : null
if (missing)
  console.warn(`Skipped: the desktop window in Electron itself, because ${missing}; the shell ran on a test double.`)

describe.skipIf(missing !== null)('the desktop window in Electron itself', () => {
  let app: ElectronApplication
  let page: Page

  beforeAll(async () => {
    const userData = mkdtempSync(join(tmpdir(), 'halolaw-electron-'))
    app = await _electron.launch({
      executablePath: binary!,
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
