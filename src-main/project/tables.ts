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
import type { KeptLaws } from '../law/search/kept-laws.ts'
import type { LawForms } from '../law/text/law-form.ts'
import type { StoredModel } from '../run/state/run-store.ts'
import { aText, dictionaryOf } from './content.ts'
import { modelRecord } from './model-records.ts'
import type { Owner } from './owner.ts'
import {
  configRecord,
  guidanceRecord,
  keptLawsRecord,
  lawFormsRecord,
  lawsRecord,
  ownerRecord,
  resultRecord,
  summaryRecord
} from './records.ts'
import {
  blob,
  integer,
  integerText,
  json,
  jsonSides,
  nullable,
  numbers,
  oneOf,
  packed,
  packedBytes,
  real,
  realOrNaN,
  text,
  type RowOf,
  type RowShape
} from './rows.ts'

const states: readonly RunState[] = ['queued', 'running', 'paused', 'done', 'failed', 'cancelled', 'interrupted']
const steps: readonly StepName[] = ['catalog', 'graph', 'network', 'formula', 'compare']
const roles: readonly MaskRecord['role'][] = ['ood', 'test']

/** More than any network's message has */
const mostComponents = 1024

function shape<Row>(table: string, columns: RowShape<Row>['columns'], since: [string, number][] = []): RowShape<Row> {
  return { table, columns, since: new Map(since) }
}

/** The columns read from each table; schema.ts defines the other columns. */
export const tables = {
  counter: shape('meta', { value: integerText }),
  catalogs: shape(
    'catalogs',
    {
      path: text,
      relative_path: nullable(text),
      bytes: integer,
      sha256: text,
      map: json<Record<string, string>>(dictionaryOf(aText)),
      box_size: nullable(real),
      box_sides: nullable(jsonSides),
      summary: json<CatalogSummary>(summaryRecord)
    },
    [['box_sides', 5]]
  ),
  catalogHash: shape('catalogs', { sha256: text }),
  masks: shape('masks', { id: text, name: text, role: oneOf(roles), expression: text, color: nullable(text) }),
  runs: shape('runs', {
    id: text,
    name: text,
    state: oneOf(states),
    config: json<RunConfig>(configRecord),
    created_at: text,
    step: nullable(oneOf(steps)),
    progress: real,
    message: text,
    error: nullable(text),
    result: nullable(json<RunResult>(resultRecord))
  }),
  owners: shape('runs', {
    id: text,
    state: oneOf(states),
    owner: nullable(json<Owner>(ownerRecord)),
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
      message_std: numbers(Float64Array, mostComponents),
      message_kl: nullable(numbers(Float64Array, mostComponents))
    },
    [['message_kl', 2]]
  ),
  checkpoints: shape('checkpoints', { key: text, data: packedBytes }),
  guidance: shape('checkpoints', { data: packed<{ told: SearchGuidance }>(guidanceRecord) }),
  laws: shape('checkpoints', { data: packed<{ laws: LawReport[] }>(lawsRecord) }),
  keptLaws: shape('checkpoints', { data: packed<KeptLaws>(keptLawsRecord) }),
  packedKeptLaws: shape('checkpoints', { data: blob }),
  lawForms: shape('checkpoints', { data: packed<{ forms: LawForms }>(lawFormsRecord) }),
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
  models: shape('models', { model_id: text, data: packed<StoredModel>(modelRecord) }),
  predictions: shape('predictions', { delta: numbers(Float32Array) })
} as const

export type RunRow = RowOf<typeof tables.runs>
export type CatalogRow = RowOf<typeof tables.catalogs>
