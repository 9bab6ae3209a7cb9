import type {
  EpochRecord,
  FrontEntry,
  FrontName,
  LawId,
  LawReport,
  ModelId,
  PredictionId,
  RunConfig,
  RunDetail,
  RunResult,
  RunState,
  RunSummary,
  SearchGuidance,
  SetName,
  StepName
} from '../../src-shared/contract.ts'
import { HalolawError } from '../../src-shared/errors.ts'
import type { KeptLaws } from '../law/search/kept-laws.ts'
import type { LawForms } from '../law/text/law-form.ts'
import type { StoredModel } from '../run/state/run-store.ts'
import { isAlive, thisProcess } from './owner.ts'
import { pack } from './pack.ts'
import { writeTo, type ProjectFile } from './project-file.ts'
import { readRow, readRows } from './rows.ts'
import { takeNumber } from './schema.ts'
import { tables, type RunRow } from './tables.ts'

const checkpoint = 'WHERE run_id = ? AND key = ?'

const interrupted = {
  state: 'interrupted',
  message: 'Interrupted; it can be resumed from its last checkpoint.'
} as const

/** Members of a run that change while it runs. */
export interface RunUpdate {
  state?: RunState
  name?: string
  step?: StepName | null
  progress?: number
  message?: string
  error?: string | null
}

/** The runs of a project and their results; every method is one transaction. */
export class RunTable {
  private readonly file: ProjectFile

  constructor(file: ProjectFile) {
    this.file = file
  }

  /** Creates a run on the catalog of its settings; this process owns it. */
  create(config: RunConfig, name?: string): RunSummary {
    const id = this.write(() => {
      const number = takeNumber(this.file, 'next_run')
      this.file.db
        .prepare(
          `INSERT INTO runs (id, name, state, config, catalog_id, created_at, owner, heartbeat)
           VALUES (?, ?, 'queued', ?,
             coalesce((SELECT max(id) FROM catalogs WHERE path = ?), (SELECT max(id) FROM catalogs)), ?, ?, ?)`
        )
        .run(
          `r${number}`,
          name ?? `Run ${number}`,
          JSON.stringify(config),
          config.catalog,
          new Date().toISOString(),
          JSON.stringify(thisProcess()),
          Date.now()
        )
      return `r${number}`
    })
    return this.get(id)
  }

  /** Makes this process the owner of a run, to resume it. */
  adopt(id: string): void {
    this.write(() =>
      this.file.db.prepare('UPDATE runs SET owner = ? WHERE id = ?').run(JSON.stringify(thisProcess()), this.known(id))
    )
  }

  /** Records progress and the heartbeat. */
  update(id: string, update: RunUpdate): void {
    const names = Object.keys(update).filter((name) => update[name as keyof RunUpdate] !== undefined)
    const settings = [...names.map((name) => `${name} = @${name}`), 'heartbeat = @heartbeat'].join(', ')
    this.write(() =>
      this.file.db.prepare(`UPDATE runs SET ${settings} WHERE id = @id`).run({ ...update, id, heartbeat: Date.now() })
    )
  }

  /** SHA-256 of the catalog when the run began; null if it was not the project's catalog. */
  catalogHash(id: string): string | null {
    const rest = `JOIN runs ON catalogs.id = catalog_id WHERE runs.id = ? AND catalogs.path = config ->> 'catalog'`
    return readRow(this.file, tables.catalogHash, rest, [id])?.sha256 ?? null
  }

  delete(id: string): void {
    this.write(() => this.file.db.prepare('DELETE FROM runs WHERE id = ?').run(this.known(id)))
  }

  list(): RunSummary[] {
    return this.withLost(readRows(this.file, tables.runs, 'ORDER BY created_at, rowid').map(summaryOf))
  }

  /** @throws HalolawError `not-found` */
  get(id: string): RunSummary {
    const row = readRow(this.file, tables.runs, 'WHERE id = ?', [id])
    if (!row)
      throw new HalolawError(
        'not-found',
        `The project has no run "${id}"; it was deleted, so choose one that the project lists.`
      )
    return this.withLost([summaryOf(row)])[0]
  }

