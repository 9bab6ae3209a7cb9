import { spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../src-main/native.ts'
import { Random } from '../../src-main/random.ts'

/** Outcome of runs killed at random points. */
export interface KillsOutcome {
  kills: number
  runs: number
  /** Runs that did not resume, or whose result differs from that of an uninterrupted run */
  faults: string[]
}

/**
 * Kills `halolaw run` at random points and resumes it until it finishes. Its result must equal that of an uninterrupted
 * run.
 * @param catalog small, so that a run takes seconds
 */
export async function killedRuns(
  { catalog, folder }: { catalog: string; folder: string },
  kills: number,
  seed: number
): Promise<KillsOutcome> {
  const random = new Random(seed)
  const outcome: KillsOutcome = { kills: 0, runs: 0, faults: [] }
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
  const started = performance.now()
  const whole = await halolaw(['run', catalog, ...options, '--out', join(folder, 'whole.halolaw')], null)
  const wholeMs = performance.now() - started
  if (whole.code !== 0) throw new Error(whole.stderr)
  while (outcome.kills < kills) {
    const path = join(folder, `killed-${outcome.runs++}.halolaw`)
    for (;;) {
      const args = existsSync(path) ? ['run', '--resume', path, '--json'] : ['run', catalog, ...options, '--out', path]
      const limitMs = outcome.kills < kills ? 200 + random.integer(Math.round(wholeMs)) : null
      const { code, stdout, stderr } = await halolaw(args, limitMs)
      if (code === null) {
        outcome.kills++
        continue
      }
      // Killed before the run was in the file: there is nothing to resume.
      if (/has no unfinished run/.test(stderr)) {
        rmSync(path)
        continue
      }
      if (code !== 0) outcome.faults.push(stderr)
      else if (comparable(stdout) !== comparable(whole.stdout)) outcome.faults.push(`${path}: another result`)
      break
    }
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
