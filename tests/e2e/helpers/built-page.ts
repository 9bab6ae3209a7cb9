import { svelte } from '@sveltejs/vite-plugin-svelte'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { build } from 'vite'
import { projectRoot } from '../../../src-main/native.ts'
import { complaints, launchChromium } from './chromium.ts'

export interface BuiltPage {
  page: Page
  /** What the page complained of so far */
  complained: readonly string[]
  close(): Promise<void>
}

/** Components alone in a page: builds a folder of tests/e2e that holds an index.html, and opens it without a service. */
export async function openBuiltPage(name: string, size: { width: number; height: number }): Promise<BuiltPage> {
  const folder = mkdtempSync(join(tmpdir(), `halolaw-${name}-`))
  await build({
    root: join(projectRoot(), 'tests/e2e', name),
    base: './',
    configFile: false,
    logLevel: 'error',
    plugins: [svelte({ configFile: false })],
    build: { outDir: folder, emptyOutDir: true }
  })
  const browser = await launchChromium()
  const page = await browser.newPage({ viewport: size })
  const complained = complaints(page)
  await page.route(`http://${name}.test/**`, (route) => {
    const path = join(folder, new URL(route.request().url()).pathname)
    return existsSync(path) ? route.fulfill({ path }) : route.abort()
  })
  await page.goto(`http://${name}.test/index.html`)
  return {
    page,
    complained,
    async close() {
      await browser.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
