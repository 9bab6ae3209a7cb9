import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBuiltPage, type BuiltPage } from './helpers/built-page.ts'
import { screenshot } from './helpers/chromium.ts'
import { lawList } from './panes/inputs.ts'

let built: BuiltPage
let page: Page

beforeAll(async () => {
  built = await openBuiltPage('panes', { width: 1360, height: 1300 })
  page = built.page
  await page.getByTestId('run-form').waitFor()
})

afterAll(() => built?.close())

const pane = (name: string) => page.getByTestId(`pane-${name}`)
const reported = () => page.getByTestId('reports').innerText()

test('the form of the next run reports each change, shows what is wrong and starts', async () => {
  const form = pane('form')
  await form.getByTestId('target').selectOption('Delta10')
  expect(await reported()).toBe('settings {"target":"Delta10"}')
  await form.getByTestId('preset-standard').check({ force: true })
  expect(await reported()).toBe('settings {"preset":"standard"}')
  expect(await form.innerText()).toContain('the sizes of the published benchmark figures')
  expect(await form.innerText()).toContain('Masks stand here.')
  const largest = form.getByTestId('max-complexity')
  expect(await largest.inputValue()).toBe('48')
  await largest.fill('22')
  await largest.blur()
  expect(await reported()).toContain('settings {"maxComplexity":22}')
  await form.getByTestId('seed').fill('-1')
  expect(await form.getByTestId('numbers-problem').innerText()).toBe('The seed is negative.')
  expect(await form.getByTestId('run-form-start').isDisabled()).toBe(true)
  await form.getByTestId('seed').fill('7')
  await form.getByTestId('run-form-start').click()
  expect(await reported()).toBe('start')
})

test('a mask shows its count, and is changed, drawn, saved and used again', async () => {
  const masks = pane('masks')
  expect(await masks.getByTestId('mask-test-count').innerText()).toBe('80 halos, 20.0 %')
  expect(await masks.getByTestId('show-sets').innerText()).toContain('300 train, 80 test, 20 OOD')
  expect(await masks.getByTestId('split-warning').innerText()).toBe('Few halos are left to test on.')
  await masks.getByTestId('draw-test').click()
  expect(await reported()).toBe('draw')
  await masks.getByTestId('save-test').click()
  expect(await reported()).toBe('save mask')
  await masks.getByTitle('Use as test mask').click()
  expect(await reported()).toBe('use "x > 400"')
  await masks.getByLabel('Clear Test mask').click()
  expect(await masks.getByTestId('mask-test').inputValue()).toBe('')
  expect(await masks.getByTestId('mask-test-problem').innerText()).toBe('The mask is empty.')
})

test('a drawn region is counted, and replaces the mask or is combined with it', async () => {
  const draw = pane('draw')
  expect(await draw.innerText()).toContain('Draw OOD mask')
  expect(await draw.getByTestId('draw-count').innerText()).toBe('120 halos')
  await draw.getByTestId('draw-shape').selectOption('box')
  expect(await reported()).toBe('shape "box"')
  await draw.getByText('Combine with the current mask').click()
  expect(await reported()).toBe('use region "and"')
  await draw.getByTestId('draw-use').click()
  expect(await reported()).toBe('use region "replace"')
})

test('runs are listed with progress or error; a stopped one resumes; deleting asks first', async () => {
  const runs = pane('runs')
  const rows = await runs.getByTestId('run-item').allInnerTexts()
  expect(rows.map((row) => row.replace(/\s+/g, ' ').trim())).toEqual([
    'Run 3 42 %',
    'Run 2 Interrupted',
    'Run 1 a.h5 0.0569'
  ])
  expect(await runs.getByRole('alert').innerText()).toBe('The run cannot start.')
  await runs.getByTestId('run-item').last().click()
  expect(await reported()).toBe('select "r1"')
  await runs.getByTestId('run-resume').click()
  expect(await reported()).toBe('resume "r2"')
  expect(await runs.getByTestId('run-delete').count()).toBe(2)
  await runs.getByTestId('run-item').last().hover()
  await runs.getByTestId('run-delete').last().click()
  expect(await reported()).toBe('resume "r2"')
  await runs.getByTestId('run-delete-sure').click()
  expect(await reported()).toBe('delete run "r1"')
})

