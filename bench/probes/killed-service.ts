import { execFileSync } from 'node:child_process'
import type { RunConfig, RunDetail, RunSummary } from '../../src-shared/contract.ts'
import { Random } from '../../src-main/random.ts'
import { Peer } from './peer.ts'

/** Outcome of a run whose service was killed at random points. */
export interface KilledServiceOutcome {
  kills: number
  runs: number
  /** Runs that were lost, or whose result differs from that of an uninterrupted run */
  faults: string[]
}

/**
 * Kills the service of a served Halolaw at random points while it works on a run, and resumes the run in the service
 * that starts again. The result equals that of a run without a kill.
 * @param serve starts `halolaw serve`; the service is its only child process
 * @param catalog small, so that a run takes seconds
 */
export async function killedService(
  serve: () => Promise<{ address: string; pid: number; stop(): Promise<void> }>,
  catalog: string,
  kills: number,
  seed: number
): Promise<KilledServiceOutcome> {
  const random = new Random(seed)
  const outcome: KilledServiceOutcome = { kills: 0, runs: 0, faults: [] }
  let expected: string | null = null
  let wholeMs = 0
  while (outcome.kills < kills) {
    const server = await serve()
    const socketUrl = server.address.replace('http', 'ws').replace('/?', '/ws?')
    const first = await Peer.open(socketUrl)
    await first.call('project.new', {})
    await first.call('catalog.open', { path: catalog })
    const defaults = (await first.call('run.defaults', {})) as RunConfig
    const config = { ...defaults, catalog, radius: 25, test: 'x > 70', preset: 'quick', engine: 'cpu', threads: 1 }
    const started = performance.now()
    const { id } = (await first.call('run.start', { config })) as RunSummary
    first.close()
    for (;;) {
      const mayKill = expected !== null && outcome.kills < kills
      const killAt = mayKill ? performance.now() + 200 + random.integer(Math.round(wholeMs / 2)) : Infinity
      const ended = await untilEnd(socketUrl, id, killAt)
      if (ended) {
        const result = JSON.stringify({ ...ended.result, timings: null, peakRssMB: null })
        if (ended.state !== 'done') outcome.faults.push(`run ${outcome.runs} is ${ended.state}: ${ended.error ?? ''}`)
        else if (expected === null) wholeMs = performance.now() - started
        else if (result !== expected) outcome.faults.push(`run ${outcome.runs} has another result`)
        expected ??= result
        break
      }
      killChild(server.pid)
      outcome.kills++
      await resume(socketUrl, id)
    }
    outcome.runs++
    await server.stop()
  }
  return outcome
}

/** The run as it ended; null at the time of the kill. */
async function untilEnd(url: string, id: string, killAt: number): Promise<RunDetail | null> {
  const peer = await Peer.open(url)
  try {
    while (performance.now() < killAt) {
      const run = (await peer.call('run.get', { id })) as RunDetail
      if (run.state !== 'running' && run.state !== 'queued') return run
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return null
  } finally {
    peer.close()
  }
}

/** Asks the service that starts again until it answers. */
async function resume(url: string, id: string): Promise<void> {
  for (;;) {
    try {
      const peer = await Peer.open(url)
      const { state } = (await peer.call('run.get', { id })) as RunDetail
      // Killed after the last record: the run may be done.
      if (state !== 'done') await peer.call('run.resume', { id })
      peer.close()
      return
    } catch (cause) {
      if (!/503|stopped|starting again|ECONNREFUSED|closed/.test(String(cause))) throw cause
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

function killChild(parent: number): void {
  const [child] = execFileSync('pgrep', ['-P', String(parent)], { encoding: 'utf8' }).split('\n')
  process.kill(Number(child), 'SIGKILL')
}
