import { tableFromIPC } from 'apache-arrow'
import { existsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadCatalog } from '../../src-main/catalog/load.ts'
import { splitHalos } from '../../src-main/evaluation/splits.ts'
import { sampleCatalog } from '../fixtures/service.ts'
import { serviceScene } from '../fixtures/service-scene.ts'

const scene = serviceScene()

test('opens the bundled catalog and answers for its columns, neighbours, degrees and masks', async () => {
  const opened = scene.nextEvent('project.changed')
  const summary = await scene.ask('catalog.open', { path: sampleCatalog })
  expect([summary.halos, summary.boxSize, summary.periodic]).toEqual([37_239, 500, true])
  expect((await opened).catalog?.halos).toBe(37_239)

  const { x, y, z, Delta20 } = await scene.columns(['x', 'y', 'z', 'mass', 'Delta20'])
  expect(x).toHaveLength(37_239)
  const wrap = (d: number): number => d - 500 * Math.round(d / 500)
  const distance = (i: number, j: number): number => Math.hypot(wrap(x[i] - x[j]), wrap(y[i] - y[j]), wrap(z[i] - z[j]))
  const near = await scene.ask('graph.neighbours', { halo: 7, radius: 20 })
  const brute = Array.from({ length: 37_239 }, (_, j) => j).filter((j) => j !== 7 && distance(7, j) < 20)
  expect([...near.index].sort((a, b) => a - b)).toEqual(brute)
  near.distance.forEach((d, k) => expect(d).toBeCloseTo(distance(7, near.index[k]), 3))
  expect((await scene.ask('graph.statistics', { radius: 50 })).edges).toBe(6_173_620)

  const dense = Array.from(Delta20).filter((delta) => delta > 1).length
  const mask = { expression: 'delta > 1', target: 'Delta20' }
  const inside = tableFromIPC(await scene.ask('mask.evaluate', mask))
    .getChild('mask')!
    .toArray() as Uint8Array
  expect(inside).toHaveLength(37_239)
  expect(inside.reduce((sum, one) => sum + one, 0)).toBe(dense)

  const defaults = await scene.ask('run.defaults', {})
  expect(defaults).toMatchObject({ catalog: sampleCatalog, target: 'Delta20', radius: 50, ood: null })
  expect((await scene.ask('files.recent', {})).map(({ path }) => path)).toEqual([sampleCatalog])
})

test('the reading of a catalog is cancelled, and the open catalog stays', async () => {
  await scene.ask('catalog.open', { path: sampleCatalog })
  const rows = Array.from({ length: 300_000 }, (_, k) => `${k % 97},${k % 89},${k % 83}`)
  const large = join(scene.folder, 'large.csv')
  writeFileSync(large, `x,y,z\n${rows.join('\n')}\n`)
  const reading = scene.nextEvent('catalog.progress', ({ path }) => path === large)
  const opened = scene.ask('catalog.open', { path: large })
  const refused = expect(opened).rejects.toMatchObject({ code: 'cancelled' })
  await reading
  await scene.ask('catalog.cancel', {})
  await refused
  expect((await scene.ask('project.current', {})).catalog?.path).toBe(sampleCatalog)
  expect((await scene.columns(['x'])).x).toHaveLength(37_239)
})

test('a preview of the split equals the run’s, and a halo’s row equals its columns, also where values are missing', async () => {
  const path = join(scene.folder, 'missing.csv')
  const halos = Array.from({ length: 600 }, (_, i) => ({
    x: (i * 37) % 100,
    y: (i * 53) % 100,
    z: (i * 71) % 100,
    delta: i % 9 === 0 ? NaN : ((i * 17) % 40) / 10 - 1
  }))
  const lines = halos.map(({ x, y, z, delta }) => `${x},${y},${z},1e13,${Number.isNaN(delta) ? '' : delta}`)
  writeFileSync(path, `x,y,z,mass,Delta20\n${lines.join('\n')}\n`)
  await scene.ask('catalog.open', { path, boxSize: 100 })

  const codeOf = ({ x, delta }: { x: number; delta: number }): number =>
    Number.isNaN(delta) ? 255 : delta > 1.5 ? 2 : x > 80 ? 1 : 0
  const brute = halos.map(codeOf)
  const settings = { target: 'Delta20', ood: 'delta > 1.5', test: 'x > 80', seed: 3 }
  const count = (code: number): number => brute.filter((one) => one === code).length
  expect(await scene.ask('split.preview', settings)).toEqual({
    train: count(0),
    test: count(1),
    ood: count(2),
    missing: 67,
    warnings: ['67 of 600 halos have no finite Delta20 and belong to no set.']
  })
  const sets = tableFromIPC(await scene.ask('split.sets', settings)).getChild('set')!
  expect([...sets]).toEqual(brute)

  const catalog = await loadCatalog(path, { map: {}, boxSize: 100 })
  for (const changes of [{ test: null }, { test: null, seed: 4 }, { ood: null, test: null }]) {
    const split = splitHalos(catalog, { ...settings, ...changes })
    const preview = await scene.ask('split.preview', { ...settings, ...changes })
    expect([preview.train, preview.test, preview.ood]).toEqual(
      [split.train, split.test, split.ood].map(({ length }) => length)
    )
    expect(preview.train + preview.test + preview.ood + preview.missing).toBe(600)
  }

  const names = ['x', 'y', 'z', 'mass', 'Delta20']
  const values = await scene.columns(names)
  for (const halo of [0, 5, 599]) {
    const row = await scene.ask('catalog.row', { halo })
    expect(row.map(({ name }) => name)).toEqual(names)
    for (const { name, value } of row) expect(value).toBe(Number.isNaN(values[name][halo]) ? null : values[name][halo])
  }
  expect(
    (await scene.ask('catalog.row', { halo: 1, columns: ['z', 'mass'] })).map(({ name, unit }) => [name, unit])
  ).toEqual([
    ['z', 'Mpc/h'],
    ['mass', 'Msun/h']
  ])
})

