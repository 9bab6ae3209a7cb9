import type { Page } from 'playwright'
import { expect } from 'vitest'
import { countColours } from './chromium.ts'

/** Waits until the window shows a catalog by the name of its file. */
export async function catalogIsShown(page: Page, name: string): Promise<void> {
  await page.getByTestId('field-canvas').waitFor({ timeout: 30_000 })
  await page.getByTestId('project-menu').filter({ hasText: name }).or(page.getByText(name).first()).first().waitFor()
}

/** Waits until halos are on the canvas: an empty one has next to no colours. */
export async function fieldIsDrawn(page: Page): Promise<void> {
  const canvas = page.getByTestId('field-canvas')
  await canvas.waitFor()
  await expect.poll(() => countColours(canvas), { timeout: 30_000 }).toBeGreaterThan(200)
}