test('the details of a run say where it was made, and offer to go on and to use its settings', async () => {
  const details = pane('details')
  expect(await details.innerText()).toContain('Interrupted; resume it to continue where it stopped')
  await details.getByTestId('open-run-catalog').click()
  expect(await reported()).toBe('open its catalog')
  await details.getByText('Resume', { exact: true }).click()
  expect(await reported()).toBe('resume')
  await details.getByText('Use these settings again').click()
  expect(await reported()).toBe('reuse')
})

test('a guess is checked before it is sent, and one that is refused stays to be corrected', async () => {
  const search = pane('search')
  expect(await search.getByTestId('search-guesses').innerText()).toMatch(/error 0\.350, complexity 4; beaten at 3/)
  const field = search.getByTestId('search-guess')
  await field.fill('sum(M_k)')
  await expect.poll(() => search.getByTestId('search-guess-problem').innerText()).toContain('did you mean "M_j"')
  await field.fill('refused')
  await expect.poll(() => search.getByTestId('search-add').isEnabled()).toBe(true)
  await search.getByTestId('search-add').click()
  expect(await search.getByTestId('search-guess-problem').innerText()).toBe('The search is over.')
  await field.fill('sum(M_j)')
  await expect.poll(() => search.getByTestId('search-add').isEnabled()).toBe(true)
  await search.getByTestId('search-add').click()
  expect(await reported()).toBe('guess "sum(M_j)"')
  await expect.poll(() => field.inputValue()).toBe('')
  await search.getByTestId('search-weights-button').click()
  await search.getByLabel('exp').fill('4')
  await search.getByLabel('exp').press('Enter')
  expect(await reported()).toBe('weigh 4')
})

test('the fronts begin with the law of the run, and another search is a press away', async () => {
  const fronts = pane('fronts')
  expect(await fronts.getByTestId('card').innerText()).toBe('the law of the run')
  await fronts
    .getByTestId('front-list')
    .getByRole('button', { name: /^Complexity 3/ })
    .click()
  expect(await fronts.getByTestId('card').innerText()).toBe('M_j / r')
  await fronts.getByText('Message', { exact: true }).click()
  await expect.poll(() => fronts.getByTestId('front-list').locator('button.row').count()).toBe(4)
  expect(await fronts.getByTestId('card').count()).toBe(0)
})

test('the front marks the three laws that a run reports and the law made by hand, and the card switches among them', async () => {
  const fronts = pane('reporting')
  expect(await fronts.getByTestId('front-mark').allTextContents()).toEqual(['best', 'simplest', 'short'])
  const label = await fronts.getByTestId('front-view').locator('[role="img"]').first().getAttribute('aria-label')
  expect(label).toContain('short: complexity 1, loss 0.400; simplest: complexity 3, loss 0.300; best: complexity 30')
  expect(label).toContain('made by hand: complexity 22')
  const reason = fronts.getByTestId('law-reason')
  const row = (size: number) => fronts.getByTestId('front-list').getByRole('button', { name: `Complexity ${size},` })
  expect(await reason.innerText()).toBe('Within a standard error of the best.')
  expect(await row(3).getAttribute('aria-pressed')).toBe('true')
  await fronts.getByTestId('choice-formula-short').click()
  expect(await reason.innerText()).toBe('The best of 3 short laws.')
  expect(await row(1).getAttribute('aria-pressed')).toBe('true')
  // The law of least error lies off the front: no entry is selected.
  await fronts.getByTestId('choice-formula-best').click()
  expect(await reason.innerText()).toBe('Of 9 laws the one of least error.')
  expect(await fronts.getByTestId('formula-card').innerText()).toContain('complexity 30')
  expect(await fronts.getByTestId('front-list').locator('button[aria-pressed="true"]').count()).toBe(0)
  await row(3).click()
  expect(await reason.innerText()).toBe('Within a standard error of the best.')
})

