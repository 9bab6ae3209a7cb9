import type { Locator, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBuiltPage, type BuiltPage } from './helpers/built-page.ts'
import { countColours, screenshot } from './helpers/chromium.ts'

let built: BuiltPage
let page: Page

beforeAll(async () => {
  built = await openBuiltPage('plots', { width: 1360, height: 1260 })
  page = built.page
  await page.getByTestId('predicted-plot').waitFor()
})

afterAll(() => built?.close())

const pane = (name: string) => page.getByTestId(`pane-${name}`)
const rows = (table: Locator) =>
  table.locator('tbody tr').evaluateAll((all) => all.map((row) => row.getAttribute('data-model')))

test('the training curve marks its best epoch and reads values out by keyboard', async () => {
  expect(await pane('training').innerText()).toMatch(/Epoch 8 · best 0\.0600 at 7\s+· 1 min 15 s left/)
  const cursor = pane('training').locator('[tabindex="0"]').first()
  await cursor.focus()
  await cursor.press('ArrowLeft')
  expect(await pane('training').locator('.readout').innerText()).toMatch(/Epoch\s+7\s+Validation MAE\s+0\.0600/)
})

test('the message spectrum ranks components and replays earlier epochs', async () => {
  expect(await pane('spectrum').innerText()).toContain('1.0 of 4 components informative · 100 % in the first')
  await pane('spectrum').getByRole('slider').fill('0')
  expect(await pane('spectrum').innerText()).toContain('1.1 of 4 components informative · 95 % in the first')
})

test('the ablation sorts inputs by their contribution and reads them out by keyboard', async () => {
  const chart = pane('ablation').getByTestId('ablation-plot')
  const features = await chart.locator('text.feature').allTextContents()
  expect(features.map((text) => text.trim())).toEqual(['all of mass', 'log_mass_j', 'v_r'])
  const cursor = chart.locator('[tabindex="0"]').first()
  await cursor.focus()
  await cursor.press('ArrowRight')
  expect(await chart.locator('.readout').innerText()).toMatch(/Without log_mass_j, mass_j\s+\+0\.0312, 95 % /)
})

test('the front marks where the loss falls most steeply and shows what cannot be typeset as text', async () => {
  const list = pane('front').getByTestId('front-list')
  expect(await list.locator('button[aria-pressed="true"]').first().getAttribute('aria-label')).toMatch(
    /^Complexity 5.*best score$/
  )
  expect(await list.locator('.katex').count()).toBe(3)
  expect(await list.locator('code').innerText()).toBe('M_j / r^2 + 1')
  const second = list.getByRole('button', { name: /^Complexity 3/ })
  await second.focus()
  await second.press('Enter')
  expect(await second.getAttribute('aria-pressed')).toBe('true')
})

test('a constant of the law shows its value and standard error to their significant digits', async () => {
  const law = pane('law')
  expect(await law.locator('[data-constant="C2"]').first().innerText()).toBe('3.46')
  await law.locator('[data-constant="C2"]').first().hover()
  expect(await law.locator('.value').innerText()).toBe('C2 = 3.46 ± 0.12')
  expect(await law.getByTestId('constants').locator('div').first().innerText()).toMatch(/C1\s+−0\.4061\s+± 0\.0021/)
  expect(await law.innerText()).toContain('The denominator is zero at M_i = 31.')
})

test('the table sorts, marks the best model of each set, and shows what was not measured', async () => {
  const table = pane('table').getByRole('table')
  expect(await rows(table)).toEqual(['constant', 'with-mass', 'gnn', 'formula'])
  await table.getByRole('button', { name: 'OOD' }).click()
  expect(await rows(table)).toEqual(['formula', 'gnn', 'constant', 'with-mass'])
  await table.getByRole('button', { name: 'OOD' }).click()
  expect(await rows(table)).toEqual(['constant', 'gnn', 'formula', 'with-mass'])
  expect(await table.locator('.best .value').allInnerTexts()).toEqual(['0.0512', '0.0541', '0.114'])
  expect(await table.locator('[data-model="with-mass"] [title="Not measured on this set"]').count()).toBe(1)
  await table.getByRole('button', { name: 'Formula', exact: true }).click()
  expect(await table.locator('.detail').innerText()).toContain('The denominator is zero')
  expect(await table.locator('.detail .katex, .detail div').count()).toBeGreaterThan(0)
  const foot = await table.locator('tfoot').innerText()
  expect(foot).toContain('network better')
  expect(foot).toContain('formula better')
})

test('error intervals give their numbers to a screen reader', async () => {
  const label = await pane('intervals').getByRole('img').getAttribute('aria-label')
  expect(label).toContain('Graph network: Train 0.0512, Test 0.0541, OOD 0.187')
  expect(label).toContain('With mass: Train 0.0604, Test 0.0588, OOD –')
})

test('predicted against true: drawn, halos of the set picked by a click and brushed by a drag', async () => {
  const predicted = pane('predicted')
  expect(await predicted.innerText()).toContain('MAE 0.100')
  expect(await countColours(predicted.locator('canvas').first())).toBeGreaterThan(2)
  const inside = (await predicted.locator('.cursor').nth(2).boundingBox())!
  // The formula is exact: its points lie on the diagonal of equal axes, at half the truth in the middle of the plot.
  await page.mouse.click(inside.x + inside.width / 2, inside.y + inside.height / 2)
  const picked = Number(await page.getByTestId('picked').innerText())
  expect(picked % 2).toBe(1)
  expect(picked).toBeGreaterThan(170)
  expect(picked).toBeLessThan(230)
  await page.mouse.move(inside.x + inside.width / 2, inside.y + 2)
  await page.mouse.down()
  await page.mouse.move(inside.x + inside.width - 1, inside.y + inside.height - 1, { steps: 4 })
  await page.mouse.up()
  const brushed = (await page.getByTestId('brushed').innerText()).split(',').map(Number)
  expect(brushed.length).toBeGreaterThan(90)
  expect(brushed.length).toBeLessThan(110)
  expect(brushed.every((row) => row % 2 === 1 && row > 190)).toBe(true)
})

test('each pane reads the store that it is mounted with', async () => {
  const [first, second] = ['first', 'second'].map((name) => page.getByTestId(`bound-${name}`))
  const halo = first.getByTestId('halo-pane')
  await expect.poll(() => halo.getByTestId('halo-index').inputValue()).toBe('7')
  // The made-up row counts up from the halo's number: x, Delta20, the set, then the models' predictions.
  await expect.poll(() => halo.innerText()).toMatch(/x\s+7\s.*Delta20\s+8/s)
  expect(await halo.getByTestId('halo-predictions').locator('tbody tr').count()).toBe(4)
  expect(await halo.getByTestId('halo-neighbours').innerText()).toBe('1 within 50 Mpc/h')
  expect(await first.getByTestId('run-item').allInnerTexts()).toEqual([
    expect.stringMatching(/^Run two/),
    expect.stringMatching(/^Run one/)
  ])
  expect(await first.getByTestId('comparison-table').count()).toBe(1)

  expect(await second.getByTestId('run-item').count()).toBe(0)
  expect(await second.getByTestId('halo-pane').count()).toBe(0)
  expect(await second.getByTestId('comparison-table').count()).toBe(0)

  await first.getByRole('button', { name: 'Halo 8' }).click()
  await expect.poll(() => halo.getByTestId('halo-index').inputValue()).toBe('8')
  expect(await second.getByTestId('halo-pane').count()).toBe(0)
})

test('the page reports no error under the window’s content security policy', async () => {
  await screenshot(page, 'plots')
  expect(built.complained).toEqual([])
})
