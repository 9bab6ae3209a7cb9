import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright'
import { expect } from 'vitest'
import { openProject, type Project } from '../../src-main/project/project.ts'
import { storedCatalog } from '../fixtures/stored-project.ts'
import { screenshot } from './helpers/chromium.ts'
import { finishedProject, windowTest } from './helpers/window-test.ts'
import { catalogIsShown, fieldIsDrawn } from './helpers/window.ts'

/** 200 halos in a box of 100 Mpc/h, with two masses. */
const text = [
  'x [Mpc/h],y [Mpc/h],z [Mpc/h],M200c [Msun/h],M200m [Msun/h],Delta20',
  ...Array.from({ length: 200 }, (_, i) =>
    [i % 97, (i * 7) % 89, (i * 13) % 83, 1e13 * (1 + (i % 9)), 1.2e13 * (1 + (i % 9)), (i % 11) / 10].join()
  )
].join('\n')

function otherCatalog(folder: string): string {
  const path = join(folder, 'other.csv')
  writeFileSync(path, text)
  return path
}

async function openByPath(page: Page, path: string): Promise<void> {
  await page.keyboard.press('Control+o')
  // The dialog lists a folder first and writes its path.
  await expect.poll(() => page.getByTestId('dialog-path').inputValue()).toMatch(/^\/[^.]*$/)
  await page.getByTestId('dialog-path').fill(path)
  await page.getByTestId('dialog-path').press('Enter')
}

async function drop(page: Page, name: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([content, file]) => {
      const data = new DataTransfer()
      data.items.add(new File([content], file, { type: 'text/csv' }))
      return data
    },
    [text, name] as const
  )
  for (const event of ['dragenter', 'dragover', 'drop'])
    await page.dispatchEvent('body', event, { dataTransfer: transfer })
}

const runIsListed = (page: Page) => page.getByTestId('run-item').first().waitFor()

/** What the colour menu offers, and what it says and does not offer. */
async function colours(page: Page): Promise<{ offered: string[]; refused: string[] }> {
  const options = page.getByTestId('colour-by').locator('option')
  const read = await options.evaluateAll((all) =>
    all.map((one) => ({ text: one.textContent ?? '', disabled: (one as HTMLOptionElement).disabled }))
  )
  const texts = (disabled: boolean) => read.filter((one) => one.disabled === disabled).map((one) => one.text)
  return { offered: texts(false), refused: texts(true) }
}

windowTest(
  'another catalog over a saved project waits for an answer, and cancelling keeps everything',
  {},
  async (open) => {
    const { page, folder } = await open(finishedProject)
    await runIsListed(page)
    const other = otherCatalog(folder)
    await openByPath(page, other)
    const question = page.getByTestId('catalog-question')
    await question.waitFor()
    expect(await question.innerText()).toContain('The project finished was made with corner.csv and has a run')
    await screenshot(page, 'catalog question')
    await page.getByTestId('question-cancel').click()
    await question.waitFor({ state: 'detached' })
    expect(await page.getByTestId('left-rail').innerText()).toContain('345 halos')
    expect(await page.getByTestId('run-item').count()).toBe(1)

    await openByPath(page, other)
    await page.getByTestId('question-new').click()
    await expect.poll(() => page.getByTestId('project-menu').innerText()).toContain('Untitled')
    await expect.poll(() => page.getByTestId('left-rail').innerText()).toContain('200 halos')
    expect(await page.getByTestId('run-item').count()).toBe(0)
  }
)

