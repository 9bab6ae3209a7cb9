import { spawn } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { openProject } from '../../src-main/project/project.ts'
import { projectRoot } from '../../src-main/native.ts'
import { Random } from '../../src-main/random.ts'
import { contentOf } from './project-content.ts'

/** Outcome of runs killed at random points. */
export interface KillsOutcome {
  kills: number
  runs: number
  /** What is damaged, missing or different, one sentence each */
  faults: string[]
}

const options = [
  '--radius',
  '25',
  '--test',
  'x > 70',
  '--preset',
  'quick',
  '--engine',
  'cpu',
  '--threads',
  '1',
  '--json'
]
const suffixes = ['', '-wal', '-shm', '-journal', '.lock']

interface Places {
  /** Holds a finished run */
  project: string
  /** Small, so that a run takes seconds */
  catalog: string
  folder: string
}

/**
 * Kills `halolaw run` and `halolaw run --resume` at random points until the run finishes. After each kill the project is
 * whole and keeps its finished run; at the end the output and what is stored equal those of an uninterrupted run.
 * @param onKill receives the number of kills so far
 */
export async function killedRuns(
  { project, catalog, folder }: Places,
  kills: number,
  seed: number,
  onKill?: (kills: number) => void
): Promise<KillsOutcome> {
  const random = new Random(seed)
  const outcome: KillsOutcome = { kills: 0, runs: 0, faults: [] }
  const victim = new Victim(project, catalog, folder)
  const started = performance.now()
  const wholePath = victim.newProject('whole')
  const whole = await victim.run(wholePath, null)
  const wholeMs = performance.now() - started
  if (whole.code !== 0) throw new Error(whole.stderr)
  const expected = contentOf(wholePath)
  while (outcome.kills < kills) {
    const name = `killed-${outcome.runs++}`
    const path = victim.newProject(name)
    for (;;) {
      const limitMs = outcome.kills < kills ? 200 + random.integer(Math.round(wholeMs / 2)) : null
      const { code, stdout, stderr } = await victim.run(path, limitMs)
      outcome.faults.push(...victim.faultsOf(path))
      if (code === null) {
        onKill?.(++outcome.kills)
        continue
      }
      if (code !== 0) outcome.faults.push(`${name}: ${stderr}`)
      else if (comparable(stdout) !== comparable(whole.stdout)) outcome.faults.push(`${name}: another result`)
      else if (contentOf(path).newest !== expected.newest) outcome.faults.push(`${name}: other records of the result`)
      break
    }
    for (const suffix of suffixes) rmSync(path + suffix, { force: true })
  }
  return outcome
}

/** Kills a run and its resumptions within their first seconds, without waiting for its end. */
export async function killedBeginnings(
  { project, catalog, folder }: Places,
  kills: number,
  seed: number
): Promise<KillsOutcome> {
  const random = new Random(seed)
  const victim = new Victim(project, catalog, folder)
  const path = victim.newProject('killed')
  const outcome: KillsOutcome = { kills: 0, runs: 1, faults: [] }
  while (outcome.kills < kills) {
    const { code, stderr } = await victim.run(path, 700 + random.integer(800))
    outcome.faults.push(...victim.faultsOf(path))
    if (code !== null) throw new Error(`The run ended before it was killed. ${stderr}`)
    outcome.kills++
  }
  return outcome
}

/** Starts and resumes a run in copies of a project that holds a finished run. */
class Victim {
  private readonly start: string
  private readonly catalog: string
  private readonly folder: string
  private readonly finished: ReadonlyMap<string, string>

  constructor(project: string, catalog: string, folder: string) {
    this.start = join(folder, 'before-kills.halolaw')
    this.catalog = catalog
    this.folder = folder
    copyFileSync(project, this.start)
    // Migrates it, as the first run would do.
    openProject(this.start).close()
    this.finished = contentOf(this.start).finished
  }

  newProject(name: string): string {
    const path = join(this.folder, `${name}.halolaw`)
    copyFileSync(this.start, path)
    return path
  }

  /** Resumes the unfinished run; starts one if there is none, as after a kill before it was in the file. */
  async run(path: string, limitMs: number | null): Promise<Ended> {
    const isBegun = contentOf(path).unfinished > 0
    return halolaw(
      isBegun ? ['run', '--resume', path, '--json'] : ['run', this.catalog, ...options, '--out', path],
      limitMs
    )
  }

  faultsOf(path: string): string[] {
    const { problems, finished } = contentOf(path)
    const lost = [...this.finished].filter(([id, hash]) => finished.get(id) !== hash)
    return [...problems, ...lost.map(([id]) => `the finished run ${id} has changed`)].map(
      (problem) => `${basename(path)}: ${problem}`
    )
  }
}

/** Without times, memory and the file's name. */
function comparable(json: string): string {
  const result = JSON.parse(json) as Record<string, unknown>
  return JSON.stringify({ ...result, timings: null, peakRssMB: null, project: null })
}

interface Ended {
  /** Null: killed */
  code: number | null
  stdout: string
  stderr: string
}

function halolaw(args: string[], limitMs: number | null): Promise<Ended> {
  const child = spawn(process.execPath, [join(projectRoot(), 'out', 'main', 'cli.js'), ...args])
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += String(chunk)))
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += String(chunk)))
  const timer = limitMs === null ? undefined : setTimeout(() => child.kill('SIGKILL'), limitMs)
  return new Promise((done) =>
    child.once('close', (code) => {
      clearTimeout(timer)
      done({ code, ...output })
    })
  )
}
