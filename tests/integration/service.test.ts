import { tableFromIPC } from 'apache-arrow'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RunConfig } from '../../src-shared/contract.ts'
import type { Service } from '../../src-main/service/index.ts'
import { loadCatalog } from '../../src-main/catalog/load.ts'
import { splitHalos } from '../../src-main/evaluation/splits.ts'
import { ask, nextEvent, sampleCatalog, scriptedService } from '../fixtures/service.ts'

let folder: string
let service: Service
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halolaw-service-'))
  process.env.HALOLAW_CONFIG_DIR = join(folder, 'config')
  service = scriptedService()
})
afterEach(async () => {
  await service.close()
  rmSync(folder, { recursive: true, force: true })
})

async function configOf(changes: Partial<RunConfig>): Promise<RunConfig> {
  return { ...(await ask(service, 'run.defaults', {})), catalog: sampleCatalog, ...changes }
}

async function columns(names: string[]): Promise<Record<string, ArrayLike<number>>> {
  const table = tableFromIPC(await ask(service, 'catalog.columns', { columns: names }))
  return Object.fromEntries(names.map((name) => [name, table.getChild(name)!.toArray()]))
}

test('opens the bundled catalog and answers for its columns, neighbours, degrees and masks', async () => {
  const opened = nextEvent(service, 'project.changed')
  const summary = await ask(service, 'catalog.open', { path: sampleCatalog })
  expect([summary.halos, summary.boxSize, summary.periodic]).toEqual([37_239, 500, true])
  expect((await opened).catalog?.halos).toBe(37_239)

  const { x, y, z, Delta20 } = await columns(['x', 'y', 'z', 'mass', 'Delta20'])
  expect(x).toHaveLength(37_239)
  const wrap = (d: number): number => d - 500 * Math.round(d / 500)
  const distance = (i: number, j: number): number => Math.hypot(wrap(x[i] - x[j]), wrap(y[i] - y[j]), wrap(z[i] - z[j]))
  const near = await ask(service, 'graph.neighbours', { halo: 7, radius: 20 })
  const brute = Array.from({ length: 37_239 }, (_, j) => j).filter((j) => j !== 7 && distance(7, j) < 20)
  expect([...near.index].sort((a, b) => a - b)).toEqual(brute)
  near.distance.forEach((d, k) => expect(d).toBeCloseTo(distance(7, near.index[k]), 3))
  expect((await ask(service, 'graph.statistics', { radius: 50 })).edges).toBe(6_173_620)

  const dense = Array.from(Delta20).filter((delta) => delta > 1).length
  const mask = { expression: 'delta > 1', target: 'Delta20' }
  const taken = tableFromIPC(await ask(service, 'mask.evaluate', mask))
    .getChild('mask')!
    .toArray() as Uint8Array
  expect(taken).toHaveLength(37_239)
  expect(taken.reduce((sum, one) => sum + one, 0)).toBe(dense)

  const defaults = await ask(service, 'run.defaults', {})
  expect(defaults).toMatchObject({ catalog: sampleCatalog, target: 'Delta20', radius: 50, ood: null })
  expect((await ask(service, 'files.recent', {})).map(({ path }) => path)).toEqual([sampleCatalog])
})

test('the reading of a catalog is cancelled, and the open catalog stays', async () => {
  await ask(service, 'catalog.open', { path: sampleCatalog })
  const rows = Array.from({ length: 300_000 }, (_, k) => `${k % 97},${k % 89},${k % 83}`)
  const large = join(folder, 'large.csv')
  writeFileSync(large, `x,y,z\n${rows.join('\n')}\n`)
  const reading = nextEvent(service, 'catalog.progress', ({ path }) => path === large)
  const opened = ask(service, 'catalog.open', { path: large })
  const refused = expect(opened).rejects.toMatchObject({ code: 'cancelled' })
  await reading
  await ask(service, 'catalog.cancel', {})
  await refused
  expect((await ask(service, 'project.current', {})).catalog?.path).toBe(sampleCatalog)
  expect((await columns(['x'])).x).toHaveLength(37_239)
})

