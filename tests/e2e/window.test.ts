import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { complaints, launchChromium, screenshot } from './helpers/chromium.ts'
import { serve } from './helpers/serve.ts'
import type { Served } from './helpers/serve.ts'
import { catalogIsShown, fieldIsDrawn } from './helpers/window.ts'

const folder = mkdtempSync(join(tmpdir(), 'halolaw-window-'))
const saved = join(folder, 'first-law.halolaw')
let served: Served
let browser: Browser
let page: Page
let complaintsOfPage: string[]

beforeAll(async () => {
  served = await serve()
  browser = await launchChromium()
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  complaintsOfPage = complaints(page)
  await page.goto(served.address)
})

afterAll(async () => {
  await browser?.close()
  await served?.stop()
})

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await screenshot(page, `failed ${task.name}`)
})

describe('the window in a browser', () => {
  test('opens on the bundled simulation and draws its halos', async () => {
    await catalogIsShown(page, 'fastpm-500-z0')
    await fieldIsDrawn(page)
    expect(await page.getByTestId('frame').innerText()).toContain('37,239')
    await screenshot(page, 'window')
  })

  test('says what is wrong with an expression, beside it', async () => {
    const box = page.getByTestId('mask-ood').first()
    await box.fill('dleta > 1')
    await expect.poll(() => page.getByTestId('mask-ood-problem').first().innerText()).toContain('dleta')
    await box.fill('delta > 1')
    await expect.poll(() => page.getByTestId('mask-ood-count').first().innerText()).toMatch(/3,2\d\d/)
    await box.fill('')
  })

  test('opens its commands by the keyboard and closes them again', async () => {
    await page.keyboard.press('Control+k')
    await page.getByTestId('palette').waitFor()
    await page.keyboard.press('Escape')
    await page.getByTestId('palette').waitFor({ state: 'detached' })
  })

  test('one button trains a network and finds a formula while one watches', { timeout: 400_000 }, async () => {
    await page.getByTestId('inspector-setup').click()
    await page.getByTestId('preset-quick').check({ force: true })
    await page.getByTestId('run').click()
    const epochs = async () => {
      const plot = page.getByTestId('training-plot')
      const labels = await plot
        .locator('[aria-label]')
        .evaluateAll((parts) => parts.map((part) => part.ariaLabel).join())
      return Number(/over (\d+) epochs/.exec(labels)?.[1] ?? 0)
    }
    await expect.poll(epochs, { timeout: 120_000 }).toBeGreaterThan(0)
    const first = await epochs()
    await expect.poll(epochs, { timeout: 120_000 }).toBeGreaterThan(first)
    await screenshot(page, 'training')
  })

  test('the search takes a guess while it works, and says what is wrong with one', { timeout: 300_000 }, async () => {
    const field = page.getByTestId('search-guess')
    await field.waitFor({ timeout: 200_000 })
    await page.keyboard.press('Control+g')
    await page.locator('[data-testid=search-guess]:focus').waitFor()
    await page.keyboard.type('C1 + C2 * sum(M_k / (1 + (r/20)^8))')
    await expect
      .poll(() => page.getByTestId('search-guess-problem').innerText())
      .toContain('did you mean "M_i" or "M_j"')
    expect(await page.getByTestId('search-add').isDisabled()).toBe(true)
    await field.fill('C1 + C2 * sum(M_j / (1 + (r/20)^8)) + C3 * M_i')
    await page.getByTestId('search-add').click()
    await page.getByTestId('search-weights-button').click()
    await page.getByTestId('search-weights').getByLabel('exp').fill('2')
    await page.keyboard.press('Enter')

    await page.keyboard.press('Control+.')
    await page.getByTestId('search-resume').waitFor()
    await screenshot(page, 'search paused')
    await page.getByTestId('search-resume').click()
    const guesses = page.getByTestId('search-guesses')
    await expect.poll(() => guesses.innerText(), { timeout: 200_000 }).toMatch(/error 0\.\d+, complexity 18/)
    await screenshot(page, 'search')
    await page.getByTestId('comparison-table').waitFor({ timeout: 300_000 })
    expect(await page.getByTestId('result-warning').allInnerTexts()).toEqual([
      expect.stringContaining('given a guess by hand'),
      expect.stringContaining('exp 2')
    ])
  })

  test('compares every model on the halos it was not trained on', async () => {
    const table = await page.getByTestId('comparison-table').innerText()
    for (const model of ['constant', 'simple', 'with mass', 'invariants', 'network', 'formula'])
      expect(table.toLowerCase().replaceAll('-', ' ')).toContain(model)
    await screenshot(page, 'comparison')
  })

  test('shows the law, typeset', async () => {
    await page.getByTestId('tab-first-front').click()
    await page.getByTestId('formula-card').locator('.katex').first().waitFor()
    await screenshot(page, 'formula')
  })

  test(
    'a law of the front is refitted, measured, and stands in the table and in the field',
    { timeout: 200_000 },
    async () => {
      await page.getByTestId('front-list').locator('button[aria-pressed=false]').last().click()
      await page.getByTestId('law-measure').click()
      await page.getByTestId('law-verdict').waitFor({ timeout: 150_000 })
      const row = page.getByTestId('comparison-table').locator('[data-model="law-1"]')
      expect(await row.innerText()).toMatch(/Law 1[^]*0\.\d+/)
      await page.getByTestId('law-field').click()
      expect(await page.getByTestId('colour-by').inputValue()).toMatch(/^@residual:r1:law-1$/)
      await page.getByTestId('legend').filter({ hasText: 'Residual of law 1' }).waitFor()
      await page.getByTestId('law-text').fill('C1 + sum(M_k)')
      await expect.poll(() => page.getByTestId('law-text-problem').innerText()).toContain('did you mean')
      expect(await page.getByTestId('law-send').isDisabled()).toBe(true)
      await page.getByTestId('law-text').fill('')
      await screenshot(page, 'law')
      await row.getByRole('button', { name: 'Law 1' }).click()
      await page.getByTestId('law-forget').click()
      await row.waitFor({ state: 'detached' })
      expect(await page.getByTestId('colour-by').inputValue()).toBe('Delta20')
    }
  )

  test('saves the project under a name', async () => {
    await page.keyboard.press('Control+Shift+S')
    await page.getByTestId('dialog-path').fill(folder)
    await page.getByTestId('dialog-path').press('Enter')
    await page.getByTestId('save-name').fill('first-law')
    await page.getByTestId('save-confirm').click()
    await page.getByTestId('file-dialog').waitFor({ state: 'detached' })
    expect(existsSync(saved)).toBe(true)
    expect(readFileSync(saved).subarray(0, 15).toString()).toBe('SQLite format 3')
  })

  test('takes a catalog that is dropped on it', async () => {
    const rows = ['x [Mpc/h],y [Mpc/h],z [Mpc/h],vx [km/s],vy [km/s],vz [km/s],mass [Msun/h],Delta20']
    for (let i = 0; i < 200; i++)
      rows.push([i % 97, (i * 7) % 89, (i * 13) % 83, 1, 2, 3, 1e13 * (1 + (i % 9)), (i % 11) / 10].join())
    writeFileSync(join(folder, 'dropped.csv'), rows.join('\n'))
    const transfer = await page.evaluateHandle((text) => {
      const data = new DataTransfer()
      data.items.add(new File([text], 'dropped.csv', { type: 'text/csv' }))
      return data
    }, rows.join('\n'))
    for (const event of ['dragenter', 'dragover', 'drop'])
      await page.dispatchEvent('body', event, { dataTransfer: transfer })
    await expect.poll(() => page.getByTestId('frame').innerText(), { timeout: 30_000 }).toContain('200')
    await catalogIsShown(page, 'dropped')
  })

  test('had nothing to complain of', () => {
    expect(complaintsOfPage).toEqual([])
  })
})

