import Database from 'better-sqlite3'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { HalolawError } from '../../../src-shared/errors.ts'
import { createProject, openProject } from '../../../src-main/project/project.ts'
import { changeSchema, damageProject } from '../../../bench/probes/damage-project.ts'
import { gnnState } from '../../fixtures/gnn-state.ts'
import { catalogReference, projectFolder, thrownBy } from '../../fixtures/project-folder.ts'
import { runConfig, runResult } from '../../fixtures/run-config.ts'

const { path } = projectFolder()

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
  expect(thrownBy(() => openProject(path('.')))).toMatchObject({ message: expect.stringContaining('is a folder') })
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
  project.saveCatalog(catalogReference)
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
  readAll()
  const project = openProject(path())
  expect(project.runs.list().map(({ name }) => name)).toContain('Other')
  project.close()
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
  ['epochs', 'message_kl', `zeroblob(30000000)`],
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