test('a run reports its progress and ends, and its columns can be read', async () => {
  await ask(service, 'catalog.open', { path: sampleCatalog })
  const finished = nextEvent(service, 'run.finished')
  const epoch = nextEvent(service, 'run.epoch')
  const step = nextEvent(service, 'run.step')
  const run = await ask(service, 'run.start', { config: await configOf({ seed: 5 }), name: 'First' })
  expect([run.id, run.name, run.state]).toEqual(['r1', 'First', 'running'])
  expect(await step).toEqual({ id: 'r1', record: { epoch: 0.5, trainLoss: 1 } })
  expect((await epoch).record.messageStd).toEqual([1, 0.1])
  expect(await finished).toMatchObject({ id: 'r1', state: 'done', progress: 1 })
  const detail = await ask(service, 'run.get', { id: 'r1' })
  expect(detail.epochs.map((record) => record.epoch)).toEqual([1, 2, 3, 4, 5])
  expect(detail.messageFront).toHaveLength(1)
  expect(detail.result?.models[0].id).toBe('formula')

  const names = ['@set:r1', '@pred:r1:gnn', '@residual:r1:gnn', 'Delta20']
  const read = await columns(names)
  expect([...Array.from(read['@set:r1']).slice(0, 6)]).toEqual([0, 0, 0, 1, 2, 255])
  expect(read['@pred:r1:gnn'][9]).toBe(0.25)
  expect(read['@residual:r1:gnn'][9]).toBeCloseTo(0.25 - read.Delta20[9], 6)
  const row = await ask(service, 'catalog.row', { halo: 9, columns: names })
  expect(row.map(({ name }) => name)).toEqual(names)
  for (const { name, value } of row) expect(value).toBe(read[name][9])
  await expect(columns(['@pred:r1:simple'])).rejects.toThrow('has no predictions of "simple"')
  await expect(columns(['@pred:r7:gnn'])).rejects.toThrow('no run "r7"')
  await expect(columns(['Delta21'])).rejects.toThrow('did you mean "Delta20"')
})

test('a preview of the split equals the run’s, and a halo’s row equals its columns, also where values are missing', async () => {
  const path = join(folder, 'missing.csv')
  const halos = Array.from({ length: 600 }, (_, i) => ({
    x: (i * 37) % 100,
    y: (i * 53) % 100,
    z: (i * 71) % 100,
    delta: i % 9 === 0 ? NaN : ((i * 17) % 40) / 10 - 1
  }))
  const lines = halos.map(({ x, y, z, delta }) => `${x},${y},${z},1e13,${Number.isNaN(delta) ? '' : delta}`)
  writeFileSync(path, `x,y,z,mass,Delta20\n${lines.join('\n')}\n`)
  await ask(service, 'catalog.open', { path, boxSize: 100 })

  const codeOf = ({ x, delta }: { x: number; delta: number }): number =>
    Number.isNaN(delta) ? 255 : delta > 1.5 ? 2 : x > 80 ? 1 : 0
  const brute = halos.map(codeOf)
  const settings = { target: 'Delta20', ood: 'delta > 1.5', test: 'x > 80', seed: 3 }
  const count = (code: number): number => brute.filter((one) => one === code).length
  expect(await ask(service, 'split.preview', settings)).toEqual({
    train: count(0),
    test: count(1),
    ood: count(2),
    missing: 67,
    warnings: ['67 of 600 halos have no finite Delta20 and belong to no set.']
  })
  const sets = tableFromIPC(await ask(service, 'split.sets', settings)).getChild('set')!
  expect([...sets]).toEqual(brute)

  const catalog = await loadCatalog(path, { map: {}, boxSize: 100 })
  for (const changes of [{ test: null }, { test: null, seed: 4 }, { ood: null, test: null }]) {
    const split = splitHalos(catalog, { ...settings, ...changes })
    const preview = await ask(service, 'split.preview', { ...settings, ...changes })
    expect([preview.train, preview.test, preview.ood]).toEqual(
      [split.train, split.test, split.ood].map(({ length }) => length)
    )
    expect(preview.train + preview.test + preview.ood + preview.missing).toBe(600)
  }

  const names = ['x', 'y', 'z', 'mass', 'Delta20']
  const values = await columns(names)
  for (const halo of [0, 5, 599]) {
    const row = await ask(service, 'catalog.row', { halo })
    expect(row.map(({ name }) => name)).toEqual(names)
    for (const { name, value } of row) expect(value).toBe(Number.isNaN(values[name][halo]) ? null : values[name][halo])
  }
  expect(
    (await ask(service, 'catalog.row', { halo: 1, columns: ['z', 'mass'] })).map(({ name, unit }) => [name, unit])
  ).toEqual([
    ['z', 'Mpc/h'],
    ['mass', 'Msun/h']
  ])
})

