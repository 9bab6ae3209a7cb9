import Database from 'better-sqlite3'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HalolawError } from '../../../src-shared/errors.ts'
import { unpack } from '../../../src-main/project/pack.ts'
import { createProject, openProject, type CatalogReference } from '../../../src-main/project/project.ts'
import { changeSchema, damageProject } from '../../../bench/probes/damage-project.ts'
import { gnnState } from '../../fixtures/gnn-state.ts'
import { runConfig, runResult } from '../../fixtures/run-config.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halolaw-project-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const path = (name = 'a.halolaw'): string => join(folder, name)

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

const reference: CatalogReference = {
  path: '/catalogs/a.h5',
  bytes: 12,
  sha256: 'ab',
  map: { mass: 'M200c:1e10Msun/h' },
  boxSize: null,
  summary: { path: '/catalogs/a.h5', format: 'hdf5', halos: 2, boxSize: 500, periodic: true, columns: [], warnings: [] }
}

test('a run reads back as it was saved', () => {
  const first = createProject(path())
  first.saveCatalog(reference)
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
  expect(project.catalog()).toEqual(reference)
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
    first.saveCatalog({ ...reference, boxSize })
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

test('a project from a newer version is refused and not touched', () => {
  createProject(path()).close()
  const db = new Database(path())
  db.pragma('user_version = 99')
  db.close()
  const before = readFileSync(path())
  expect(thrownBy(() => openProject(path()))).toMatchObject({
    code: 'project-version',
    message: expect.stringMatching(/^a\.halolaw was written by a newer Halolaw .*update Halolaw/)
  })
  expect(readFileSync(path())).toEqual(before)
  expect(existsSync(`${path()}-wal`)).toBe(false)
})

test('files that are not projects are refused: text, another database, a folder, nothing, half a file', async () => {
  writeFileSync(path('text'), 'hello')
  const other = new Database(path('other.db'))
  other.exec('CREATE TABLE t (a)')
  other.close()
  for (const name of ['text', 'other.db'])
    expect(thrownBy(() => openProject(path(name)))).toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('is not a Halolaw project')
    })
  expect(thrownBy(() => openProject(folder))).toMatchObject({ message: expect.stringContaining('is a folder') })
  expect(thrownBy(() => openProject(path('none')))).toMatchObject({
    message: expect.stringContaining('There is no file')
  })
  createProject(path()).close()
  writeFileSync(path('half'), readFileSync(path()).subarray(0, 6000))
  expect(thrownBy(() => openProject(path('half')))).toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('is damaged')
  })
  expect(() => createProject(path())).toThrow('exists already')
})

/** A project with a run of everything. */
function fullProject(): void {
  const project = createProject(path())
  project.saveCatalog(reference)
  project.saveMask({ name: 'Dense', role: 'ood', expression: 'delta > 1' })
  const { id } = project.runs.create(runConfig())
  project.runs.saveEpoch(id, { epoch: 1, trainLoss: 1, validationMae: 1, learningRate: 1, seconds: 1, messageStd: [1] })
  project.runs.saveFront(id, 'law', [{ complexity: 3, loss: 1, score: 1, text: 'a', latex: 'a', python: 'a' }])
  project.runs.saveSet(id, 'train', Uint32Array.of(1))
  project.runs.savePredictions(id, 'gnn', Float32Array.of(1))
  project.runs.saveModel(id, 'gnn', 'gnn', { kind: 'gnn', state: gnnState() })
  project.runs.saveLaws(id, [])
  project.runs.saveResult(id, runResult())
  project.close()
}

function readAll(): void {
  const project = openProject(path())
  try {
    project.catalog()
    project.masks()
    project.runs.create(runConfig())
    for (const { id } of project.runs.list()) {
      project.runs.detail(id)
      project.runs.set(id, 'train')
      project.runs.predictions(id, 'gnn')
      project.runs.models(id)
      project.runs.checkpoints(id)
      project.runs.catalogHash(id)
    }
  } finally {
    project.close()
  }
}

test('a change of content that keeps its shape is read', () => {
  fullProject()
  damageProject(path(), `UPDATE runs SET name = 'Other'`)
  expect(readAll).not.toThrow()
})

