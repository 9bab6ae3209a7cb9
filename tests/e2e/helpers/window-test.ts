import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { afterAll, expect, test } from 'vitest'
import { storedProject } from '../../fixtures/stored-project.ts'
import { complaints, launchChromium, screenshot } from './chromium.ts'
import { serve } from './serve.ts'
import type { Served } from './serve.ts'

/** The window in a page that no other test sees, on a service that no other test speaks with. */
export interface OpenWindow {
  page: Page
  /** Of the service, with its token */
  address: string
  /** A scratch folder that holds the file that is open */
  folder: string
}

export interface WindowOptions {
  /** Puts the file to open into the scratch folder and returns its path; default: the bundled simulation is open */
  file?: (folder: string) => string
  /** Changes the page before it loads */
  prepare?: (page: Page) => Promise<void>
}

/** A finished run on 345 halos: its models, fronts, and one law measured by hand. */
export const finishedProject: WindowOptions = { file: (folder) => storedProject('finished', folder) }

let browser: Promise<Browser> | undefined
afterAll(async () => (await browser)?.close())

/** A test of the window, which fails as well where a page logs an error. A failing one leaves a picture of each page. */
export function windowTest(
  name: string,
  options: { timeout?: number },
  body: (open: (options?: WindowOptions) => Promise<OpenWindow>) => Promise<void>
): void {
  test(name, options, async () => {
    const opened: { page: Page; served: Served; folder: string; complained: string[] }[] = []
    try {
      await body(async ({ file, prepare } = {}) => {
        browser ??= launchChromium()
        const folder = mkdtempSync(join(tmpdir(), 'halolaw-window-'))
        const [served, page] = await Promise.all([
          serve(...(file ? [file(folder)] : [])),
          browser.then((one) => one.newPage({ viewport: { width: 1440, height: 900 } }))
        ])
        opened.push({ page, served, folder, complained: complaints(page) })
        await prepare?.(page)
        await page.goto(served.address)
        return { page, address: served.address, folder }
      })
      for (const { complained } of opened) expect(complained).toEqual([])
    } catch (error) {
      for (const [n, { page }] of opened.entries()) await screenshot(page, `failed ${name} ${n + 1}`)
      throw error
    } finally {
      await Promise.all(opened.map(({ page, served }) => Promise.all([page.close(), served.stop()])))
      for (const { folder } of opened) rmSync(folder, { recursive: true, force: true })
    }
  })
}
