import Database from 'better-sqlite3'
import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { pack, unpack } from '../../src-main/project/pack.ts'
import { Random } from '../../src-main/random.ts'
import { changeSchema, damageProject } from './damage-project.ts'

/** Outcome of opening many damaged projects. */
export interface DamageOutcome {
  projects: number
  /** Answers by code; `ok` if the damage affects nothing that is read */
  codes: Record<string, number>
  /** Projects without an answer within 5 s plus 1 s per 20 MB */
  jams: string[]
  /** Projects that ended the thread */
  crashes: string[]
  /** Messages of answers with the code `internal` */
  mistakes: string[]
  slowestSeconds: number
}

const limitMs = 5000
/** A large file may take longer, as in check-aside.ts */
const bytesPerMs = 20_000
const pick = <T>(random: Random, list: readonly T[]): T => list[random.integer(list.length)]

const cells: Record<string, readonly string[]> = {
  catalogs: ['path', 'bytes', 'map', 'box_size', 'summary'],
  masks: ['name', 'role', 'expression', 'color', 'position'],
  runs: ['name', 'state', 'config', 'step', 'progress', 'result', 'owner', 'heartbeat', 'catalog_id'],
  splits: ['set_name', 'halos'],
  epochs: ['epoch', 'train_loss', 'message_std', 'message_kl'],
  checkpoints: ['key', 'data'],
  fronts: ['which', 'complexity', 'loss', 'text', 'latex', 'python'],
  models: ['model_id', 'kind', 'data'],
  predictions: ['delta'],
  meta: ['key', 'value']
}
const values = [
  'NULL',
  '0',
  '-1',
  '1.5',
  '9e999',
  `''`,
  `'x'`,
  `'{}'`,
  `'[]'`,
  `'null'`,
  `x''`,
  `x'00'`,
  'zeroblob(100)',
  'zeroblob(30000000)',
  'randomblob(64)',
  `'{"a":' || hex(randomblob(1000)) || '}'`
]
const schemaChanges = [
  'DROP TABLE %',
  'ALTER TABLE % RENAME TO other',
  'ALTER TABLE % ADD COLUMN more TEXT',
  'CREATE TRIGGER t AFTER INSERT ON % BEGIN DELETE FROM masks; END',
  'CREATE INDEX extra ON % (rowid + 1)',
  'ALTER TABLE % RENAME TO other; CREATE VIEW % AS SELECT * FROM other',
  'DROP TABLE %; CREATE VIEW % AS WITH RECURSIVE n (id) AS (VALUES (1) UNION ALL SELECT id FROM n) SELECT * FROM n',
  'DROP TABLE %; CREATE TABLE % (id, name, value)',
  `UPDATE sqlite_schema SET rootpage = 3 WHERE name = '%'`,
  `UPDATE sqlite_schema SET rootpage = 99999 WHERE name = '%'`,
  `UPDATE sqlite_schema SET sql = 'CREATE TABLE % (x)' WHERE name = '%'`
]
const members: readonly unknown[] = [
  null,
  -1,
  0,
  1e308,
  NaN,
  '',
  'x',
  [],
  {},
  [[]],
  true,
  new Float32Array(3),
  undefined
]

/** Replaces one random member with another value. */
function altered(value: unknown, random: Random): unknown {
  if (ArrayBuffer.isView(value)) return pick(random, members)
  if (typeof value !== 'object' || value === null || random.integer(6) === 0) return pick(random, members)
  const names = Object.keys(value)
  if (names.length === 0) return pick(random, members)
  const name = pick(random, names)
  if (Array.isArray(value)) return value.map((one, n) => (String(n) === name ? altered(one, random) : (one as unknown)))
  const entries = Object.entries(value)
  if (random.integer(8) === 0) return Object.fromEntries(entries.filter(([key]) => key !== name))
  return Object.fromEntries(entries.map(([key, one]) => [key, key === name ? altered(one, random) : (one as unknown)]))
}

function alterRecord(path: string, random: Random): string {
  const place = pick(random, [
    'models.data',
    'models.data',
    'checkpoints.data',
    'runs.config',
    'runs.result',
    'catalogs.summary'
  ])
  const [table, column] = place.split('.')
  const db = new Database(path)
  try {
    const rows = db.prepare<[], [number, string | Buffer]>(`SELECT rowid, ${column} FROM ${table}`).raw().all()
    const [row, content] = pick(random, rows)
    const next =
      typeof content === 'string'
        ? (JSON.stringify(altered(JSON.parse(content) as unknown, random)) ?? 'null')
        : pack(altered(unpack(content), random))
    db.prepare(`UPDATE ${table} SET ${column} = ? WHERE rowid = ?`).run(next, row)
  } finally {
    db.close()
  }
  return `${place} altered`
}

