import type {
  CatalogSummary,
  LawReport,
  MaskRecord,
  RunConfig,
  RunResult,
  RunState,
  SearchGuidance,
  StepName
} from '../../src-shared/contract.ts'
import type { LawForms } from '../law/text/law-form.ts'
import type { StoredModel } from '../run/state/run-store.ts'
import type { Owner } from './owner.ts'
import {
  blob,
  integer,
  integerText,
  json,
  jsonTexts,
  nullable,
  numbers,
  oneOf,
  packed,
  real,
  realOrNaN,
  text,
  type Members,
  type RowOf,
  type RowShape
} from './rows.ts'

const owner: Members<Owner> = { host: 'text', pid: 'number', started: 'text' }
const config: Members<RunConfig> = {
  catalog: 'text',
  map: 'object',
  target: 'text',
  radius: 'number',
  preset: 'text',
  engine: 'text',
  seed: 'number',
  threads: 'number'
}
const result: Members<RunResult> = {
  catalog: 'object',
  split: 'object',
  engine: 'text',
  models: 'list',
  messages: 'object',
  formula: 'object',
  timings: 'object'
}
const summary: Members<CatalogSummary> = {
  path: 'text',
  format: 'text',
  halos: 'number',
  columns: 'list',
  warnings: 'list'
}

const states: readonly RunState[] = ['queued', 'running', 'paused', 'done', 'failed', 'cancelled', 'interrupted']
const steps: readonly StepName[] = ['catalog', 'graph', 'network', 'formula', 'compare']
const roles: readonly MaskRecord['role'][] = ['ood', 'test']

function shape<Row>(table: string, columns: RowShape<Row>['columns'], since: [string, number][] = []): RowShape<Row> {
  return { table, columns, since: new Map(since) }
}

/** The columns that are read of each table; schema.ts says what else a table has. */
export const tables = {
  counter: shape('meta', { value: integerText }),
  catalogs: shape('catalogs', {
    path: text,
    relative_path: nullable(text),
    bytes: integer,
    sha256: text,
    map: jsonTexts,
    box_size: nullable(real),
    summary: json<CatalogSummary>(summary)
  }),
  catalogHash: shape('catalogs', { sha256: text }),
  masks: shape('masks', { id: text, name: text, role: oneOf(roles), expression: text, color: nullable(text) }),
  runs: shape('runs', {
    id: text,
    name: text,
    state: oneOf(states),
    config: json<RunConfig>(config),
    created_at: text,
    step: nullable(oneOf(steps)),
    progress: real,
    message: text,
    error: nullable(text),
    result: nullable(json<RunResult>(result))
  }),
  owners: shape('runs', {
    id: text,
    state: oneOf(states),
    owner: nullable(json<Owner>(owner)),
    heartbeat: nullable(integer)
  }),
  splits: shape('splits', { halos: numbers(Uint32Array) }),
  epochs: shape(
    'epochs',
    {
      epoch: integer,
      train_loss: realOrNaN,
      validation_mae: realOrNaN,
      learning_rate: realOrNaN,
      seconds: realOrNaN,
      message_std: numbers(Float64Array),
      message_kl: nullable(numbers(Float64Array))
    },
    [['message_kl', 2]]
  ),
  checkpoints: shape('checkpoints', { key: text, data: blob }),
  guidance: shape('checkpoints', { data: packed<{ told: SearchGuidance }>({ told: 'object' }) }),
  laws: shape('checkpoints', { data: packed<{ laws: LawReport[] }>({ laws: 'list' }) }),
  lawForms: shape('checkpoints', { data: packed<{ forms: LawForms }>({ forms: 'object' }) }),
  fronts: shape(
    'fronts',
    {
      complexity: real,
      loss: realOrNaN,
      score: realOrNaN,
      text,
      latex: text,
      python: text,
      validation_loss: nullable(real)
    },
    [['validation_loss', 3]]
  ),
  models: shape('models', { model_id: text, data: packed<StoredModel>({ kind: 'text' }) }),
  predictions: shape('predictions', { delta: numbers(Float32Array) })
} as const

export type RunRow = RowOf<typeof tables.runs>
export type CatalogRow = RowOf<typeof tables.catalogs>
