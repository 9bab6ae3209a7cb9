import { tableFromIPC } from 'apache-arrow'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RunConfig } from '../../src-shared/contract.ts'
import type { Service } from '../../src-main/service/index.ts'
import { makeUploadFolder, removeUnusedUploads } from '../../src-main/uploads.ts'
import { ask, nextEvent, scriptedService } from '../fixtures/service.ts'

let folder: string
let service: Service
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halolaw-catalogs-'))
  process.env.HALOLAW_CONFIG_DIR = join(folder, 'config')
  service = scriptedService()
})
afterEach(async () => {
  await service.close()
  rmSync(folder, { recursive: true, force: true })
})

/** 40 halos on a line, with two masses. */
function catalogText(offset: number): string {
  const rows = Array.from({ length: 40 }, (_, i) => [i, i, i, `${1 + i}e13`, `${2 + i}e13`, (i + offset) / 10].join())
  return `x [Mpc/h],y [Mpc/h],z [Mpc/h],M200c [Msun/h],M200m [Msun/h],Delta20\n${rows.join('\n')}\n`
}

function catalogFile(name: string, offset: number): string {
  const path = join(folder, name)
  writeFileSync(path, catalogText(offset))
  return path
}

async function finishRun(changes: Partial<RunConfig> = {}): Promise<string> {
  const finished = nextEvent(service, 'run.finished')
  const config = await ask(service, 'run.defaults', {})
  const { id } = await ask(service, 'run.start', { config: { ...config, ...changes } })
  await finished
  return id
}

async function setsOf(run: string): Promise<number[]> {
  const column = `@set:${run}`
  const bytes = await ask(service, 'catalog.columns', { columns: [column] })
  return Array.from(tableFromIPC(bytes).getChild(column)!.toArray() as Uint8Array).slice(0, 5)
}

test('a catalog replaces another in a project without runs and name, and otherwise waits for an answer', async () => {
  const [a, b] = [catalogFile('a.csv', 0), catalogFile('b.csv', 1)]
  await ask(service, 'catalog.open', { path: a, boxSize: 100 })
  await ask(service, 'catalog.open', { path: b, boxSize: 100 })
  expect((await ask(service, 'project.current', {})).catalogs.map(({ path }) => path)).toEqual([b])
  await finishRun()
  await expect(ask(service, 'catalog.open', { path: a })).rejects.toThrow(
    'The project Untitled was made with b.csv; say whether a.csv is added to it (project: current) or opened in a new project (project: new).'
  )
  const before = await ask(service, 'project.current', {})
  expect([before.catalog?.path, before.runs.length]).toEqual([b, 1])

  await ask(service, 'catalog.open', { path: a, boxSize: 100, project: 'current' })
  const added = await ask(service, 'project.current', {})
  expect(added.catalogs).toMatchObject([
    { path: a, state: 'open', runs: [] },
    { path: b, state: 'closed', runs: ['r1'] }
  ])
  await ask(service, 'catalog.open', { path: b, boxSize: 100 })
  expect((await ask(service, 'project.current', {})).catalogs).toMatchObject([
    { path: b, state: 'open', runs: ['r1'] },
    { path: a, state: 'closed', runs: [] }
  ])

  const path = join(folder, 'saved.halolaw')
  await ask(service, 'project.saveAs', { path })
  await ask(service, 'catalog.open', { path: catalogFile('c.csv', 2), project: 'new' })
  const fresh = await ask(service, 'project.current', {})
  expect([fresh.path, fresh.runs.length, fresh.catalogs.length]).toEqual([null, 0, 1])
  expect((await ask(service, 'project.open', { path })).catalogs).toHaveLength(2)
})

test('a saved project without runs keeps its catalog too', async () => {
  await ask(service, 'catalog.open', { path: catalogFile('a.csv', 0) })
  await ask(service, 'project.saveAs', { path: join(folder, 'saved.halolaw') })
  await expect(ask(service, 'catalog.open', { path: catalogFile('b.csv', 1) })).rejects.toThrow('project: current')
})

test('another catalog waits until the run at work has ended', async () => {
  await ask(service, 'catalog.open', { path: catalogFile('a.csv', 0) })
  const working = nextEvent(service, 'run.epoch')
  const config = await ask(service, 'run.defaults', {})
  await ask(service, 'run.start', { config: { ...config, target: 'endless' } })
  await working
  const path = catalogFile('b.csv', 1)
  for (const project of ['current', 'new'] as const)
    await expect(ask(service, 'catalog.open', { path, project })).rejects.toThrow('Run 1 is still running')
  expect((await ask(service, 'project.current', {})).catalog?.path).toBe(join(folder, 'a.csv'))
  await ask(service, 'run.cancel', { id: 'r1' })
})