test('a run whose process is killed is interrupted, and resumes from its checkpoint', async () => {
  const lost = nextEvent(service, 'run.finished')
  await ask(service, 'run.start', { config: await configOf({ target: 'crash', seed: 6 }) })
  const ended = await lost
  expect(ended.state).toBe('interrupted')
  expect(ended.error).toMatch(/ended unexpectedly \(signal SIGKILL\); resume/)
  const finished = nextEvent(service, 'run.finished')
  await ask(service, 'run.resume', { id: 'r1' })
  expect((await finished).state).toBe('done')
  const { epochs, error } = await ask(service, 'run.get', { id: 'r1' })
  expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6])
  expect(error).toBeNull()
})

test('a run whose process blocks its event loop is killed, listed as interrupted, and resumes from its checkpoint', async () => {
  await service.close()
  service = scriptedService({ jobWatch: { everyMs: 500, intervals: 10 } })
  const lost = nextEvent(service, 'run.finished')
  await ask(service, 'run.start', { config: await configOf({ target: 'hang', seed: 6 }) })
  const ended = await lost
  expect(ended.state).toBe('interrupted')
  expect(ended.error).toBe(
    "The run's process did not respond for 5 s and was ended; resume it to go on from its last checkpoint."
  )
  const finished = nextEvent(service, 'run.finished')
  await ask(service, 'run.resume', { id: 'r1' })
  expect((await finished).state).toBe('done')
  const { epochs } = await ask(service, 'run.get', { id: 'r1' })
  expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6])
})

test('runs wait in a queue; a paused run lets the next one start, resuming continues it, cancelling keeps its results so far', async () => {
  const endless = await configOf({ target: 'endless', seed: 10 })
  const working = nextEvent(service, 'run.epoch')
  await ask(service, 'run.start', { config: endless })
  await working
  expect((await ask(service, 'run.start', { config: await configOf({ seed: 2 }) })).state).toBe('queued')
  await expect(ask(service, 'project.new', {})).rejects.toThrow('Run 1 is still running')

  const second = nextEvent(service, 'run.finished')
  await ask(service, 'run.pause', { id: 'r1' })
  expect((await ask(service, 'run.get', { id: 'r1' })).state).toBe('paused')
  expect(await second).toMatchObject({ id: 'r2', state: 'done' })

  const before = (await ask(service, 'run.get', { id: 'r1' })).epochs.length
  const further = nextEvent(service, 'run.epoch', ({ record }) => record.epoch > before + 1)
  expect((await ask(service, 'run.resume', { id: 'r1' })).state).toBe('running')
  await further
  const cancelled = nextEvent(service, 'run.finished')
  await ask(service, 'run.cancel', { id: 'r1' })
  expect((await cancelled).state).toBe('cancelled')
  expect((await ask(service, 'run.get', { id: 'r1' })).epochs.length).toBeGreaterThan(before)
  await ask(service, 'run.delete', { id: 'r1' })
  expect((await ask(service, 'run.list', {})).map(({ id }) => id)).toEqual(['r2'])
  await expect(ask(service, 'run.cancel', { id: 'r2' })).rejects.toThrow('nothing to cancel')
})