  detail(id: string): RunDetail {
    const summary = this.get(id)
    return {
      ...summary,
      epochs: this.epochs(id),
      messageFront: this.front(id, 'message'),
      nodeFront: this.front(id, 'node'),
      lawFront: this.front(id, 'law'),
      guidance: this.guidance(id),
      laws: this.laws(id)
    }
  }

  /** Marks unfinished runs whose process has ended as interrupted. */
  markInterrupted(): void {
    for (const id of this.lost()) this.update(id, interrupted)
  }

  /** Ids of unfinished runs whose process has ended. */
  private lost(): string[] {
    const rows = readRows(this.file, tables.owners, `WHERE state IN ('running', 'queued')`)
    return rows.filter(({ owner, heartbeat }) => owner === null || !isAlive(owner, heartbeat ?? 0)).map(({ id }) => id)
  }

  /** In a project that is open for reading, where nothing can be marked, lost runs are shown as interrupted. */
  private withLost(runs: RunSummary[]): RunSummary[] {
    const isUnfinished = runs.some(({ state }) => state === 'running' || state === 'queued')
    if (this.file.readOnly === null || !isUnfinished) return runs
    const lost = this.lost()
    return runs.map((run) => (lost.includes(run.id) ? { ...run, ...interrupted } : run))
  }

  /** True when another live process works on this run. */
  isElsewhere(id: string): boolean {
    const row = readRow(this.file, tables.owners, `WHERE id = ? AND state IN ('running', 'queued')`, [id])
    if (!row?.owner) return false
    return row.owner.pid !== process.pid && isAlive(row.owner, row.heartbeat ?? 0)
  }

  saveSet(id: string, name: SetName | 'validation', halos: Uint32Array): void {
    this.write(() =>
      this.file.db.prepare('INSERT OR REPLACE INTO splits VALUES (?, ?, ?)').run(id, name, bytesOf(halos))
    )
  }

  /** Halo indices of a set; null if the run has not split its halos yet. */
  set(id: string, name: SetName | 'validation'): Uint32Array | null {
    return readRow(this.file, tables.splits, 'WHERE run_id = ? AND set_name = ?', [id, name])?.halos ?? null
  }