windowTest('a run belongs to its catalog: its residual is offered there alone', {}, async (open) => {
  const { page, folder } = await open(finishedProject)
  await runIsListed(page)
  await fieldIsDrawn(page)
  expect((await colours(page)).offered).toContain('Residual of network')
  await page.getByTestId('colour-by').selectOption({ label: 'Residual of network' })

  await openByPath(page, otherCatalog(folder))
  await page.getByTestId('question-add').click()
  const catalogs = page.getByTestId('catalogs')
  await expect.poll(() => catalogs.locator('li').count()).toBe(2)
  await expect.poll(() => page.getByTestId('colour-by').inputValue()).toBe('Delta20')
  await page.getByTestId('column-x').locator('canvas, svg').waitFor()
  await page.locator('[data-testid=field][data-drawn=true]').waitFor()
  expect((await colours(page)).offered.filter((label) => /Residual|Prediction|Sets of Run/.test(label))).toEqual([])
  expect(await page.getByTestId('run-catalog').innerText()).toContain('corner.csv')
  expect(await page.getByTestId('step-compare').getAttribute('data-state')).toBe('waiting')

  await page.getByTestId('run-item').click()
  await expect
    .poll(async () => (await colours(page)).refused)
    .toEqual(['Run 1 was made on corner.csv, which is not open.'])
  expect(await page.getByTestId('run-elsewhere').innerText()).toContain('made on corner.csv')
  expect(await page.getByTestId('step-compare').getAttribute('data-state')).toBe('waiting')
  await page.getByTestId('tab-second-predicted').click()
  await page.getByText('Open that catalog to see each halo').waitFor()
  await screenshot(page, 'run of another catalog')

  await catalogs.getByText('corner.csv').click()
  await expect.poll(async () => (await colours(page)).offered).toContain('Residual of network')
  expect(await page.getByTestId('step-compare').getAttribute('data-state')).toBe('done')
})

windowTest('the count while drawing is the count of the mask and of the split', {}, async (open) => {
  const { page } = await open()
  await catalogIsShown(page, 'fastpm-500-z0')
  await fieldIsDrawn(page)
  // The default test set is counted before anything is drawn.
  await expect.poll(() => page.getByTestId('mask-test-count').first().innerText()).toMatch(/^\d,\d{3} halos/)
  await page.getByTestId('draw-test').click()
  const box = (await page.getByTestId('field-canvas').boundingBox())!
  await page.mouse.move(box.x + box.width * 0.55, box.y + box.height * 0.3)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.62, box.y + box.height * 0.5, { steps: 5 })
  await page.mouse.move(box.x + box.width * 0.66, box.y + box.height * 0.6, { steps: 5 })
  await page.mouse.up()
  await expect.poll(() => page.getByTestId('draw-count').innerText()).toMatch(/^[\d,]+ halos$/)
  const counted = /[\d,]+/.exec(await page.getByTestId('draw-count').innerText())![0]
  await screenshot(page, 'mask drawn')
  await page.getByTestId('draw-use').click()
  await expect.poll(() => page.getByTestId('mask-test-count').first().innerText()).toContain(`${counted} halos`)
  await expect.poll(() => page.getByTestId('show-sets').innerText()).toContain(`${counted} test`)
})

windowTest('a mask of nothing, of everything and a target that was never chosen block training', {}, async (open) => {
  const noTarget = (folder: string) => {
    const path = join(folder, 'none.csv')
    writeFileSync(path, text.replace('Delta20', 'age'))
    return path
  }
  const { page } = await open({ file: noTarget })
  await fieldIsDrawn(page)
  const train = page.getByTestId('run')
  await page.getByTestId('target-problem').filter({ hasText: 'Choose the target' }).waitFor()
  expect(await train.isDisabled()).toBe(true)
  await page.getByTestId('target').selectOption('age')
  await expect.poll(() => train.isEnabled()).toBe(true)

  const mask = page.getByTestId('mask-test').first()
  const problem = page.getByTestId('mask-test-problem').first()
  await mask.fill('x > 1e6')
  await expect.poll(() => problem.innerText()).toBe('The mask takes none of the 200 halos; loosen it or clear it.')
  expect(await train.isDisabled()).toBe(true)
  await screenshot(page, 'mask of nothing')
  await mask.fill('x >= 0')
  await expect.poll(() => problem.innerText()).toContain('takes all 200 halos')
  expect(await train.isDisabled()).toBe(true)
  await mask.fill('x > 80')
  await expect.poll(() => train.isEnabled()).toBe(true)
  await page.getByTestId('mask-ood').first().fill('x > 70')
  await expect.poll(() => problem.innerText()).toContain('The test set is empty')
  expect(await train.isDisabled()).toBe(true)
})

windowTest('the mass is named, and another column of the file is chosen for it', {}, async (open) => {
  const { page } = await open({ file: otherCatalog })
  await fieldIsDrawn(page)
  const mass = page.getByTestId('mass-column')
  expect(await mass.inputValue()).toBe('M200c')
  expect(await page.getByTestId('mass-definition').innerText()).toContain('200 times the critical density')
  await mass.selectOption('M200m')
  await expect.poll(() => page.getByTestId('mass-definition').innerText()).toContain('200 times the mean density')
  await page.getByTestId('column-mass').click()
  await expect.poll(() => page.getByTestId('columns').innerText()).toContain('1.2×10¹³')
  expect(await page.getByTestId('catalog-warnings').innerText()).not.toContain('--map')
  await screenshot(page, 'mass chosen')
})

