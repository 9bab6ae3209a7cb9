import Database from 'better-sqlite3'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { unpack } from '../../../src-main/project/pack.ts'
import { createProject, openProject } from '../../../src-main/project/project.ts'
import { gnnState } from '../../fixtures/gnn-state.ts'
import { catalogReference, projectFolder } from '../../fixtures/project-folder.ts'
import { runConfig, runResult } from '../../fixtures/run-config.ts'

const { path } = projectFolder()

test('a run reads back as it was saved', () => {
  const first = createProject(path())
  first.saveCatalog(catalogReference)
  const { id, name, state } = first.runs.create(runConfig({ ood: 'delta > 1' }))
  expect([id, name, state]).toEqual(['r1', 'Run 1', 'queued'])
  const epoch = { epoch: 1, trainLoss: NaN, validationMae: 0.2, learningRate: 1e-3, seconds: 4, messageStd: [1, 0.5] }
  const front = [{ complexity: 3, loss: 0.5, score: 1, text: 'a', latex: 'a', python: 'a' }]
  first.runs.saveEpoch(id, { ...epoch, trainLoss: 9 })
  first.runs.saveEpoch(id, epoch)
  first.runs.saveEpoch(id, { ...epoch, epoch: 2, messageKl: [0.25, 0] })
  first.runs.saveFront(id, 'message', [...front, ...front])
  first.runs.saveFront(id, 'message', front)
  first.runs.saveFront(id, 'law', [...front, { ...front[0], validationLoss: 0.25 }])
  first.runs.saveSet(id, 'train', Uint32Array.of(3, 1, 2))
  first.runs.savePredictions(id, 'gnn', Float32Array.of(1.5, NaN))
  first.runs.saveModel(id, 'gnn', 'gnn', { kind: 'gnn', state: gnnState() })
  first.runs.saveResult(id, runResult())
  first.runs.update(id, { state: 'done', progress: 1 })
  first.close()

  const project = openProject(path())
  expect(project.catalog()).toEqual(catalogReference)
  const detail = project.runs.detail(id)
  expect(detail.epochs).toEqual([epoch, { ...epoch, epoch: 2, messageKl: [0.25, 0] }])
  expect(detail.messageFront).toEqual(front)
  expect(detail.nodeFront).toEqual([])
  expect(detail.lawFront).toEqual([...front, { ...front[0], validationLoss: 0.25 }])
  expect(detail.result).toEqual(runResult())
  expect([detail.state, detail.progress, detail.config.ood]).toEqual(['done', 1, 'delta > 1'])
  expect(project.runs.set(id, 'train')).toEqual(Uint32Array.of(3, 1, 2))
  expect(project.runs.predictions(id, 'gnn')).toEqual(Float32Array.of(1.5, NaN))
  expect(project.runs.predictions(id, 'simple')).toBeNull()
  expect(project.runs.models(id).get('gnn')).toEqual({ kind: 'gnn', state: gnnState() })
  project.runs.delete(id)
  expect(project.runs.list()).toEqual([])
  expect(project.runs.create(runConfig()).id).toBe('r2')
  project.close()
})

test('a cuboid that the user gave comes back with its sides, and damaged sides are refused', () => {
  const first = createProject(path())
  for (const boxSize of [500, [100, 100, 200] as const, null]) {
    first.saveCatalog({ ...catalogReference, boxSize })
    expect(first.catalog()?.boxSize).toEqual(boxSize)
  }
  first.close()
  const project = openProject(path())
  expect(project.catalogs().map(({ boxSize }) => boxSize)).toEqual([null, [100, 100, 200], 500])
  project.close()
  for (const sides of ['[100, 200]', '[1, 2, -3]', '{}']) {
    const db = new Database(path())
    db.prepare('UPDATE catalogs SET box_sides = ? WHERE box_sides IS NOT NULL').run(sides)
    db.close()
    const damagedProject = openProject(path())
    expect(() => damagedProject.catalogs()).toThrow(
      /column "box_sides" of its table "catalogs" does not hold three positive numbers/
    )
    damagedProject.close()
  }
})