test('the searches of a run accept guesses and weights, and refuse text that is not a law', async () => {
  await ask(service, 'catalog.open', { path: sampleCatalog })
  const searching = nextEvent(service, 'run.progress', ({ search }) => search === 'law')
  const { id } = await ask(service, 'run.start', { config: await configOf({ target: 'guided', preset: 'quick' }) })
  expect((await searching).step).toBe('formula')
  // C2 stands in the window's 1 + ...: M_j / (C2' + (C3 r)^8), 11 and 3 for the node
  const formula = 'C1 + C2 * sum(M_j / (1 + (r/20)^8))'
  const read = await ask(service, 'search.check', { id, formula })
  expect(read).toMatchObject({ complexity: 14, latex: expect.stringContaining('\\sum') })

  const refused = async (text: string): Promise<string> =>
    (await ask(service, 'search.inject', { id, formula: text }).catch((error: Error) => error.message)) as string
  expect(await refused('C1 + sum(M_k)')).toContain('did you mean "M_i" or "M_j"?')
  expect(await refused(Array(20).fill('sum(r)').join(' + '))).toContain('laws up to 22 are looked for')
  await expect(service.handle('search.inject', { id, formula: 7 })).rejects.toMatchObject({ code: 'bad-input' })
  const weights = { operators: { '^': 2, exp: 2 }, variable: 1, constant: 1 }
  await expect(
    service.handle('search.weights', { id, weights: { ...weights, operators: { frobnicate: 2 } } })
  ).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining('operators') })
  await expect(service.handle('search.weights', { id, weights: { ...weights, constant: 0 } })).rejects.toThrow(
    'constant'
  )

  const sent = nextEvent(service, 'run.guidance', ({ guidance }) => guidance.guesses[0]?.state === 'tried')
  await ask(service, 'search.inject', { id, formula })
  expect((await sent).guidance.guesses).toEqual([{ text: formula, state: 'tried', loss: 0.25, complexity: 7 }])

  // Paused it takes guesses too, and tries them when it goes on.
  await ask(service, 'run.pause', { id })
  await ask(service, 'search.inject', { id, formula: 'M_j / r' })
  const states = async (): Promise<string[] | undefined> =>
    (await ask(service, 'run.get', { id })).guidance?.guesses.map(({ state }) => state)
  expect(await states()).toEqual(['tried', 'waiting'])
  const second = nextEvent(service, 'run.guidance', ({ guidance }) => guidance.guesses[1]?.state === 'tried')
  await ask(service, 'run.resume', { id })
  await second
  const over = nextEvent(service, 'run.progress', ({ search, message }) => search === null && message === 'Refit')
  await ask(service, 'search.weights', { id, weights })
  await over
  const { guidance } = await ask(service, 'run.get', { id })
  expect(guidance).toMatchObject({ weights, guesses: [{ text: formula, loss: 0.25 }, { text: 'M_j / r' }] })
  expect(await refused(formula)).toContain('The search of Run 1 is over')
  await ask(service, 'run.cancel', { id })
})

test('a law by hand is refitted on the training halos only, measured on each set, stored, and deleted', async () => {
  await ask(service, 'catalog.open', { path: sampleCatalog })
  const finished = nextEvent(service, 'run.finished')
  const { id } = await ask(service, 'run.start', { config: await configOf({ seed: 1, radius: 20 }) })
  await finished
  const sent = nextEvent(service, 'run.laws')
  const law = await ask(service, 'law.measure', { id, formula: '3 * sum(M_j)' })
  expect(law).toMatchObject({ id: 'law-1', parameters: 1, complexity: 4 })
  expect((await sent).laws).toEqual([law])

  // The scripted run trains on halos 0 to 2, tests on 3, and 4 is out of distribution.
  const { mass, Delta20 } = await columns(['mass', 'Delta20'])
  const sums = await Promise.all(
    [0, 1, 2, 3, 4].map(async (halo) => {
      const { index } = await ask(service, 'graph.neighbours', { halo, radius: 20 })
      return index.reduce((sum, other) => sum + mass[other] / 1e14, 0)
    })
  )
  const errorAt = (constant: number, halos: number[]): number =>
    halos.reduce((sum, halo) => sum + Math.abs(constant * sums[halo] - Delta20[halo]), 0) / halos.length
  // The least absolute error of a proportion lies where it is exact for one of them.
  const least = Math.min(...[0, 1, 2].map((halo) => errorAt(Delta20[halo] / sums[halo], [0, 1, 2])))
  const constant = law.constants![0].value
  expect(law.mae.train).toBeCloseTo(errorAt(constant, [0, 1, 2]), 5)
  expect(law.mae.train).toBeLessThan(1.02 * least)
  expect(law.mae.test).toBeCloseTo(errorAt(constant, [3]), 5)
  expect(law.mae.ood).toBeCloseTo(errorAt(constant, [4]), 5)
  const { [`@pred:${id}:law-1`]: predicted, [`@residual:${id}:law-1`]: residual } = await columns([
    `@pred:${id}:law-1`,
    `@residual:${id}:law-1`
  ])
  expect(predicted[3]).toBeCloseTo(constant * sums[3], 4)
  expect(residual[4]).toBeCloseTo(constant * sums[4] - Delta20[4], 4)

  const refused = async (formula: string): Promise<string> =>
    (await ask(service, 'law.measure', { id, formula }).catch((error: Error) => error.message)) as string
  expect(await refused('sum(M_k)')).toContain('did you mean "M_i" or "M_j"?')
  expect(await refused('sum((M_j - 99) ^ 0.5)')).toContain('not finite on the training halos')
  expect((await ask(service, 'law.measure', { id, formula: law.text })).id).toBe('law-1')
  expect((await ask(service, 'run.get', { id })).laws).toHaveLength(1)
  const given = ask(service, 'law.measure', { id, formula: 'sum(r)' })
  await ask(service, 'law.cancel', {})
  await expect(given).rejects.toMatchObject({ code: 'cancelled' })

  await ask(service, 'law.forget', { id, law: 'law-1' })
  expect((await ask(service, 'run.get', { id })).laws).toEqual([])
  await expect(columns([`@pred:${id}:law-1`])).rejects.toThrow('no predictions of "law-1"')
})

