import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sampleCatalog } from '../fixtures/service.ts'
import { serviceScene } from '../fixtures/service-scene.ts'

const scene = serviceScene()

test('a project is saved during a run, and opens again with everything in it', async () => {
  await scene.ask('catalog.open', { path: sampleCatalog })
  await scene.ask('mask.save', { name: 'Dense', role: 'ood', expression: 'delta > 1' })
  const working = scene.nextEvent('run.epoch')
  await scene.ask('run.start', { config: await scene.configOf({ target: 'endless' }) })
  await working
  const path = join(scene.folder, 'mine.halolaw')
  const saved = await scene.ask('project.saveAs', { path })
  expect([saved.path, saved.name, saved.masks.length]).toEqual([path, 'mine', 1])
  const last = (await scene.ask('run.get', { id: 'r1' })).epochs.length
  await scene.nextEvent('run.epoch', ({ record }) => record.epoch > last)
  await scene.restart()
  const opened = await scene.ask('project.open', { path })
  expect(opened.catalog?.halos).toBe(37_239)
  expect(opened.runs.map(({ state }) => state)).toEqual(['interrupted'])
  expect((await scene.ask('run.get', { id: 'r1' })).epochs.length).toBeGreaterThan(last)
  expect((await scene.columns(['x'])).x).toHaveLength(37_239)
})

test('work that was never saved returns at the next start', async () => {
  await scene.ask('catalog.open', { path: sampleCatalog })
  await scene.ask('mask.save', { name: 'Dense', role: 'ood', expression: 'delta > 1' })
  await scene.restart()
  const project = await scene.ask('project.current', {})
  expect([project.path, project.masks.length, project.catalog?.halos]).toEqual([null, 1, 37_239])
})

test('a missing or changed catalog is reported, and the project still opens', async () => {
  const path = join(scene.folder, 'p.halolaw')
  const catalog = join(scene.folder, 'small.csv')
  const rows = Array.from({ length: 30 }, (_, i) => `${i},${i},${i},1e13,${i / 10}`).join('\n')
  writeFileSync(catalog, `x,y,z,mass,Delta20\n${rows}\n`)
  await scene.ask('catalog.open', { path: catalog, boxSize: 100 })
  await scene.ask('project.saveAs', { path })
  await scene.ask('project.new', {})
  writeFileSync(catalog, `x,y,z,mass,Delta20\n${rows}\n40,40,40,1e13,0\n`)
  const changed = await scene.ask('project.open', { path })
  expect(changed.catalog?.warnings[0]).toMatch(/small\.csv has changed since/)
  await scene.ask('project.new', {})
  rmSync(catalog)
  const gone = await scene.ask('project.open', { path })
  expect(gone.catalog?.warnings[0]).toMatch(/could not be opened: .*small\.csv does not exist/)
  await expect(scene.columns(['x'])).rejects.toThrow('could not be opened')
})
