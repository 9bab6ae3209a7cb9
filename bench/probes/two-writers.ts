import Database from 'better-sqlite3'
import { fork, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from '../../src-main/random.ts'

/** Outcome of random interleavings of two processes on one project. */
export interface TwoWritersOutcome {
  rounds: number
  /** Runs that a process reported as saved */
  records: number
  kills: number
  /** Rounds after which SQLite found a fault in a project, or a saved run was missing */
  faults: string[]
}

/**
 * Two processes with different host names open, write, save as, close and are killed on two projects in one folder. A
 * save-as replaces a project's records with those of the other project.
 */
export async function twoWriters(folder: string, rounds: number, seed: number): Promise<TwoWritersOutcome> {
  const random = new Random(seed)
  const outcome: TwoWritersOutcome = { rounds, records: 0, kills: 0, faults: [] }
  for (let round = 0; round < rounds; round++) {
    const paths = ['a', 'b'].map((name) => join(folder, `${round}-${name}.halolaw`))
    const logs = [0, 1].map((n) => join(folder, `${round}-${n}.log`))
    const sameHost = random.integer(2) === 0
    const writers = logs.map((log, n) =>
      startWriter(paths, log, `${seed + 7 * round + n}`, sameHost ? 'one' : `host-${n}`)
    )
    const ends = writers.map(async (child) => {
      if (random.integer(2) === 0) {
        const timer = setTimeout(() => child.kill('SIGKILL'), 300 + random.integer(1500))
        child.once('exit', () => clearTimeout(timer))
      }
      return new Promise<boolean>((done) => child.once('exit', (_, signal) => done(signal === 'SIGKILL')))
    })
    outcome.kills += (await Promise.all(ends)).filter(Boolean).length
    const actions = logs.flatMap(readLog)
    outcome.records += actions.filter((line) => line.startsWith('saved')).length
    for (const path of paths) if (existsSync(path)) outcome.faults.push(...faultsOf(path, actions))
    for (const path of paths)
      for (const suffix of ['', '-wal', '-shm', '-journal', '.lock']) rmSync(path + suffix, { force: true })
  }
  return outcome
}

/** A save-as that was killed may have replaced the target: it counts as done. */
function readLog(path: string): string[] {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
  const last = lines.at(-1)
  return last?.startsWith('replacing') ? [...lines, last.replace('replacing', 'replaced')] : lines
}

/** Each log line names a project and a run that was saved in it after the last save-as by either process. */
function faultsOf(path: string, actions: readonly string[]): string[] {
  const db = new Database(path)
  try {
    const faults: string[] = []
    const check = db.pragma('integrity_check', { simple: true })
    if (check !== 'ok') faults.push(`${path}: ${String(check)}`)
    const names = new Set(db.prepare<[], string>('SELECT name FROM runs').pluck().all())
    const mine = actions.map((line) => line.split(' ')).filter(([, at]) => at === path)
    const replaced = Math.max(0, ...mine.filter(([kind]) => kind === 'replaced').map(([, , time]) => Number(time)))
    for (const [kind, , time, name] of mine)
      if (kind === 'saved' && Number(time) > replaced && !names.has(name)) faults.push(`${path} lacks ${name}`)
    return faults
  } finally {
    db.close()
  }
}

function startWriter(paths: readonly string[], log: string, seed: string, host: string): ChildProcess {
  return fork(join(import.meta.dirname, 'project-writer.ts'), [log, seed, ...paths], {
    execArgv: [],
    env: { ...process.env, HALOLAW_HOST: host, HALOLAW_LOG: 'error' }
  })
}
