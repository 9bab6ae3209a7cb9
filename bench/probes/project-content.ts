import Database from 'better-sqlite3'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, rmSync } from 'node:fs'

// What a project holds after its process was killed, read from a copy, so that the project stays as the kill left it.

/** Tables whose rows belong to a run, by the column that names it */
const ofRuns = {
  runs: 'id',
  splits: 'run_id',
  epochs: 'run_id',
  fronts: 'run_id',
  models: 'run_id',
  predictions: 'run_id',
  metrics: 'run_id',
  formulas: 'run_id'
}
/** Tables of results that the same settings give again, without times */
const repeatable = ['splits', 'fronts', 'models', 'predictions', 'metrics', 'formulas'] as const

export interface ProjectContent {
  /** What SQLite's own checks find wrong; empty: nothing */
  problems: string[]
  /** A hash of everything that belongs to each finished run, by its id */
  finished: Map<string, string>
  unfinished: number
  /** A hash of the results of the newest run */
  newest: string
  /** A hash of all runs */
  whole: string
}

/** Reads the project at `path`, with the log beside it. */
export function contentOf(path: string): ProjectContent {
  const copy = `${path}.copy`
  for (const suffix of ['', '-wal', '-journal'])
    if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix)
  const db = new Database(copy)
  try {
    const integrity = db.pragma('integrity_check', { simple: true }) as string
    const problems = [
      ...(integrity === 'ok' ? [] : [integrity]),
      ...(db.pragma('foreign_key_check') as object[]).map((row) => JSON.stringify(row))
    ]
    const runs = db
      .prepare<[], { id: string; state: string }>('SELECT id, state FROM runs ORDER BY created_at, rowid')
      .all()
    const hashOf = (id: string, tables: readonly (keyof typeof ofRuns)[]): string => {
      const hash = createHash('sha256')
      for (const table of tables) {
        const rows = db.prepare<[string], unknown[]>(`SELECT * FROM ${table} WHERE ${ofRuns[table]} = ?`).raw()
        // The first column is the run's own name in a project.
        const lines = rows.all(id).map((row) => row.slice(1).map(textOf).join(' '))
        hash.update(lines.sort().join('\n')).update('\0')
      }
      return hash.digest('hex')
    }
    const all = Object.keys(ofRuns) as (keyof typeof ofRuns)[]
    return {
      problems,
      finished: new Map(runs.filter(({ state }) => state === 'done').map(({ id }) => [id, hashOf(id, all)])),
      unfinished: runs.filter(({ state }) => state !== 'done').length,
      newest: runs.length === 0 ? '' : hashOf(runs.at(-1)!.id, repeatable),
      whole: runs.map(({ id }) => `${id} ${hashOf(id, all)}`).join('\n')
    }
  } finally {
    db.close()
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(copy + suffix, { force: true })
  }
}

function textOf(value: unknown): string {
  return Buffer.isBuffer(value) ? createHash('sha256').update(value).digest('hex') : JSON.stringify(value)
}
