import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright'
import type { Browser, Locator, Page } from 'playwright'
import { chromiumArguments, findChromium, whatToInstall } from '../../../scripts/lib/chromium.mjs'
import { projectRoot } from '../../../src-main/native.ts'

export async function launchChromium(): Promise<Browser> {
  const executablePath = await findChromium()
  if (!executablePath) throw new Error(whatToInstall)
  return chromium.launch({ executablePath, args: chromiumArguments })
}

/** Keeps a picture for a person to look at, in test-results/screenshots. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = join(projectRoot(), 'test-results', 'screenshots')
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`) })
}

/** How many different colours a part of the page shows: an empty canvas has one. */
export async function countColours(part: Locator): Promise<number> {
  const png = await part.screenshot()
  return part.page().evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
    const context = canvas.getContext('2d')!
    context.drawImage(bitmap, 0, 0)
    const pixels = new Uint32Array(context.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer)
    return new Set(pixels.slice(0, 2_000_000)).size
  }, png.toString('base64'))
}

/** Collects what a page complains of: errors that nothing caught, console errors, refused content. */
export function complaints(page: Page): string[] {
  const paths: string[] = []
  page.on('pageerror', (error) => paths.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') paths.push(message.text())
  })
  return paths
}