test('masks are added, replaced in place and deleted', () => {
  const project = createProject(path())
  const dense = project.saveMask({ name: 'Dense', role: 'ood', expression: 'delta > 1' })
  project.saveMask({ name: 'Slab', role: 'test', expression: 'x > 400', color: '#abc' })
  project.saveMask({ ...dense, expression: 'delta > 2' })
  expect(project.masks()).toEqual([
    { id: 'm1', name: 'Dense', role: 'ood', expression: 'delta > 2' },
    { id: 'm2', name: 'Slab', role: 'test', expression: 'x > 400', color: '#abc' }
  ])
  project.deleteMask('m1')
  expect(project.masks().map(({ id }) => id)).toEqual(['m2'])
  expect(() => project.deleteMask('m1')).toThrow('no mask "m1"')
  project.close()
})

test('a project killed in the middle of writing opens, and its run is interrupted with what was saved', async () => {
  const child = fork(join(import.meta.dirname, '../../fixtures/project-writer.ts'), [path()], { execArgv: [] })
  let saved = 0
  await new Promise<void>((resolve) =>
    child.on('message', (message: { saved: number }) => {
      saved = message.saved
      if (saved === 5) {
        const whileAlive = openProject(path())
        expect(whileAlive.runs.get('r1').state).toBe('running')
        expect(whileAlive.runs.isElsewhere('r1')).toBe(true)
        expect(whileAlive.readOnly).toContain(`process ${child.pid} on `)
        whileAlive.close()
      }
      if (saved === 12) resolve()
    })
  )
  child.kill('SIGKILL')
  await once(child, 'exit')

  const project = openProject(path())
  const run = project.runs.detail('r1')
  expect(run.state).toBe('interrupted')
  expect(run.epochs.length).toBeGreaterThanOrEqual(12)
  const checkpoint = unpack(project.runs.checkpoints('r1').get('network')!) as { epoch: number; weights: Float32Array }
  expect(checkpoint.epoch).toBeGreaterThanOrEqual(run.epochs.length - 1)
  expect(checkpoint.weights.every((weight) => weight === checkpoint.epoch)).toBe(true)
  project.runs.adopt('r1')
  project.runs.update('r1', { state: 'running' })
  project.close()
  const again = openProject(path())
  expect(again.runs.get('r1').state).toBe('running')
  again.close()
})

test('a copy contains what is saved during it, and replaces an older project as a whole', async () => {
  const project = createProject(path())
  const { id } = project.runs.create(runConfig())
  project.runs.savePredictions(id, 'gnn', new Float32Array(500_000).fill(3))
  const older = createProject(path('b.halolaw'))
  older.runs.create(runConfig(), 'Older')
  older.close()
  const copying = project.copyTo(path('b.halolaw'))
  project.runs.update(id, { name: 'Renamed' })
  await copying
  const copy = openProject(path('b.halolaw'))
  expect(copy.runs.list().map(({ name }) => name)).toEqual(['Renamed'])
  expect(copy.runs.predictions(id, 'gnn')![499_999]).toBe(3)
  copy.close()

  writeFileSync(path('notes.txt'), 'mine')
  await expect(project.copyTo(path('notes.txt'))).rejects.toThrow('is not a Halolaw project')
  expect(readFileSync(path('notes.txt'), 'utf8')).toBe('mine')
  await expect(project.copyTo(path('missing/b.halolaw'))).rejects.toMatchObject({ code: 'disk' })
  project.close()
})

test('what a process that was killed left of a copy is removed by the next', async () => {
  const project = createProject(path())
  for (const name of ['b.halolaw.partial-1', 'b.halolaw.partial-1-journal', 'c.halolaw.partial-1'])
    writeFileSync(path(name), 'half')
  await project.copyTo(path('b.halolaw'))
  project.close()
  expect(readdirSync(path('.')).filter((name) => name.includes('partial'))).toEqual(['c.halolaw.partial-1'])
})

test('a project that moved together with its catalog finds it', () => {
  writeFileSync(path('a.h5'), 'catalog')
  const project = createProject(path())
  project.saveCatalog({ ...catalogReference, path: path('a.h5') })
  project.close()
  const moved = mkdtempSync(join(tmpdir(), 'halolaw-moved-'))
  copyFileSync(path(), join(moved, 'a.halolaw'))
  copyFileSync(path('a.h5'), join(moved, 'a.h5'))
  rmSync(path('a.h5'))
  const opened = openProject(join(moved, 'a.halolaw'))
  expect(opened.catalog()!.path).toBe(join(moved, 'a.h5'))
  opened.close()
  rmSync(moved, { recursive: true })
})
