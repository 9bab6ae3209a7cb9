import { tableFromIPC } from 'apache-arrow'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunConfig } from '../../src-shared/contract.ts'
import { makeUploadFolder, removeUnusedUploads } from '../../src-main/uploads.ts'
import { serviceScene } from '../fixtures/service-scene.ts'

const scene = serviceScene()

/** 40 halos on a line, with two masses. */
function catalogText(offset: number): string {
  const rows = Array.from({ length: 40 }, (_, i) => [i, i, i, `${1 + i}e13`, `${2 + i}e13`, (i + offset) / 10].join())
  return `x [Mpc/h],y [Mpc/h],z [Mpc/h],M200c [Msun/h],M200m [Msun/h],Delta20\n${rows.join('\n')}\n`
}

function catalogFile(name: string, offset: number): string {
  const path = join(scene.folder, name)
  writeFileSync(path, catalogText(offset))
  return path
}

async function finishRun(changes: Partial<RunConfig> = {}): Promise<string> {
  const finished = scene.nextEvent('run.finished')
  const config = await scene.ask('run.defaults', {})
  const { id } = await scene.ask('run.start', { config: { ...config, ...changes } })
  await finished
  return id
}

async function setsOf(run: string): Promise<number[]> {
  const column = `@set:${run}`
  const bytes = await scene.ask('catalog.columns', { columns: [column] })
  return Array.from(tableFromIPC(bytes).getChild(column)!.toArray() as Uint8Array).slice(0, 5)
}

test('a catalog replaces another in a project without runs and name, and otherwise waits for an answer', async () => {
  const [a, b] = [catalogFile('a.csv', 0), catalogFile('b.csv', 1)]
  await scene.ask('catalog.open', { path: a, boxSize: 100 })
  await scene.ask('catalog.open', { path: b, boxSize: 100 })
  expect((await scene.ask('project.current', {})).catalogs.map(({ path }) => path)).toEqual([b])
  await finishRun()
  await expect(scene.ask('catalog.open', { path: a })).rejects.toThrow(
    'The project Untitled was made with b.csv; say whether a.csv is added to it (project: current) or opened in a new project (project: new).'
  )
  const before = await scene.ask('project.current', {})
  expect([before.catalog?.path, before.runs.length]).toEqual([b, 1])

  await scene.ask('catalog.open', { path: a, boxSize: 100, project: 'current' })
  const added = await scene.ask('project.current', {})
  expect(added.catalogs).toMatchObject([
    { path: a, state: 'open', runs: [] },
    { path: b, state: 'closed', runs: ['r1'] }
  ])
  await scene.ask('catalog.open', { path: b, boxSize: 100 })
  expect((await scene.ask('project.current', {})).catalogs).toMatchObject([
    { path: b, state: 'open', runs: ['r1'] },
    { path: a, state: 'closed', runs: [] }
  ])

  const path = join(scene.folder, 'saved.halolaw')
  await scene.ask('project.saveAs', { path })
  await scene.ask('catalog.open', { path: catalogFile('c.csv', 2), project: 'new' })
  const fresh = await scene.ask('project.current', {})
  expect([fresh.path, fresh.runs.length, fresh.catalogs.length]).toEqual([null, 0, 1])
  expect((await scene.ask('project.open', { path })).catalogs).toHaveLength(2)
})

test('a saved project without runs keeps its catalog too', async () => {
  await scene.ask('catalog.open', { path: catalogFile('a.csv', 0) })
  await scene.ask('project.saveAs', { path: join(scene.folder, 'saved.halolaw') })
  await expect(scene.ask('catalog.open', { path: catalogFile('b.csv', 1) })).rejects.toThrow('project: current')
})

test('another catalog waits until the run at work has ended', async () => {
  await scene.ask('catalog.open', { path: catalogFile('a.csv', 0) })
  const working = scene.nextEvent('run.epoch')
  const config = await scene.ask('run.defaults', {})
  await scene.ask('run.start', { config: { ...config, target: 'endless' } })
  await working
  const path = catalogFile('b.csv', 1)
  for (const project of ['current', 'new'] as const)
    await expect(scene.ask('catalog.open', { path, project })).rejects.toThrow('Run 1 is still running')
  expect((await scene.ask('project.current', {})).catalog?.path).toBe(join(scene.folder, 'a.csv'))
  await scene.ask('run.cancel', { id: 'r1' })
})

test('columns of a run are those of its own catalog, read as the run read it', async () => {
  const [a, b] = [catalogFile('a.csv', 0), catalogFile('b.csv', 1)]
  await scene.ask('catalog.open', { path: a, boxSize: 100 })
  const run = await finishRun()
  expect(await setsOf(run)).toEqual([0, 0, 0, 1, 2])

  await scene.ask('catalog.open', { path: b, boxSize: 100, project: 'current' })
  await expect(setsOf(run)).rejects.toMatchObject({
    code: 'bad-input',
    message:
      "Run 1 was made on a.csv read with box 100 Mpc/h, and b.csv read with box 100 Mpc/h is open; open the run's catalog to see its values."
  })
  for (const name of [`@residual:${run}:gnn`, `@pred:${run}:gnn`])
    await expect(scene.ask('catalog.row', { halo: 0, columns: [name] })).rejects.toThrow('was made on a.csv')

  // The same file with another mass is another catalog, and so is one whose content changed.
  await scene.ask('catalog.open', { path: a, boxSize: 100, map: { mass: 'M200m' } })
  await expect(setsOf(run)).rejects.toThrow('and a.csv read with mass=M200m, box 100 Mpc/h is open')
  await scene.ask('catalog.open', { path: a, boxSize: 100 })
  expect(await setsOf(run)).toEqual([0, 0, 0, 1, 2])
  catalogFile('a.csv', 5)
  await scene.ask('catalog.open', { path: a, boxSize: 100 })
  await expect(setsOf(run)).rejects.toThrow('its content has changed')
})