  saveEpoch(id: string, record: EpochRecord): void {
    const { epoch, trainLoss, validationMae, learningRate, seconds } = record
    const messageStd = bytesOf(Float64Array.from(record.messageStd))
    const messageKl = record.messageKl ? bytesOf(Float64Array.from(record.messageKl)) : null
    this.write(() =>
      this.file.db
        .prepare('INSERT OR REPLACE INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
        .run(id, epoch, trainLoss, validationMae, learningRate, seconds, messageStd, messageKl)
    )
  }

  epochs(id: string): EpochRecord[] {
    return readRows(this.file, tables.epochs, 'WHERE run_id = ? ORDER BY epoch', [id]).map((row) => ({
      epoch: row.epoch,
      trainLoss: row.train_loss,
      validationMae: row.validation_mae,
      learningRate: row.learning_rate,
      seconds: row.seconds,
      messageStd: [...row.message_std],
      ...(row.message_kl && { messageKl: [...row.message_kl] })
    }))
  }

  saveCheckpoint(id: string, key: string, data: Uint8Array): void {
    this.write(() =>
      this.file.db
        .prepare('INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?)')
        .run(id, key, data, new Date().toISOString())
    )
  }

  /** All checkpoints of a run by key, as `pack` wrote them. */
  checkpoints(id: string): Map<string, Uint8Array> {
    const rows = readRows(this.file, tables.checkpoints, 'WHERE run_id = ?', [id])
    return new Map(rows.map(({ key, data }) => [key, data]))
  }

  private guidance(id: string): SearchGuidance | null {
    return readRow(this.file, tables.guidance, checkpoint, [id, 'guidance'])?.data.told ?? null
  }

  /** Laws that the user measured, oldest first. */
  laws(id: string): LawReport[] {
    return readRow(this.file, tables.laws, checkpoint, [id, 'laws'])?.data.laws ?? []
  }

  saveLaws(id: string, laws: LawReport[]): void {
    this.saveCheckpoint(id, 'laws', pack({ laws }))
  }

  /** All laws that the search of a finished run fitted; null for runs of earlier versions. */
  keptLaws(id: string): KeptLaws | null {
    return readRow(this.file, tables.keptLaws, checkpoint, [id, 'kept-laws'])?.data ?? null
  }

  /** The same as `pack` wrote them, unread: reading thousands of laws takes longer than the service has between two requests. */
  packedKeptLaws(id: string): Uint8Array | null {
    return readRow(this.file, tables.packedKeptLaws, checkpoint, [id, 'kept-laws'])?.data ?? null
  }

  /** Canonical forms of a finished run's laws; null for runs of earlier versions. */
  lawForms(id: string): LawForms | null {
    return readRow(this.file, tables.lawForms, checkpoint, [id, 'law-forms'])?.data.forms ?? null
  }

  saveFront(id: string, which: FrontName, entries: FrontEntry[]): void {
    this.write(() => {
      this.file.db.prepare('DELETE FROM fronts WHERE run_id = ? AND which = ?').run(id, which)
      const insert = this.file.db.prepare(
        'INSERT INTO fronts VALUES (@id, @which, @position, @complexity, @loss, @score, @text, @latex, @python, @validation)'
      )
      entries.forEach((entry, position) =>
        insert.run({ ...entry, id, which, position, validation: entry.validationLoss ?? null })
      )
    })
  }

  front(id: string, which: FrontName): FrontEntry[] {
    const rows = readRows(this.file, tables.fronts, 'WHERE run_id = ? AND which = ? ORDER BY position', [id, which])
    return rows.map(({ validation_loss: validationLoss, ...row }) => ({
      ...row,
      ...(validationLoss === null ? {} : { validationLoss })
    }))
  }

  saveModel(id: string, model: ModelId | LawId, kind: string, data: object): void {
    this.write(() =>
      this.file.db.prepare('INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?)').run(id, model, kind, pack(data))
    )
  }

  /** Trained models by id, in the order they were saved. */
  models(id: string): Map<string, StoredModel> {
    const rows = readRows(this.file, tables.models, 'WHERE run_id = ? ORDER BY rowid', [id])
    return new Map(rows.map((row) => [row.model_id, row.data]))
  }

  /** Deletes a model with its predictions. */
  deleteModel(id: string, model: ModelId | LawId): void {
    this.write(() => {
      for (const table of ['models', 'predictions'])
        this.file.db.prepare(`DELETE FROM ${table} WHERE run_id = ? AND model_id = ?`).run(id, model)
    })
  }

  savePredictions(id: string, model: PredictionId, values: Float32Array): void {
    this.write(() =>
      this.file.db.prepare('INSERT OR REPLACE INTO predictions VALUES (?, ?, ?)').run(id, model, bytesOf(values))
    )
  }

  /** One value per halo; null if this model has no predictions. */
  predictions(id: string, model: string): Float32Array | null {
    return readRow(this.file, tables.predictions, 'WHERE run_id = ? AND model_id = ?', [id, model])?.delta ?? null
  }

  /** Saves the whole comparison in `runs`, and its figures and formula in separate tables for other programs. */
  saveResult(id: string, result: RunResult): void {
    this.write(() => {
      this.file.db.prepare('UPDATE runs SET result = ? WHERE id = ?').run(JSON.stringify(result), id)
      const metric = this.file.db.prepare('INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      for (const { id: model, mae, ci95, bias, r2 } of result.models)
        for (const set of Object.keys(mae) as SetName[])
          metric.run(id, model, set, mae[set], ci95[set]?.[0], ci95[set]?.[1], bias?.[set], r2?.[set])
      this.file.db
        .prepare('INSERT OR REPLACE INTO formulas VALUES (@id, @message, @node, @text, @latex, @python)')
        .run({ ...result.formula, id })
    })
  }

  private write<T>(work: () => T): T {
    return writeTo(this.file, work)
  }

  private known(id: string): string {
    return this.get(id).id
  }
}

function summaryOf(row: RunRow): RunSummary {
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    config: row.config,
    createdAt: row.created_at,
    step: row.step,
    progress: row.progress,
    remaining: null,
    message: row.message,
    error: row.error,
    result: row.result
  }
}

/** Column values are stored little-endian, like every machine that Node runs on. */
function bytesOf(values: Uint32Array | Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