test('invalid requests are refused', async () => {
  await expect(scene.service.handle('no.such', {})).rejects.toMatchObject({ code: 'not-found' })
  await expect(scene.service.handle('constructor', {})).rejects.toMatchObject({ code: 'not-found' })
  await expect(scene.service.handle('catalog.open', { path: 3 })).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringMatching(/^catalog\.open: "path" is wrong/)
  })
  await expect(scene.ask('catalog.columns', { columns: ['x'] })).rejects.toThrow('No catalog is open')
  await expect(scene.ask('catalog.open', { path: join(scene.folder, 'none.h5') })).rejects.toThrow('does not exist')
  await scene.ask('catalog.open', { path: sampleCatalog })
  await expect(scene.ask('graph.statistics', { radius: 300 })).rejects.toThrow('half the periodic box')
  await expect(scene.ask('graph.neighbours', { halo: 1e6, radius: 5 })).rejects.toThrow('no halo 1000000')
  await expect(scene.ask('catalog.row', { halo: 37_239 })).rejects.toThrow(
    'no halo 37239; give a number from 0 to 37238'
  )
  await expect(scene.ask('catalog.row', { halo: 0, columns: ['Delta21'] })).rejects.toThrow('did you mean "Delta20"')
  const settings = { target: 'Delta20', ood: 'detla > 1', test: null, seed: 1 }
  await expect(scene.ask('split.preview', settings)).rejects.toThrow('delta')
  await expect(scene.ask('split.preview', { ...settings, ood: 'x >= 0' })).rejects.toThrow(
    'Only 0 of 37239 halos are left to train on, because of the OOD expression "x >= 0"'
  )
  await expect(scene.ask('mask.evaluate', { expression: 'detla > 1', target: 'Delta20' })).rejects.toThrow('delta')
  await expect(scene.ask('project.open', { path: sampleCatalog })).rejects.toThrow('is not a Halolaw project')
  await expect(scene.ask('project.saveAs', { path: '/proc/a.halolaw' })).rejects.toMatchObject({ code: 'disk' })
  expect(existsSync(sampleCatalog)).toBe(true)
})

test('the service works without a folder for its settings', async () => {
  await scene.service.close()
  writeFileSync(join(scene.folder, 'file'), '')
  process.env.HALOLAW_CONFIG_DIR = join(scene.folder, 'file', 'config')
  scene.start()
  expect((await scene.ask('project.current', {})).path).toBeNull()
  expect((await scene.ask('catalog.open', { path: sampleCatalog })).halos).toBe(37_239)
  expect(await scene.ask('files.recent', {})).toEqual([])
})

test('a folder is listed for the window’s own dialog', async () => {
  writeFileSync(join(scene.folder, 'a.h5'), '')
  writeFileSync(join(scene.folder, 'b.halolaw'), '')
  writeFileSync(join(scene.folder, '.hidden'), '')
  const { entries, parent } = await scene.ask('files.list', { path: scene.folder })
  expect(entries.map(({ name, kind }) => [name, kind])).toEqual([
    ['config', 'folder'],
    ['a.h5', 'catalog'],
    ['b.halolaw', 'project']
  ])
  expect(parent).toBe(tmpdir())
  await expect(scene.ask('files.list', { path: join(scene.folder, 'none') })).rejects.toThrow('does not exist')
})