/** Damages the project at `path` and returns a description of the damage. */
function damage(path: string, random: Random): string {
  const kind = random.integer(6)
  if (kind === 0 || kind === 1) {
    const bytes = readFileSync(path)
    const pages = bytes.length / 4096
    const page = (): number => random.integer(pages) * 4096
    const times = 1 + random.integer(20)
    for (let n = 0; n < times; n++) {
      // The first bytes of a page hold its structure. Hits on the file's own header are rare enough.
      const at = kind === 0 ? random.integer(bytes.length) : page() + random.integer(64)
      bytes[at] = random.integer(256)
    }
    writeFileSync(path, bytes)
    return `${times} bytes`
  }
  if (kind === 2) {
    const bytes = readFileSync(path)
    const pages = bytes.length / 4096
    const [from, to] = [random.integer(pages) * 4096, (1 + random.integer(pages - 1)) * 4096]
    const how = random.integer(3)
    if (how === 0) writeFileSync(path, bytes.subarray(0, random.integer(bytes.length)))
    else {
      const former = Buffer.from(bytes.subarray(to, to + 4096))
      bytes.copy(bytes, to, from, from + 4096)
      if (how === 1) former.copy(bytes, from)
      writeFileSync(path, bytes)
    }
    return ['truncated', 'pages swapped', 'page copied'][how]
  }
  if (kind === 3) {
    const change = pick(random, schemaChanges).replaceAll('%', pick(random, Object.keys(cells)))
    try {
      changeSchema(path, change)
    } catch {
      // SQLite itself refuses some changes of some tables.
    }
    return change
  }
  if (kind === 4) {
    const table = pick(random, Object.keys(cells))
    const column = pick(random, cells[table])
    const change = `UPDATE OR IGNORE ${table} SET ${column} = ${pick(random, values)}${random.integer(2) === 0 ? '' : ` WHERE rowid = (SELECT min(rowid) FROM ${table})`}`
    damageProject(path, change)
    return change
  }
  return alterRecord(path, random)
}

/**
 * Opens `count` damaged copies of a project and reads, exports and predicts with each, in one thread that is replaced when it
 * jams or ends.
 * @param project a whole project, with runs and models
 * @param catalog that its models predict on
 */
export async function damagedProjects(
  { project, catalog, folder }: { project: string; catalog: string; folder: string },
  count: number,
  seed: number
): Promise<DamageOutcome> {
  const random = new Random(seed)
  const outcome: DamageOutcome = { projects: count, codes: {}, jams: [], crashes: [], mistakes: [], slowestSeconds: 0 }
  let worker = await startWorker(catalog)
  for (let n = 0; n < count; n++) {
    const path = join(folder, `damaged-${n}.halolaw`)
    copyFileSync(project, path)
    const how = damage(path, random)
    const started = performance.now()
    const reply = await answer(worker, path)
    outcome.slowestSeconds = Math.max(outcome.slowestSeconds, (performance.now() - started) / 1000)
    outcome.codes[reply.code] = (outcome.codes[reply.code] ?? 0) + 1
    if (reply.code === 'jam') outcome.jams.push(how)
    if (reply.code === 'crash') outcome.crashes.push(`${how}: ${reply.message}`)
    if (reply.code === 'internal') outcome.mistakes.push(`${how}: ${reply.message}`)
    if (reply.code === 'jam' || reply.code === 'crash') {
      void worker.terminate()
      worker = await startWorker(catalog)
    }
    for (const suffix of ['', '-wal', '-shm', '-journal', '.lock']) rmSync(path + suffix, { force: true })
  }
  await worker.terminate()
  return outcome
}

interface Reply {
  code: string
  message: string
}

async function startWorker(catalog: string): Promise<Worker> {
  const worker = new Worker(join(import.meta.dirname, 'damaged-project-worker.ts'), {
    workerData: { catalog },
    stderr: true
  })
  await new Promise((ready) => worker.once('message', ready))
  return worker
}

function answer(worker: Worker, path: string): Promise<Reply> {
  return new Promise((done) => {
    const onMessage = (reply: Reply): void => end(reply)
    const onError = (cause: Error): void => end({ code: 'crash', message: cause.message })
    const onExit = (code: number): void => end({ code: 'crash', message: `exit code ${code}` })
    const timer = setTimeout(() => end({ code: 'jam', message: '' }), limitMs + statSync(path).size / bytesPerMs)
    function end(reply: Reply): void {
      clearTimeout(timer)
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
      done(reply)
    }
    worker.on('message', onMessage).on('error', onError).on('exit', onExit)
    worker.postMessage(path)
  })
}