test('a run on another catalog of the project than the open one is noted with its own', async () => {
  const [a, b] = [catalogFile('a.csv', 0), catalogFile('b.csv', 1)]
  await scene.ask('catalog.open', { path: a })
  const first = await finishRun()
  await scene.ask('catalog.open', { path: b, project: 'current' })
  const second = await finishRun({ catalog: a })
  const { catalogs } = await scene.ask('project.current', {})
  expect(catalogs.map(({ path, runs }) => [path, runs])).toEqual([
    [b, []],
    [a, [first, second]]
  ])
})

test('a missing catalog is located by its content, and a file of other content is refused', async () => {
  const path = join(scene.folder, 'p.halolaw')
  const catalog = catalogFile('a.csv', 0)
  await scene.ask('catalog.open', { path: catalog, boxSize: 100 })
  const run = await finishRun()
  await scene.ask('project.saveAs', { path })
  await scene.ask('project.new', {})
  const moved = join(scene.folder, 'elsewhere', 'renamed.csv')
  mkdirSync(dirname(moved))
  renameSync(catalog, moved)

  const opened = await scene.ask('project.open', { path })
  expect(opened.catalogs).toMatchObject([{ path: catalog, state: 'missing', runs: [run] }])
  const [{ id }] = opened.catalogs
  await expect(scene.ask('catalog.locate', { id, path: catalogFile('other.csv', 3) })).rejects.toThrow(
    /other\.csv is not the catalog of this project: its content differs from a\.csv/
  )
  await expect(scene.ask('catalog.locate', { id: 'none', path: moved })).rejects.toThrow('no catalog "none"')
  expect((await scene.ask('catalog.locate', { id, path: moved })).path).toBe(moved)
  const located = await scene.ask('project.current', {})
  expect(located.catalogs).toMatchObject([{ id, path: moved, state: 'open', runs: [run] }])
  expect(located.runs[0].config.catalog).toBe(moved)
  expect(await setsOf(run)).toEqual([0, 0, 0, 1, 2])
})

async function upload(offset: number): Promise<string> {
  const path = join(await makeUploadFolder(), 'dropped.csv')
  writeFileSync(path, catalogText(offset))
  return path
}

test('an upload is copied beside the project when it is saved, and then removed', async () => {
  const dropped = await upload(0)
  await scene.ask('catalog.open', { path: dropped, boxSize: 100 })
  const run = await finishRun()
  expect((await scene.ask('project.current', {})).catalogs[0].temporary).toBe(true)
  // A file of the same name is not overwritten.
  const file = catalogFile('dropped.csv', 7)
  const path = join(scene.folder, 'p.halolaw')
  const saved = await scene.ask('project.saveAs', { path, catalogs: 'copy' })
  const copy = join(scene.folder, 'dropped-2.csv')
  expect(saved.catalogs).toMatchObject([{ path: copy, state: 'open', temporary: false, runs: [run] }])
  expect(saved.catalog?.path).toBe(copy)
  expect([readFileSync(file, 'utf8'), readFileSync(copy, 'utf8')]).toEqual([catalogText(7), catalogText(0)])
  expect(existsSync(dirname(dropped))).toBe(false)
  expect(await setsOf(run)).toEqual([0, 0, 0, 1, 2])
  await scene.restart()
  expect((await scene.ask('project.open', { path })).catalog?.warnings).toEqual(saved.catalog?.warnings)
  expect(await setsOf(run)).toEqual([0, 0, 0, 1, 2])
})

test('an upload stays while a project refers to it, and goes when none does', async () => {
  const [first, second] = [await upload(0), await upload(1)]
  await scene.ask('catalog.open', { path: first })
  await scene.ask('catalog.open', { path: second })
  expect([first, second].map((path) => existsSync(path))).toEqual([false, true])
  const path = join(scene.folder, 'p.halolaw')
  await scene.ask('project.saveAs', { path, catalogs: 'leave' })
  await scene.ask('project.new', {})
  removeUnusedUploads('ended and this')
  expect(existsSync(second)).toBe(true)
  rmSync(path)
  removeUnusedUploads('ended and this')
  expect(existsSync(second)).toBe(false)

  const third = await upload(2)
  await scene.ask('catalog.open', { path: third })
  await scene.service.close()
  expect(existsSync(third)).toBe(false)
  scene.start()
})

test('uploads of ended processes are removed', () => {
  const stale = ['halolaw-upload-4194999-abcdef', 'halolaw-upload-abcdef'].map((name) => join(tmpdir(), name))
  for (const path of stale) mkdirSync(path, { recursive: true })
  removeUnusedUploads('ended')
  expect(stale.filter((path) => existsSync(path))).toEqual([])
})