windowTest('a dropped catalog is copied beside the project, which opens again without the upload', {}, async (open) => {
  const { page, folder } = await open({ file: otherCatalog })
  await fieldIsDrawn(page)
  await drop(page, 'dropped.csv')
  await expect.poll(() => page.getByTestId('left-rail').innerText()).toContain('dropped.csv')
  await page.keyboard.press('Control+Shift+S')
  expect(await page.getByTestId('save-catalogs').innerText()).toContain('dropped.csv lies in a temporary folder')
  await screenshot(page, 'save a dropped catalog')
  await page.getByTestId('dialog-path').fill(folder)
  await page.getByTestId('dialog-path').press('Enter')
  await page.getByTestId('save-name').fill('kept')
  await page.getByTestId('save-confirm').click()
  await page.getByTestId('file-dialog').waitFor({ state: 'detached' })
  expect(readdirSync(folder).filter((name) => name.endsWith('.csv'))).toEqual(['dropped.csv', 'other.csv'])
  await expect.poll(() => page.getByTestId('left-rail').innerText()).toContain(join(folder, 'dropped.csv'))
  const project = openProject(join(folder, 'kept.halolaw'))
  const reference = project.catalog()
  project.close()
  expect(reference?.path).toBe(join(folder, 'dropped.csv'))

  await page.getByTestId('project-menu').click()
  await page.getByRole('menuitem', { name: 'New project' }).click()
  await expect.poll(() => page.getByTestId('project-menu').innerText()).toContain('Untitled')
  await openByPath(page, join(folder, 'kept.halolaw'))
  await expect.poll(() => page.getByTestId('project-menu').innerText()).toContain('kept')
  await fieldIsDrawn(page)
  expect(await page.getByTestId('left-rail').innerText()).toContain(join(folder, 'dropped.csv'))
})

windowTest('a missing catalog is located, and another file is refused', {}, async (open) => {
  const file = (folder: string) => {
    const path = finishedProject.file!(folder)
    const moved = join(folder, 'elsewhere', 'moved.csv')
    mkdirSync(dirname(moved))
    renameSync(join(folder, 'corner.csv'), moved)
    otherCatalog(folder)
    return path
  }
  const { page, folder } = await open({ file })
  await page.getByTestId('locate').waitFor()
  await screenshot(page, 'missing catalog')
  await page.getByTestId('locate').click()
  await page.getByTestId('dialog-path').fill(join(folder, 'other.csv'))
  await page.getByTestId('dialog-path').press('Enter')
  await page.getByRole('alert').filter({ hasText: 'is not the catalog of this project' }).first().waitFor()
  await page.getByTestId('dialog-path').fill(join(folder, 'elsewhere', 'moved.csv'))
  await page.getByTestId('dialog-path').press('Enter')
  await page.getByTestId('file-dialog').waitFor({ state: 'detached' })
  await fieldIsDrawn(page)
  expect((await colours(page)).offered).toContain('Residual of network')
  expect(existsSync(storedCatalog)).toBe(true)
})

windowTest('a project that another process has takes no catalog, and says who has it', {}, async (open) => {
  let project: Project | undefined
  const file = (folder: string) => {
    const path = finishedProject.file!(folder)
    project = openProject(path)
    return path
  }
  try {
    const { page, folder } = await open({ file })
    await runIsListed(page)
    await openByPath(page, otherCatalog(folder))
    const question = page.getByTestId('catalog-question')
    const holder = `finished.halolaw is open in another Halolaw (process ${process.pid} on `
    await expect.poll(() => question.innerText()).toContain(`Nothing can be added to this project: ${holder}`)
    expect(await page.getByTestId('question-add').isDisabled()).toBe(true)
    await screenshot(page, 'catalog question of a project of others')
    await page.getByTestId('question-new').click()
    await expect.poll(() => page.getByTestId('left-rail').innerText()).toContain('200 halos')
    await expect.poll(() => page.getByTestId('project-menu').innerText()).toContain('Untitled')
  } finally {
    project?.close()
  }
})
