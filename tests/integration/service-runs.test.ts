import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sampleCatalog } from '../fixtures/service.ts'
import { serviceScene } from '../fixtures/service-scene.ts'

const scene = serviceScene()

test('a run reports its progress and ends, and its columns can be read', async () => {
  await scene.ask('catalog.open', { path: sampleCatalog })
  const finished = scene.nextEvent('run.finished')
  const epoch = scene.nextEvent('run.epoch')
  const step = scene.nextEvent('run.step')
  const run = await scene.ask('run.start', { config: await scene.configOf({ seed: 5 }), name: 'First' })
  expect([run.id, run.name, run.state]).toEqual(['r1', 'First', 'running'])
  expect(await step).toEqual({ id: 'r1', record: { epoch: 0.5, trainLoss: 1 } })
  expect((await epoch).record.messageStd).toEqual([1, 0.1])
  expect(await finished).toMatchObject({ id: 'r1', state: 'done', progress: 1 })
  const detail = await scene.ask('run.get', { id: 'r1' })
  expect(detail.epochs.map((record) => record.epoch)).toEqual([1, 2, 3, 4, 5])
  expect(detail.messageFront).toHaveLength(1)
  expect(detail.result?.models[0].id).toBe('formula')

  const names = ['@set:r1', '@pred:r1:gnn', '@residual:r1:gnn', 'Delta20']
  const read = await scene.columns(names)
  expect([...Array.from(read['@set:r1']).slice(0, 6)]).toEqual([0, 0, 0, 1, 2, 255])
  expect(read['@pred:r1:gnn'][9]).toBe(0.25)
  expect(read['@residual:r1:gnn'][9]).toBeCloseTo(0.25 - read.Delta20[9], 6)
  const row = await scene.ask('catalog.row', { halo: 9, columns: names })
  expect(row.map(({ name }) => name)).toEqual(names)
  for (const { name, value } of row) expect(value).toBe(read[name][9])
  await expect(scene.columns(['@pred:r1:simple'])).rejects.toThrow('has no predictions of "simple"')
  await expect(scene.columns(['@pred:r7:gnn'])).rejects.toThrow('no run "r7"')
  await expect(scene.columns(['Delta21'])).rejects.toThrow('did you mean "Delta20"')
})

test('a run whose process is killed is interrupted, and resumes from its checkpoint', async () => {
  const lost = scene.nextEvent('run.finished')
  await scene.ask('run.start', { config: await scene.configOf({ target: 'crash', seed: 6 }) })
  const ended = await lost
  expect(ended.state).toBe('interrupted')
  expect(ended.error).toMatch(/ended unexpectedly \(signal SIGKILL\); resume/)
  const finished = scene.nextEvent('run.finished')
  await scene.ask('run.resume', { id: 'r1' })
  expect((await finished).state).toBe('done')
  const { epochs, error } = await scene.ask('run.get', { id: 'r1' })
  expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6])
  expect(error).toBeNull()
})

test('a run whose process blocks its event loop is killed, listed as interrupted, and resumes from its checkpoint', async () => {
  await scene.restart({ jobWatch: { everyMs: 500, intervals: 10 } })
  const lost = scene.nextEvent('run.finished')
  await scene.ask('run.start', { config: await scene.configOf({ target: 'hang', seed: 6 }) })
  const ended = await lost
  expect(ended.state).toBe('interrupted')
  expect(ended.error).toBe(
    "The run's process did not respond for 5 s and was ended; resume it to go on from its last checkpoint."
  )
  const finished = scene.nextEvent('run.finished')
  await scene.ask('run.resume', { id: 'r1' })
  expect((await finished).state).toBe('done')
  const { epochs } = await scene.ask('run.get', { id: 'r1' })
  expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6])
})

test('runs wait in a queue; a paused run lets the next one start, resuming continues it, cancelling keeps its results so far', async () => {
  const endless = await scene.configOf({ target: 'endless', seed: 10 })
  const working = scene.nextEvent('run.epoch')
  await scene.ask('run.start', { config: endless })
  await working
  expect((await scene.ask('run.start', { config: await scene.configOf({ seed: 2 }) })).state).toBe('queued')
  await expect(scene.ask('project.new', {})).rejects.toThrow('Run 1 is still running')

  const second = scene.nextEvent('run.finished')
  await scene.ask('run.pause', { id: 'r1' })
  expect((await scene.ask('run.get', { id: 'r1' })).state).toBe('paused')
  expect(await second).toMatchObject({ id: 'r2', state: 'done' })

  const before = (await scene.ask('run.get', { id: 'r1' })).epochs.length
  const further = scene.nextEvent('run.epoch', ({ record }) => record.epoch > before + 1)
  expect((await scene.ask('run.resume', { id: 'r1' })).state).toBe('running')
  await further
  const cancelled = scene.nextEvent('run.finished')
  await scene.ask('run.cancel', { id: 'r1' })
  expect((await cancelled).state).toBe('cancelled')
  expect((await scene.ask('run.get', { id: 'r1' })).epochs.length).toBeGreaterThan(before)
  await scene.ask('run.delete', { id: 'r1' })
  expect((await scene.ask('run.list', {})).map(({ id }) => id)).toEqual(['r2'])
  await expect(scene.ask('run.cancel', { id: 'r2' })).rejects.toThrow('nothing to cancel')
})

test('a failed run reports the reason', async () => {
  const finished = scene.nextEvent('run.finished')
  await scene.ask('run.start', { config: await scene.configOf({ target: 'fail' }) })
  expect(await finished).toMatchObject({ state: 'failed', error: 'The target cannot be computed.' })
})

test('a run is not resumed on a catalog that changed', async () => {
  const catalog = join(scene.folder, 'small.csv')
  const rows = Array.from({ length: 30 }, (_, i) => `${i},${i},${i},1e13,${i / 10}`).join('\n')
  writeFileSync(catalog, `x,y,z,mass,Delta20\n${rows}\n`)
  await scene.ask('catalog.open', { path: catalog, boxSize: 100 })
  const finished = scene.nextEvent('run.finished')
  await scene.ask('run.start', { config: await scene.configOf({ catalog, target: 'fail' }) })
  await finished
  writeFileSync(catalog, `x,y,z,mass,Delta20\n${rows}\n40,40,40,1e13,0\n`)
  await expect(scene.ask('run.resume', { id: 'r1' })).rejects.toThrow('has changed since Run 1 began')
})