test('all laws are narrowed by building blocks, sorted by a column and opened; a mistake leaves the list', async () => {
  const laws = pane('reporting')
  await laws.getByTestId('choice-all').click()
  expect(await laws.getByTestId('law-matches').innerText()).toBe(
    '321 of 4,000 laws match; the first 2 in this order are listed'
  )
  // Every law has a sum, which therefore narrows nothing.
  const blocks = laws.getByTestId('law-blocks').getByRole('button')
  expect(await blocks.allInnerTexts()).toEqual(['M_j 200', 'r 121', 'tanh(r) 120', 'e1 321'])
  expect(await blocks.last().isDisabled()).toBe(true)
  const pattern = laws.getByTestId('law-pattern')
  await blocks.nth(2).click()
  await blocks.first().click({ modifiers: ['Alt'] })
  expect(await pattern.inputValue()).toBe('has tanh(r) and not has M_j')
  await laws.getByTestId('law-order-test').click()
  expect(await reported()).toBe('order {"by":"test","direction":"ascending"}')
  await laws.getByTestId('law-order-test').click()
  await laws.getByTestId('law-order-test').click()
  expect(await reported()).toBe('order null')
  const first = laws.getByTestId('law-row').first()
  expect((await first.innerText()).replace(/\s+/g, ' ')).toContain(
    'Size 7 Const. 1 Loss 0.0700 Valid. 0.0612 Train 0.0601 Test 0.0622 OOD – '
  )
  await first.click()
  expect(await laws.getByTestId('listed').innerText()).toBe(lawList.laws[0].text)
  await pattern.fill('has M_k')
  expect(await laws.getByTestId('law-pattern-problem').innerText()).toContain('"M_k" is neither')
  expect(await laws.getByTestId('law-row').count()).toBe(2)
  await laws.getByTestId('choice-law').click()
  expect(await laws.getByTestId('front-list').count()).toBe(1)
  expect(await pane('no-laws').innerText()).toContain('Run 1 has no list of its laws; run it again to keep them.')
})

test('a law of the front is measured from its card, or one is written', async () => {
  const law = pane('law')
  expect(await law.getByTestId('law-progress').innerText()).toContain('Fitting, 40 %')
  await law.getByTestId('law-measure').click()
  expect(await reported()).toBe('measure "M_j / r"')
  await law.getByTestId('law-text').fill('C1 * sum(M_j)')
  await expect.poll(() => law.getByTestId('law-send').isEnabled()).toBe(true)
  await law.getByTestId('law-send').click()
  expect(await reported()).toBe('written "C1 * sum(M_j)"')
  await expect.poll(() => law.getByTestId('law-text').inputValue()).toBe('')
})

test('a catalog in open space takes a box of one side or of three, and refuses any other', async () => {
  const catalog = pane('catalog')
  const box = catalog.getByTestId('box-size')
  const make = catalog.getByText('Make periodic')
  expect(await make.isDisabled()).toBe(true)
  await box.fill('500, 250')
  expect(await catalog.getByTestId('box-size-problem').innerText()).toContain('"500, 250" is not a box')
  expect(await make.isDisabled()).toBe(true)
  await box.fill('500, 500, 250')
  expect(await catalog.getByTestId('box-size-problem').innerText()).toBe('')
  await make.click()
  expect(await reported()).toBe('box [500,500,250]')
  await box.fill('500')
  await box.press('Enter')
  expect(await reported()).toBe('box 500')
})