test('a failed run reports the reason', async () => {
  const finished = nextEvent(service, 'run.finished')
  await ask(service, 'run.start', { config: await configOf({ target: 'fail' }) })
  expect(await finished).toMatchObject({ state: 'failed', error: 'The target cannot be computed.' })
})

test('a project is saved during a run, and opens again with everything in it', async () => {
  await ask(service, 'catalog.open', { path: sampleCatalog })
  await ask(service, 'mask.save', { name: 'Dense', role: 'ood', expression: 'delta > 1' })
  const working = nextEvent(service, 'run.epoch')
  await ask(service, 'run.start', { config: await configOf({ target: 'endless' }) })
  await working
  const path = join(folder, 'mine.halolaw')
  const saved = await ask(service, 'project.saveAs', { path })
  expect([saved.path, saved.name, saved.masks.length]).toEqual([path, 'mine', 1])
  const last = (await ask(service, 'run.get', { id: 'r1' })).epochs.length
  await nextEvent(service, 'run.epoch', ({ record }) => record.epoch > last)
  await service.close()

  service = scriptedService()
  const opened = await ask(service, 'project.open', { path })
  expect(opened.catalog?.halos).toBe(37_239)
  expect(opened.runs.map(({ state }) => state)).toEqual(['interrupted'])
  expect((await ask(service, 'run.get', { id: 'r1' })).epochs.length).toBeGreaterThan(last)
  expect((await columns(['x'])).x).toHaveLength(37_239)
})

test('work that was never saved returns at the next start', async () => {
  await ask(service, 'catalog.open', { path: sampleCatalog })
  await ask(service, 'mask.save', { name: 'Dense', role: 'ood', expression: 'delta > 1' })
  await service.close()
  service = scriptedService()
  const project = await ask(service, 'project.current', {})
  expect([project.path, project.masks.length, project.catalog?.halos]).toEqual([null, 1, 37_239])
})

test('a missing or changed catalog is reported, and the project still opens', async () => {
  const path = join(folder, 'p.halolaw')
  const catalog = join(folder, 'small.csv')
  const rows = Array.from({ length: 30 }, (_, i) => `${i},${i},${i},1e13,${i / 10}`).join('\n')
  writeFileSync(catalog, `x,y,z,mass,Delta20\n${rows}\n`)
  await ask(service, 'catalog.open', { path: catalog, boxSize: 100 })
  await ask(service, 'project.saveAs', { path })
  await ask(service, 'project.new', {})
  writeFileSync(catalog, `x,y,z,mass,Delta20\n${rows}\n40,40,40,1e13,0\n`)
  const changed = await ask(service, 'project.open', { path })
  expect(changed.catalog?.warnings[0]).toMatch(/small\.csv has changed since/)
  await ask(service, 'project.new', {})
  rmSync(catalog)
  const gone = await ask(service, 'project.open', { path })
  expect(gone.catalog?.warnings[0]).toMatch(/could not be opened: .*small\.csv does not exist/)
  await expect(columns(['x'])).rejects.toThrow('could not be opened')
})