test('columns of a run are those of its own catalog, read as the run read it', async () => {
  const [a, b] = [catalogFile('a.csv', 0), catalogFile('b.csv', 1)]
  await ask(service, 'catalog.open', { path: a, boxSize: 100 })
  const run = await finishRun()
  expect(await setsOf(run)).toEqual([0, 0, 0, 1, 2])

  await ask(service, 'catalog.open', { path: b, boxSize: 100, project: 'current' })
  await expect(setsOf(run)).rejects.toMatchObject({
    code: 'bad-input',
    message:
      "Run 1 was made on a.csv read with box 100 Mpc/h, and b.csv read with box 100 Mpc/h is open; open the run's catalog to see its values."
  })
  for (const name of [`@residual:${run}:gnn`, `@pred:${run}:gnn`])
    await expect(ask(service, 'catalog.row', { halo: 0, columns: [name] })).rejects.toThrow('was made on a.csv')

  // The same file with another mass is another catalog, and so is one whose content changed.
  await ask(service, 'catalog.open', { path: a, boxSize: 100, map: { mass: 'M200m' } })
  await expect(setsOf(run)).rejects.toThrow('and a.csv read with mass=M200m, box 100 Mpc/h is open')
  await ask(service, 'catalog.open', { path: a, boxSize: 100 })
  expect(await setsOf(run)).toEqual([0, 0, 0, 1, 2])
  catalogFile('a.csv', 5)
  await ask(service, 'catalog.open', { path: a, boxSize: 100 })
  await expect(setsOf(run)).rejects.toThrow('its content has changed')
})

test('a run on another catalog of the project than the open one is noted with its own', async () => {
  const [a, b] = [catalogFile('a.csv', 0), catalogFile('b.csv', 1)]
  await ask(service, 'catalog.open', { path: a })
  const first = await finishRun()
  await ask(service, 'catalog.open', { path: b, project: 'current' })
  const second = await finishRun({ catalog: a })
  const { catalogs } = await ask(service, 'project.current', {})
  expect(catalogs.map(({ path, runs }) => [path, runs])).toEqual([
    [b, []],
    [a, [first, second]]
  ])
})

test('a missing catalog is located by its content, and a file of other content is refused', async () => {
  const path = join(folder, 'p.halolaw')
  const catalog = catalogFile('a.csv', 0)
  await ask(service, 'catalog.open', { path: catalog, boxSize: 100 })
  const run = await finishRun()
  await ask(service, 'project.saveAs', { path })
  await ask(service, 'project.new', {})
  const moved = join(folder, 'elsewhere', 'renamed.csv')
  mkdirSync(dirname(moved))
  renameSync(catalog, moved)

  const opened = await ask(service, 'project.open', { path })
  expect(opened.catalogs).toMatchObject([{ path: catalog, state: 'missing', runs: [run] }])
  const [{ id }] = opened.catalogs
  await expect(ask(service, 'catalog.locate', { id, path: catalogFile('other.csv', 3) })).rejects.toThrow(
    /other\.csv is not the catalog of this project: its content differs from a\.csv/
  )
  await expect(ask(service, 'catalog.locate', { id: 'none', path: moved })).rejects.toThrow('no catalog "none"')
  expect((await ask(service, 'catalog.locate', { id, path: moved })).path).toBe(moved)
  const located = await ask(service, 'project.current', {})
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
  await ask(service, 'catalog.open', { path: dropped, boxSize: 100 })
  const run = await finishRun()
  expect((await ask(service, 'project.current', {})).catalogs[0].temporary).toBe(true)
  // A file of the same name is not overwritten.
  const taken = catalogFile('dropped.csv', 7)
  const path = join(folder, 'p.halolaw')
  const saved = await ask(service, 'project.saveAs', { path, catalogs: 'copy' })
  const copy = join(folder, 'dropped-2.csv')
  expect(saved.catalogs).toMatchObject([{ path: copy, state: 'open', temporary: false, runs: [run] }])
  expect(saved.catalog?.path).toBe(copy)
  expect([readFileSync(taken, 'utf8'), readFileSync(copy, 'utf8')]).toEqual([catalogText(7), catalogText(0)])
  expect(existsSync(dirname(dropped))).toBe(false)
  expect(await setsOf(run)).toEqual([0, 0, 0, 1, 2])
  await service.close()
  service = scriptedService()
  expect((await ask(service, 'project.open', { path })).catalog?.warnings).toEqual(saved.catalog?.warnings)
  expect(await setsOf(run)).toEqual([0, 0, 0, 1, 2])
})

test('an upload stays while a project refers to it, and goes when none does', async () => {
  const [first, second] = [await upload(0), await upload(1)]
  await ask(service, 'catalog.open', { path: first })
  await ask(service, 'catalog.open', { path: second })
  expect([first, second].map((path) => existsSync(path))).toEqual([false, true])
  const path = join(folder, 'p.halolaw')
  await ask(service, 'project.saveAs', { path, catalogs: 'leave' })
  await ask(service, 'project.new', {})
  removeUnusedUploads('ended and this')
  expect(existsSync(second)).toBe(true)
  rmSync(path)
  removeUnusedUploads('ended and this')
  expect(existsSync(second)).toBe(false)

  const third = await upload(2)
  await ask(service, 'catalog.open', { path: third })
  await service.close()
  expect(existsSync(third)).toBe(false)
  service = scriptedService()
})

test('uploads of ended processes are removed', () => {
  const stale = ['halolaw-upload-4194999-abcdef', 'halolaw-upload-abcdef'].map((name) => join(tmpdir(), name))
  for (const path of stale) mkdirSync(path, { recursive: true })
  removeUnusedUploads('ended')
  expect(stale.filter((path) => existsSync(path))).toEqual([])
})