test('a catalog names its mass and its companions, and what is missing can be located', async () => {
  const catalog = pane('catalog')
  await catalog.getByTestId('mass-column').selectOption('M200m')
  expect(await reported()).toBe('mass "M200m"')
  await catalog.getByTestId('catalogs').getByText('closed.csv').click()
  expect(await reported()).toBe('open "/data/closed.csv"')
  await catalog.getByTestId('locate').click()
  expect(await reported()).toBe('locate "/data/gone.csv"')
  expect(await catalog.getByTestId('catalog-warnings').innerText()).not.toContain('--box')
})

test('the radius is typed or dragged, and a refused one is explained in place of the counts', async () => {
  const graph = pane('graph')
  expect(await graph.getByTestId('graph-statistics').innerText()).toContain('6,000')
  await graph.getByRole('slider').fill('60')
  expect(await graph.getByTestId('radius').inputValue()).toBe('60')
  await graph.getByTestId('radius').fill('300')
  expect(await page.getByTestId('radius-now').innerText()).toBe('300')
  expect(await graph.getByRole('alert').innerText()).toBe('The radius is too large.')
})

test('the comparison offers its table and its intervals', async () => {
  const comparison = pane('comparison')
  expect(await comparison.getByTestId('comparison-table').count()).toBe(1)
  await comparison.getByTestId('choice-intervals').click()
  await comparison.getByTestId('error-intervals').waitFor()
})

test('the first page opens a file, the sample or a file of before', async () => {
  const welcome = pane('welcome')
  expect(await welcome.getByRole('alert').innerText()).toBe('old.h5 is damaged.')
  await welcome.getByTestId('open-sample').click()
  expect(await reported()).toBe('sample')
  await welcome.getByRole('button', { name: 'old.h5' }).click()
  expect(await reported()).toBe('open recent "/data/old.h5"')
})

test('a project that cannot be written says who has it and takes no other catalog', async () => {
  await page.getByTestId('ask').click()
  const question = page.getByTestId('catalog-question')
  await question.waitFor()
  expect(await question.getByTestId('question-read-only').innerText()).toContain('process 12 on desk')
  expect(await question.getByTestId('question-add').isDisabled()).toBe(true)
  await question.getByTestId('question-new').click()
  expect(await reported()).toBe('answer "new"')
  await question.waitFor({ state: 'detached' })
})

test('the dialog takes columns and a box of a file, and a save says what becomes of dropped catalogs', async () => {
  await page.getByTestId('open').click()
  const dialog = page.getByTestId('file-dialog')
  await dialog.getByText('Columns and box').click()
  await dialog.getByTestId('dialog-mapping').fill('mass=M200c')
  await dialog.getByTestId('dialog-box').fill('1, 2')
  expect(await dialog.getByTestId('dialog-box-problem').innerText()).toContain('"1, 2" is not a box')
  await dialog.getByTestId('dialog-box').fill('1, 2, 3')
  await dialog.getByTestId('dialog-path').fill('/home/halos.h5')
  await dialog.getByTestId('dialog-path').press('Enter')
  expect(await reported()).toBe('typed "/home/halos.h5" "mass=M200c" "1, 2, 3"')
  await dialog.getByTestId('file-entry').click()
  expect(await reported()).toBe('chose "/home/halos.h5"')
  await dialog.getByText('Cancel').click()
  await dialog.waitFor({ state: 'detached' })

  await page.getByTestId('save').click()
  expect(await dialog.getByTestId('save-catalogs').innerText()).toContain(
    'dropped.csv, other.csv lie in a temporary folder, because the browser sent them.'
  )
  await dialog.getByTestId('save-leave').check()
  await dialog.getByTestId('save-confirm').click()
  expect(await reported()).toBe('save "law" "leave"')
  await dialog.getByText('Cancel').click()
})

test('the page reports no error under the window’s content security policy', async () => {
  await screenshot(page, 'panes')
  expect(built.complained).toEqual([])
})
