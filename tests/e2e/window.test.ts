import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { openProject } from '../../src-main/project/project.ts'
import { cornerOfSample } from '../fixtures/corner-of-sample.ts'
import { screenshot } from './helpers/chromium.ts'
import { serve } from './helpers/serve.ts'
import { finishedProject, windowTest } from './helpers/window-test.ts'
import { catalogIsShown, fieldIsDrawn } from './helpers/window.ts'

/** Starts a run with the quick preset. */
async function startRun(page: Page): Promise<void> {
  await page.getByTestId('inspector-setup').click()
  await page.getByTestId('preset-quick').check({ force: true })
  await page.getByTestId('run').click()
}

windowTest('opens on the bundled simulation and draws its halos', {}, async (open) => {
  const { page } = await open()
  await catalogIsShown(page, 'fastpm-500-z0')
  await fieldIsDrawn(page)
  expect(await page.getByTestId('frame').innerText()).toContain('37,239')
  await screenshot(page, 'window')
})

windowTest('says what is wrong with an expression, beside it', {}, async (open) => {
  const { page } = await open()
  const box = page.getByTestId('mask-ood').first()
  await box.fill('dleta > 1')
  await expect.poll(() => page.getByTestId('mask-ood-problem').first().innerText()).toContain('dleta')
  await box.fill('delta > 1')
  await expect.poll(() => page.getByTestId('mask-ood-count').first().innerText()).toMatch(/3,2\d\d/)
})

windowTest('opens its commands by the keyboard and closes them again', {}, async (open) => {
  const { page } = await open(finishedProject)
  await page.getByTestId('run-item').first().waitFor()
  await page.keyboard.press('Control+k')
  await page.getByTestId('palette').waitFor()
  await page.keyboard.press('Escape')
  await page.getByTestId('palette').waitFor({ state: 'detached' })
})

windowTest('one button trains a network while one watches', { timeout: 300_000 }, async (open) => {
  const { page } = await open()
  await catalogIsShown(page, 'fastpm-500-z0')
  await startRun(page)
  const epochs = async () => {
    const plot = page.getByTestId('training-plot')
    const labels = await plot.locator('[aria-label]').evaluateAll((parts) => parts.map((part) => part.ariaLabel).join())
    return Number(/over (\d+) epochs/.exec(labels)?.[1] ?? 0)
  }
  await expect.poll(epochs, { timeout: 120_000 }).toBeGreaterThanOrEqual(1)
  const first = await epochs()
  await expect.poll(epochs, { timeout: 120_000 }).toBeGreaterThan(first)
  await screenshot(page, 'training')
})

// 2400 halos: more than the quick preset takes for any of its steps, so that the run is like a large one but short.
const corner = await cornerOfSample(200)