test('a saved project opens again with its catalog, its run and its table', async () => {
  const again = await serve(saved)
  try {
    const reopened = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await reopened.goto(again.address)
    await fieldIsDrawn(reopened)
    await reopened.getByTestId('run-item').first().waitFor()
    await reopened.getByTestId('tab-second-comparison').click()
    await reopened.getByTestId('comparison-table').waitFor()
    await screenshot(reopened, 'reopened')
    const cutOff = await reopened.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)
    expect(cutOff).toBe(false)
  } finally {
    await again.stop()
  }
})

test('a project is saved in the folder that was typed, though the folder first listed answers last', async () => {
  const again = await serve(saved)
  try {
    const slow = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await slow.routeWebSocket(/\/ws/, (route) => {
      const server = route.connectToServer()
      const listings: number[] = []
      let late: string | null = null
      route.onMessage((message) => {
        const { id, method } = JSON.parse(String(message)) as { id: number; method: string }
        if (method === 'files.list') listings.push(id)
        server.send(message)
      })
      server.onMessage((message) => {
        const id = typeof message === 'string' ? (JSON.parse(message) as { id?: number }).id : undefined
        if (id !== undefined && id === listings[0]) return void (late = String(message))
        route.send(message)
        if (late !== null && id !== undefined && id === listings[1]) route.send(late)
      })
    })
    await slow.goto(again.address)
    await fieldIsDrawn(slow)
    await slow.keyboard.press('Control+Shift+S')
    await slow.getByTestId('dialog-path').fill(folder)
    await slow.getByTestId('dialog-path').press('Enter')
    await slow.getByTestId('save-name').fill('second-law')
    await slow.getByTestId('save-confirm').click()
    await slow.getByTestId('file-dialog').waitFor({ state: 'detached' })
    expect(existsSync(join(folder, 'second-law.halolaw'))).toBe(true)
  } finally {
    await again.stop()
  }
})

test('without its token the service answers nobody', async () => {
  const url = new URL(served.address)
  const response = await fetch(new URL('/upload?name=x.csv', url.origin), { method: 'POST', body: 'x' })
  expect(response.status).toBeGreaterThanOrEqual(400)
  const socket = new WebSocket(`ws://${url.host}/ws`)
  await new Promise<void>((resolve, reject) => {
    socket.onclose = () => resolve()
    socket.onopen = () => reject(new Error('a socket without the token was accepted'))
  })
})
