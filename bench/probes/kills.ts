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

/**
 * Kills `halolaw run` and `halolaw run --resume` at random points until the run finishes. After each kill the project is
 * whole and keeps its finished run; at the end the output and what is stored equal those of an uninterrupted run.
 * @param project holds a finished run
 * @param catalog small, so that a run takes seconds
 */
export async function killedRuns(
  { project, catalog, folder }: { project: string; catalog: string; folder: string },
  kills: number,
  seed: number
): Promise<KillsOutcome> {
  const random = new Random(seed)
  const outcome: KillsOutcome = { kills: 0, runs: 0, faults: [] }
  // Migrated, as the first run would do
  const start = join(folder, 'before-kills.halolaw')
  copyFileSync(project, start)
  openProject(start).close()
  const { finished } = contentOf(start)
  const begin = (path: string): string[] => ['run', catalog, ...options, '--out', path]

  const wholePath = join(folder, 'whole.halolaw')
  copyFileSync(start, wholePath)
  const started = performance.now()
  const whole = await halolaw(begin(wholePath), null)
  const wholeMs = performance.now() - started
  if (whole.code !== 0) throw new Error(whole.stderr)
  const expected = contentOf(wholePath)

  while (outcome.kills < kills) {
    const path = join(folder, `killed-${outcome.runs++}.halolaw`)
    const name = basename(path)
    copyFileSync(start, path)
    for (let isBegun = false; ;) {
      const args = isBegun ? ['run', '--resume', path, '--json'] : begin(path)
      const limitMs = outcome.kills < kills ? 200 + random.integer(Math.round(wholeMs)) : null
      const { code, stdout, stderr } = await halolaw(args, limitMs)
      const content = contentOf(path)
      outcome.faults.push(...content.problems.map((problem) => `${name}: ${problem}`))
      for (const [id, hash] of finished)
        if (content.finished.get(id) !== hash) outcome.faults.push(`${name}: the finished run ${id} has changed`)
      if (code === null) {
        outcome.kills++
        isBegun = true
        continue
      }
      // Killed before the run was in the file: there is nothing to resume.
      if (isBegun && /has no unfinished run/.test(stderr)) {
        isBegun = false
        continue
      }
      if (code !== 0) outcome.faults.push(`${name}: ${stderr}`)
      else if (comparable(stdout) !== comparable(whole.stdout)) outcome.faults.push(`${name}: another result`)
      else if (content.newest !== expected.newest) outcome.faults.push(`${name}: other records of the result`)
      break
    }
    for (const suffix of suffixes) rmSync(path + suffix, { force: true })
  }
  return outcome
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