windowTest('the search takes a guess while it works, and the run is compared', { timeout: 400_000 }, async (open) => {
  const file = (folder: string) => {
    const path = join(folder, 'corner.csv')
    writeFileSync(path, corner)
    return path
  }
  const { page } = await open({ file })
  await catalogIsShown(page, 'corner')
  await startRun(page)
  const field = page.getByTestId('search-guess')
  await field.waitFor({ timeout: 200_000 })
  await page.keyboard.press('Control+g')
  await page.locator('[data-testid=search-guess]:focus').waitFor()
  await page.keyboard.type('C1 + C2 * sum(M_k / (1 + (r/20)^8))')
  await expect.poll(() => page.getByTestId('search-guess-problem').innerText()).toContain('did you mean "M_i" or "M_j"')
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

windowTest('compares every model on the halos it was not trained on', {}, async (open) => {
  const { page } = await open(finishedProject)
  await page.getByTestId('tab-second-comparison').click()
  const table = page.getByTestId('comparison-table')
  await table.waitFor()
  const rows = await table.locator('tbody tr[data-model]').allInnerTexts()
  // Errors of the training and the test halos, with half the width of their 95 % intervals.
  expect(rows.map((row) => row.replace(/\s+/g, ' ').trim()).toSorted()).toEqual([
    'Constant 1 fitted · size 1 0.33 ± 0.05 0.29 ± 0.06',
    'Formula (message) 2 fitted · size 8 0.168 ± 0.025 0.21 ± 0.05',
    'Formula 4 fitted · size 15 0.134 ± 0.023 0.19 ± 0.05',
    'Graph network 1,716 fitted 0.192 ± 0.023 0.24 ± 0.05',
    'Invariants 33 fitted · size 132 0.123 ± 0.022 0.18 ± 0.05',
    'Law 1 4 fitted · size 18 0.153 ± 0.022 0.18 ± 0.05',
    'Network ensemble 3,432 fitted 0.199 ± 0.024 0.25 ± 0.05',
    'Simple 3 fitted · size 17 0.159 ± 0.024 0.19 ± 0.05',
    'With mass 7 fitted · size 22 0.134 ± 0.025 0.18 ± 0.05',
    'Without mass 7 fitted · size 24 0.152 ± 0.019 0.17 ± 0.05'
  ])
  await screenshot(page, 'comparison')
})

windowTest('shows the law, typeset', {}, async (open) => {
  const { page } = await open(finishedProject)
  await page.getByTestId('tab-first-front').click()
  const card = page.getByTestId('formula-card')
  await card.locator('.katex').first().waitFor()
  const tex = await card.locator('annotation').allTextContents()
  expect(tex.join(' ')).toContain('\\sum')
  await screenshot(page, 'formula')
})

windowTest(
  'a law of the front is refitted, measured, and shown in the table and in the field',
  { timeout: 200_000 },
  async (open) => {
    const { page } = await open(finishedProject)
    await page.getByTestId('tab-first-front').click()
    await page.getByTestId('front-list').locator('button[aria-pressed=false]').last().click()
    await page.getByTestId('law-measure').click()
    await page.getByTestId('law-verdict').waitFor({ timeout: 150_000 })
    const row = page.getByTestId('comparison-table').locator('[data-model="law-2"]')
    expect(await row.innerText()).toMatch(/Law 2[^]*0\.\d+/)
    await page.getByTestId('law-field').click()
    expect(await page.getByTestId('colour-by').inputValue()).toBe('@residual:r1:law-2')
    await page.getByTestId('legend').filter({ hasText: 'Residual of law 2' }).waitFor()
    await page.getByTestId('law-text').fill('C1 + sum(M_k)')
    await expect.poll(() => page.getByTestId('law-text-problem').innerText()).toContain('did you mean')
    expect(await page.getByTestId('law-send').isDisabled()).toBe(true)
    await page.getByTestId('law-text').fill('')
    await screenshot(page, 'law')
    await row.getByRole('button', { name: 'Law 2' }).click()
    await page.getByTestId('law-forget').click()
    await row.waitFor({ state: 'detached' })
    expect(await page.getByTestId('colour-by').inputValue()).toBe('Delta20')
  }
)

windowTest('saves the project under a name', {}, async (open) => {
  const { page, folder } = await open(finishedProject)
  await page.getByTestId('run-item').first().waitFor()
  await page.keyboard.press('Control+Shift+S')
  await page.getByTestId('dialog-path').fill(folder)
  await page.getByTestId('dialog-path').press('Enter')
  await page.getByTestId('save-name').fill('first-law')
  await page.getByTestId('save-confirm').click()
  await page.getByTestId('file-dialog').waitFor({ state: 'detached' })
  const saved = join(folder, 'first-law.halolaw')
  expect(readFileSync(saved).subarray(0, 15).toString()).toBe('SQLite format 3')
  const project = openProject(saved)
  expect(project.runs.list()).toMatchObject([{ id: 'r1', state: 'done' }])
  project.close()
})

windowTest('takes a catalog that is dropped on it', {}, async (open) => {
  const { page } = await open(finishedProject)
  await page.getByTestId('run-item').first().waitFor()
  const rows = ['x [Mpc/h],y [Mpc/h],z [Mpc/h],vx [km/s],vy [km/s],vz [km/s],mass [Msun/h],Delta20']
  for (let i = 0; i < 200; i++)
    rows.push([i % 97, (i * 7) % 89, (i * 13) % 83, 1, 2, 3, 1e13 * (1 + (i % 9)), (i % 11) / 10].join())
  const transfer = await page.evaluateHandle((text) => {
    const data = new DataTransfer()
    data.items.add(new File([text], 'dropped.csv', { type: 'text/csv' }))
    return data
  }, rows.join('\n'))
  for (const event of ['dragenter', 'dragover', 'drop'])
    await page.dispatchEvent('body', event, { dataTransfer: transfer })
  // The project has a run on another catalog.
  await page.getByTestId('question-add').click()
  await expect.poll(() => page.getByTestId('frame').innerText()).toContain('200')
  await catalogIsShown(page, 'dropped')
})

windowTest('a saved project opens with its catalog, its run and its table, in a small window', {}, async (open) => {
  const small = (page: Page) => page.setViewportSize({ width: 1280, height: 800 })
  const { page } = await open({ ...finishedProject, prepare: small })
  await fieldIsDrawn(page)
  await page.getByTestId('run-item').first().waitFor()
  await page.getByTestId('tab-second-comparison').click()
  await page.getByTestId('comparison-table').waitFor()
  await screenshot(page, 'reopened')
  const cutOff = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)
  expect(cutOff).toBe(false)
})

windowTest(
  'a project is saved in the folder that was typed, though the folder first listed answers last',
  {},
  async (open) => {
    const listSlowly = (page: Page) =>
      page.routeWebSocket(/\/ws/, (route) => {
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
    const { page, folder } = await open({ ...finishedProject, prepare: listSlowly })
    await page.getByTestId('run-item').first().waitFor()
    await page.keyboard.press('Control+Shift+S')
    await page.getByTestId('dialog-path').fill(folder)
    await page.getByTestId('dialog-path').press('Enter')
    await page.getByTestId('save-name').fill('second-law')
    await page.getByTestId('save-confirm').click()
    await page.getByTestId('file-dialog').waitFor({ state: 'detached' })
    expect(existsSync(join(folder, 'second-law.halolaw'))).toBe(true)
  }
)

test('the service refuses requests without its token', async () => {
  const served = await serve()
  try {
    const url = new URL(served.address)
    const response = await fetch(new URL('/upload?name=x.csv', url.origin), { method: 'POST', body: 'x' })
    expect(response.status).toBe(403)
    const socket = new WebSocket(`ws://${url.host}/ws`)
    await new Promise<void>((resolve, reject) => {
      socket.onclose = () => resolve()
      socket.onopen = () => reject(new Error('a socket without the token was accepted'))
    })
  } finally {
    await served.stop()
  }
})