test('invalid requests are refused', async () => {
  await expect(service.handle('no.such', {})).rejects.toMatchObject({ code: 'not-found' })
  await expect(service.handle('constructor', {})).rejects.toMatchObject({ code: 'not-found' })
  await expect(service.handle('catalog.open', { path: 3 })).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringMatching(/^catalog\.open: "path" is wrong/)
  })
  await expect(ask(service, 'catalog.columns', { columns: ['x'] })).rejects.toThrow('No catalog is open')
  await expect(ask(service, 'catalog.open', { path: join(folder, 'none.h5') })).rejects.toThrow('does not exist')
  await ask(service, 'catalog.open', { path: sampleCatalog })
  await expect(ask(service, 'graph.statistics', { radius: 300 })).rejects.toThrow('half the periodic box')
  await expect(ask(service, 'graph.neighbours', { halo: 1e6, radius: 5 })).rejects.toThrow('no halo 1000000')
  await expect(ask(service, 'catalog.row', { halo: 37_239 })).rejects.toThrow(
    'no halo 37239; give a number from 0 to 37238'
  )
  await expect(ask(service, 'catalog.row', { halo: 0, columns: ['Delta21'] })).rejects.toThrow('did you mean "Delta20"')
  const settings = { target: 'Delta20', ood: 'detla > 1', test: null, seed: 1 }
  await expect(ask(service, 'split.preview', settings)).rejects.toThrow('delta')
  await expect(ask(service, 'split.preview', { ...settings, ood: 'x >= 0' })).rejects.toThrow(
    'Only 0 of 37239 halos are left to train on, because of the OOD expression "x >= 0"'
  )
  await expect(ask(service, 'mask.evaluate', { expression: 'detla > 1', target: 'Delta20' })).rejects.toThrow('delta')
  await expect(ask(service, 'project.open', { path: sampleCatalog })).rejects.toThrow('is not a Halolaw project')
  await expect(ask(service, 'project.saveAs', { path: '/proc/a.halolaw' })).rejects.toMatchObject({ code: 'disk' })
  expect(existsSync(sampleCatalog)).toBe(true)
})

test('a run is not resumed on a catalog that changed', async () => {
  const catalog = join(folder, 'small.csv')
  const rows = Array.from({ length: 30 }, (_, i) => `${i},${i},${i},1e13,${i / 10}`).join('\n')
  writeFileSync(catalog, `x,y,z,mass,Delta20\n${rows}\n`)
  await ask(service, 'catalog.open', { path: catalog, boxSize: 100 })
  const finished = nextEvent(service, 'run.finished')
  await ask(service, 'run.start', { config: await configOf({ catalog, target: 'fail' }) })
  await finished
  writeFileSync(catalog, `x,y,z,mass,Delta20\n${rows}\n40,40,40,1e13,0\n`)
  await expect(ask(service, 'run.resume', { id: 'r1' })).rejects.toThrow('has changed since Run 1 began')
})

test('the service works without a folder for its settings', async () => {
  await service.close()
  writeFileSync(join(folder, 'file'), '')
  process.env.HALOLAW_CONFIG_DIR = join(folder, 'file', 'config')
  service = scriptedService()
  expect((await ask(service, 'project.current', {})).path).toBeNull()
  expect((await ask(service, 'catalog.open', { path: sampleCatalog })).halos).toBe(37_239)
  expect(await ask(service, 'files.recent', {})).toEqual([])
})

test('a folder is listed for the window’s own dialog', async () => {
  writeFileSync(join(folder, 'a.h5'), '')
  writeFileSync(join(folder, 'b.halolaw'), '')
  writeFileSync(join(folder, '.hidden'), '')
  const { entries, parent } = await ask(service, 'files.list', { path: folder })
  expect(entries.map(({ name, kind }) => [name, kind])).toEqual([
    ['config', 'folder'],
    ['a.h5', 'catalog'],
    ['b.halolaw', 'project']
  ])
  expect(parent).toBe(tmpdir())
  await expect(ask(service, 'files.list', { path: join(folder, 'none') })).rejects.toThrow('does not exist')
})
