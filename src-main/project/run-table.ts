import type Database from 'better-sqlite3'
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
import { onDisk } from './disk-errors.ts'
import { isAlive, thisProcess, type Owner } from './owner.ts'
import { pack, unpack } from './pack.ts'
import { takeNumber } from './schema.ts'

/** What may change of a run while it goes on. */
export interface RunUpdate {
  state?: RunState
  name?: string
  step?: StepName | null
  progress?: number
  message?: string
  error?: string | null
}

/** The runs of a project and all they have produced; every method is one transaction. */
export class RunTable {
  private readonly path: string
  private readonly db: Database.Database

  constructor(path: string, db: Database.Database) {
    this.path = path
    this.db = db
  }

  /** A new run, owned by this process, of the project's present catalog. */
  create(config: RunConfig, name?: string): RunSummary {
    const id = this.write(() => {
      const number = takeNumber(this.db, 'next_run')
      this.db
        .prepare(
          `INSERT INTO runs (id, name, state, config, catalog_id, created_at, owner, heartbeat)
           VALUES (?, ?, 'queued', ?, (SELECT max(id) FROM catalogs), ?, ?, ?)`
        )
        .run(
          `r${number}`,
          name ?? `Run ${number}`,
          JSON.stringify(config),
          new Date().toISOString(),
          JSON.stringify(thisProcess()),
          Date.now()
        )
      return `r${number}`
    })
    return this.get(id)
  }

  /** Takes a run over, to go on with it. */
  adopt(id: string): void {
    this.write(() =>
      this.db.prepare('UPDATE runs SET owner = ? WHERE id = ?').run(JSON.stringify(thisProcess()), this.known(id))
    )
  }

  /** Notes progress and a sign of life. */
  update(id: string, update: RunUpdate): void {
    const names = Object.keys(update).filter((name) => update[name as keyof RunUpdate] !== undefined)
    const settings = [...names.map((name) => `${name} = @${name}`), 'heartbeat = @heartbeat'].join(', ')
    this.write(() =>
      this.db.prepare(`UPDATE runs SET ${settings} WHERE id = @id`).run({ ...update, id, heartbeat: Date.now() })
    )
  }

  /** SHA-256 of the catalog as it was when the run began; null when it was not the project's. */
  catalogHash(id: string): string | null {
    const row = this.db
      .prepare(
        `SELECT sha256 FROM runs JOIN catalogs ON catalogs.id = catalog_id
         WHERE runs.id = ? AND catalogs.path = config ->> 'catalog'`
      )
      .get(id) as { sha256: string } | undefined
    return row?.sha256 ?? null
  }

  delete(id: string): void {
    this.write(() => this.db.prepare('DELETE FROM runs WHERE id = ?').run(this.known(id)))
  }

  list(): RunSummary[] {
    return (this.db.prepare('SELECT * FROM runs ORDER BY created_at, rowid').all() as RunRow[]).map(summaryOf)
  }