test.each([
  [`CREATE VIEW v AS WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i FROM n) SELECT i FROM n`, 'view "v"'],
  ['ALTER TABLE masks RENAME TO m; CREATE VIEW masks AS SELECT * FROM m', 'table "masks"'],
  ['CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM masks; END', 'trigger "t"'],
  ['CREATE VIRTUAL TABLE f USING fts5 (a)', 'table "f"'],
  ['CREATE TABLE extra (a)', 'table "extra"'],
  ['CREATE INDEX i ON masks (name)', 'index "i"'],
  ['ALTER TABLE masks ADD COLUMN more TEXT', 'table "masks"'],
  ['ALTER TABLE masks RENAME COLUMN name TO title', 'table "masks"'],
  ['ALTER TABLE masks ADD COLUMN more TEXT AS (name || name)', 'table "masks"'],
  ['DROP TABLE runs', 'table "runs"'],
  [`UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '') WHERE name = 'masks'`, 'table "masks"']
])('a project whose schema is not that of Halolaw is refused: %s', (change, what) => {
  fullProject()
  changeSchema(path(), change)
  const error = thrownBy(() => openProject(path())) as HalolawError
  expect(error.code).toBe('bad-input')
  expect(error.message).toMatch(/ is damaged \(.*\); restore it from a copy\.$/)
  expect(error.message).toContain(path())
  expect(error.message).toContain(what)
})

test.each([
  ['catalogs', 'path', `x'03'`],
  ['catalogs', 'bytes', `'many'`],
  ['catalogs', 'bytes', '1.5'],
  ['catalogs', 'map', `'[]'`],
  ['catalogs', 'map', `'{"mass": 3}'`],
  ['catalogs', 'summary', `'{"path": "a"}'`],
  ['catalogs', 'sha256', 'NULL'],
  ['masks', 'role', `'train'`],
  ['masks', 'expression', 'NULL'],
  ['masks', 'color', `x'00'`],
  ['runs', 'state', `'flying'`],
  ['runs', 'config', `'{}'`],
  ['runs', 'config', `'no JSON'`],
  ['runs', 'step', `'dance'`],
  ['runs', 'progress', `'half'`],
  ['runs', 'result', `'[]'`],
  ['runs', 'result', `'{"models": 3}'`],
  ['runs', 'owner', `'{"host": 3}'`],
  ['runs', 'heartbeat', `'now'`],
  ['splits', 'halos', `x'010203'`],
  ['splits', 'halos', `'text'`],
  ['epochs', 'epoch', '1.5'],
  ['epochs', 'train_loss', `'low'`],
  ['epochs', 'message_std', `x'01'`],
  ['checkpoints', 'data', `x'ff'`],
  ['checkpoints', 'data', `'text'`],
  ['fronts', 'complexity', 'NULL'],
  ['fronts', 'text', 'NULL'],
  ['models', 'data', `x'ff'`],
  ['predictions', 'delta', `x'0102030405'`],
  ['meta', 'value', `'{"host": 3}'`],
  ['meta', 'value', `'-1'`]
])('damaged content of table %s, column %s = %s, is refused', (table, column, value) => {
  fullProject()
  damageProject(path(), `UPDATE ${table} SET ${column} = ${value}`)
  const error = thrownBy(readAll) as HalolawError
  expect(error).toBeInstanceOf(HalolawError)
  expect(error.code).toBe('bad-input')
  expect(error.message).toMatch(/ is damaged \(.*\); restore it from a copy\.$/)
  expect(error.message).toContain(path())
  expect(error.message).toContain(`column "${column}" of its table "${table}"`)
})

const state = gnnState()
const node = { kind: 'constant', value: 1 }
const law = { constants: [], complexity: 1, trainMae: 1, warnings: [] }