  /** @throws HalolawError `not-found` */
  get(id: string): RunSummary {
    const row = this.db.prepare('SELECT * FROM runs WHERE id = ?').get(id) as RunRow | undefined
    if (!row) throw new HalolawError('not-found', `The project has no run "${id}".`)
    return summaryOf(row)
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

  /** Runs marked as going on whose process is gone were interrupted. */
  markInterrupted(): void {
    const rows = this.db
      .prepare(`SELECT id, owner, heartbeat FROM runs WHERE state IN ('running', 'queued')`)
      .all() as Pick<RunRow, 'id' | 'owner' | 'heartbeat'>[]
    const lost = rows.filter(
      ({ owner, heartbeat }) => owner === null || !isAlive(JSON.parse(owner) as Owner, heartbeat ?? 0)
    )
    for (const { id } of lost)
      this.update(id, { state: 'interrupted', message: 'Interrupted; it can be resumed from its last checkpoint.' })
  }

  /** True when another living process works on this run. */
  isElsewhere(id: string): boolean {
    const row = this.db.prepare('SELECT owner, heartbeat, state FROM runs WHERE id = ?').get(id) as RunRow
    if (row.owner === null || (row.state !== 'running' && row.state !== 'queued')) return false
    const owner = JSON.parse(row.owner) as Owner
    return owner.pid !== process.pid && isAlive(owner, row.heartbeat ?? 0)
  }

  saveSet(id: string, name: SetName | 'validation', halos: Uint32Array): void {
    this.write(() => this.db.prepare('INSERT OR REPLACE INTO splits VALUES (?, ?, ?)').run(id, name, bytesOf(halos)))
  }

  /** Halo indices of a set; null when the run has not come so far. */
  set(id: string, name: SetName | 'validation'): Uint32Array | null {
    const row = this.db.prepare('SELECT halos FROM splits WHERE run_id = ? AND set_name = ?').get(id, name)
    return row ? new Uint32Array(bufferOf((row as { halos: Buffer }).halos)) : null
  }

  saveEpoch(id: string, record: EpochRecord): void {
    const { epoch, trainLoss, validationMae, learningRate, seconds } = record
    const messageStd = bytesOf(Float64Array.from(record.messageStd))
    const messageKl = record.messageKl ? bytesOf(Float64Array.from(record.messageKl)) : null
    this.write(() =>
      this.db
        .prepare('INSERT OR REPLACE INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
        .run(id, epoch, trainLoss, validationMae, learningRate, seconds, messageStd, messageKl)
    )
  }

  epochs(id: string): EpochRecord[] {
    const rows = this.db.prepare('SELECT * FROM epochs WHERE run_id = ? ORDER BY epoch').all(id) as EpochRow[]
    return rows.map((row) => ({
      epoch: row.epoch,
      trainLoss: row.train_loss ?? NaN,
      validationMae: row.validation_mae ?? NaN,
      learningRate: row.learning_rate ?? NaN,
      seconds: row.seconds ?? NaN,
      messageStd: [...new Float64Array(bufferOf(row.message_std))],
      ...(row.message_kl && { messageKl: [...new Float64Array(bufferOf(row.message_kl))] })
    }))
  }

  saveCheckpoint(id: string, key: string, data: Uint8Array): void {
    this.write(() =>
      this.db
        .prepare('INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?)')
        .run(id, key, data, new Date().toISOString())
    )
  }

  /** All checkpoints of a run by key, as `pack` wrote them. */
  checkpoints(id: string): Map<string, Uint8Array> {
    const rows = this.db.prepare('SELECT key, data FROM checkpoints WHERE run_id = ?').all(id)
    return new Map((rows as { key: string; data: Buffer }[]).map(({ key, data }) => [key, data]))
  }

  private guidance(id: string): SearchGuidance | null {
    return this.checkpoint<{ told: SearchGuidance }>(id, 'guidance')?.told ?? null
  }

  /** Laws that were measured by hand, oldest first. */
  laws(id: string): LawReport[] {
    return this.checkpoint<{ laws: LawReport[] }>(id, 'laws')?.laws ?? []
  }

  saveLaws(id: string, laws: LawReport[]): void {
    this.saveCheckpoint(id, 'laws', pack({ laws }))
  }

  private checkpoint<T>(id: string, key: string): T | null {
    const row = this.db.prepare('SELECT data FROM checkpoints WHERE run_id = ? AND key = ?').get(id, key)
    return row ? (unpack((row as { data: Buffer }).data) as T) : null
  }

  saveFront(id: string, which: FrontName, entries: FrontEntry[]): void {
    this.write(() => {
      this.db.prepare('DELETE FROM fronts WHERE run_id = ? AND which = ?').run(id, which)
      const insert = this.db.prepare(
        'INSERT INTO fronts VALUES (@id, @which, @position, @complexity, @loss, @score, @text, @latex, @python, @validation)'
      )
      entries.forEach((entry, position) =>
        insert.run({ ...entry, id, which, position, validation: entry.validationLoss ?? null })
      )
    })
  }

  front(id: string, which: FrontName): FrontEntry[] {
    const columns = 'complexity, loss, score, text, latex, python, validation_loss'
    const rows = this.db
      .prepare(`SELECT ${columns} FROM fronts WHERE run_id = ? AND which = ? ORDER BY position`)
      .all(id, which) as FrontRow[]
    return rows.map(({ validation_loss: validationLoss, ...row }) => ({
      ...row,
      loss: row.loss ?? NaN,
      score: row.score ?? NaN,
      ...(validationLoss === null ? {} : { validationLoss })
    }))
  }

  saveModel(id: string, model: ModelId | LawId, kind: string, data: object): void {
    this.write(() =>
      this.db.prepare('INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?)').run(id, model, kind, pack(data))
    )
  }

  /** Trained models by id, in the order they were saved. */
  models(id: string): Map<ModelId, unknown> {
    const rows = this.db.prepare('SELECT model_id, data FROM models WHERE run_id = ? ORDER BY rowid').all(id)
    return new Map((rows as { model_id: ModelId; data: Buffer }[]).map((row) => [row.model_id, unpack(row.data)]))
  }

  /** With its predictions. */
  deleteModel(id: string, model: ModelId | LawId): void {
    this.write(() => {
      for (const table of ['models', 'predictions'])
        this.db.prepare(`DELETE FROM ${table} WHERE run_id = ? AND model_id = ?`).run(id, model)
    })
  }

  savePredictions(id: string, model: PredictionId, values: Float32Array): void {
    this.write(() =>
      this.db.prepare('INSERT OR REPLACE INTO predictions VALUES (?, ?, ?)').run(id, model, bytesOf(values))
    )
  }

  /** One value a halo; null when there is none of this model. */
  predictions(id: string, model: string): Float32Array | null {
    const row = this.db.prepare('SELECT delta FROM predictions WHERE run_id = ? AND model_id = ?').get(id, model)
    return row ? new Float32Array(bufferOf((row as { delta: Buffer }).delta)) : null
  }

  /** The comparison, whole in `runs`, and its figures and formula in tables of their own, for other programs. */
  saveResult(id: string, result: RunResult): void {
    this.write(() => {
      this.db.prepare('UPDATE runs SET result = ? WHERE id = ?').run(JSON.stringify(result), id)
      const metric = this.db.prepare('INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      for (const { id: model, mae, ci95, bias, r2 } of result.models)
        for (const set of Object.keys(mae) as SetName[])
          metric.run(id, model, set, mae[set], ci95[set]?.[0], ci95[set]?.[1], bias?.[set], r2?.[set])
      this.db
        .prepare('INSERT OR REPLACE INTO formulas VALUES (@id, @message, @node, @text, @latex, @python)')
        .run({ ...result.formula, id })
    })
  }

  private write<T>(work: () => T): T {
    return onDisk(this.path, () => this.db.transaction(work).immediate())
  }

  private known(id: string): string {
    return this.get(id).id
  }
}

interface RunRow {
  id: string
  name: string
  state: RunState
  config: string
  created_at: string
  step: StepName | null
  progress: number
  message: string
  error: string | null
  result: string | null
  owner: string | null
  heartbeat: number | null
}

interface FrontRow extends FrontEntry {
  /** NaN is stored as NULL. */
  loss: number
  score: number
  validation_loss: number | null
}

interface EpochRow {
  epoch: number
  train_loss: number | null
  validation_mae: number | null
  learning_rate: number | null
  seconds: number | null
  message_std: Buffer
  message_kl: Buffer | null
}

function summaryOf(row: RunRow): RunSummary {
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    config: JSON.parse(row.config) as RunConfig,
    createdAt: row.created_at,
    step: row.step,
    progress: row.progress,
    remaining: null,
    message: row.message,
    error: row.error,
    result: row.result === null ? null : (JSON.parse(row.result) as RunResult)
  }
}

/** Column values are stored little-endian, as every machine that Node runs on has them. */
function bytesOf(values: Uint32Array | Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** A buffer of its own, aligned for any element. */
function bufferOf(blob: Buffer): ArrayBuffer {
  return new Uint8Array(blob).buffer
}