test.each([
  ['weights missing', { kind: 'gnn', state: { ...state, parameters: state.parameters.slice(1) } }],
  ['no weights', { kind: 'gnn', state: { ...state, parameters: undefined } }],
  ['weights as numbers', { kind: 'gnn', state: { ...state, parameters: [...state.parameters] } }],
  ['a weight of NaN', { kind: 'gnn', state: { ...state, parameters: state.parameters.map(() => NaN) } }],
  ['a width of NaN', { kind: 'gnn', state: { ...state, config: { ...state.config, messageWidth: NaN } } }],
  ['a width too large', { kind: 'gnn', state: { ...state, config: { ...state.config, edgeHidden: [1e9] } } }],
  ['no feature', { kind: 'gnn', state: { ...state, config: { ...state.config, edgeFeatures: ['none'] } } }],
  ['no settings', { kind: 'gnn', state: { ...state, config: null } }],
  ['no scales', { kind: 'gnn', state: { ...state, standardisation: { ...state.standardisation, edge: {} } } }],
  [
    'a scale missing',
    { kind: 'gnn', state: { ...state, standardisation: { ...state.standardisation, edge: { mean: [], scale: [] } } } }
  ],
  ['one network of an ensemble', { kind: 'gnn-ensemble', states: [state] }],
  ['no networks', { kind: 'gnn-ensemble', states: 3 }],
  ['no law', { kind: 'formula', fitted: { ...law, formula: {} } }],
  [
    'an unknown operator',
    {
      kind: 'formula',
      fitted: { ...law, formula: { messages: [{ kind: 'call', op: 'constructor', args: [node] }], node } }
    }
  ],
  [
    'an argument missing',
    { kind: 'formula', fitted: { ...law, formula: { messages: [{ kind: 'call', op: '+', args: [node] }], node } } }
  ],
  [
    'an unknown variable',
    { kind: 'formula', fitted: { ...law, formula: { messages: [], node: { kind: 'variable', name: 'e1' } } } }
  ],
  ['no shells', { kind: 'invariants', fitted: { edges: [], withMass: false, coefficients: [], trainMae: 1 } }],
  [
    'shells that descend',
    { kind: 'invariants', fitted: { edges: [2, 1], withMass: false, coefficients: [1, 1], trainMae: 1 } }
  ],
  [
    'coefficients missing',
    { kind: 'invariants', fitted: { edges: [0, 1], withMass: true, coefficients: [1, 1], trainMae: 1 } }
  ]
])('a model with %s is refused', (_, model) => {
  const project = createProject(path())
  const { id } = project.runs.create(runConfig())
  project.runs.saveModel(id, 'gnn', model.kind, model)
  const error = thrownBy(() => project.runs.models(id)) as HalolawError
  expect(error.code).toBe('bad-input')
  expect(error.message).toMatch(/column "data" of its table "models" does not hold .*; restore it from a copy\.$/)
  expect(error.message).toContain(path())
  project.close()
})

test('content that is nested without end is refused', () => {
  fullProject()
  damageProject(
    path(),
    `UPDATE runs SET result = '{"models":' || replace(hex(zeroblob(50000)), '0', '[') || replace(hex(zeroblob(50000)), '0', ']') || '}'`
  )
  expect(thrownBy(readAll)).toMatchObject({ code: 'bad-input', message: expect.stringContaining('is damaged') })
})

test('a missing table is reported', () => {
  fullProject()
  changeSchema(path(), 'DROP TABLE masks')
  const error = thrownBy(readAll) as HalolawError
  expect(error.code).toBe('bad-input')
  expect(error.message).toContain('its table "masks" is missing')
})

test('a full disk is reported and loses nothing', () => {
  const project = createProject(path())
  const { id } = project.runs.create(runConfig())
  project.runs.savePredictions(id, 'gnn', new Float32Array(1000).fill(1))
  // SQLite gives the same error for its own limit as for a disk without room.
  const { db } = (project as unknown as { file: { db: Database.Database } }).file
  db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`)
  expect(thrownBy(() => project.runs.savePredictions(id, 'gnn', new Float32Array(100_000)))).toMatchObject({
    code: 'disk',
    message: expect.stringMatching(/is full: what was saved before is kept; make room/)
  })
  expect(project.runs.predictions(id, 'gnn')).toEqual(new Float32Array(1000).fill(1))
  project.close()
})

test('a folder that cannot be written is reported', () => {
  for (const unwritable of ['/proc/a.halolaw', join(folder, 'missing', 'a.halolaw')])
    expect(thrownBy(() => createProject(unwritable))).toMatchObject({ code: 'disk' })
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

test('a project that moved together with its catalog finds it', () => {
  writeFileSync(path('a.h5'), 'catalog')
  const project = createProject(path())
  project.saveCatalog({ ...reference, path: path('a.h5') })
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
