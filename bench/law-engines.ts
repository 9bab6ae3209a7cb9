import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { printText, searchSymbolic } from '../src-main/symbolic/index.ts'
import type { LawSample } from './law-problems.ts'

/** Result of a search: formulas in infix text with all digits. */
export interface SearchOutcome {
  best: string
  front: string[]
  /** CPU seconds of all threads */
  cpuSeconds: number
  /** Wall-clock seconds */
  seconds: number
}

export interface Budget {
  /** Seconds */
  time: number
  /** Whether `time` is CPU time of one thread or wall-clock time */
  clock: 'wall' | 'processor'
  threads: number
  seed: number
}

/** Halolaw's search with default options. It ends early if a formula is exact. */
export async function searchHalolaw(
  { train }: LawSample,
  { time, clock, threads, seed }: Budget
): Promise<SearchOutcome> {
  const [started, cpu] = [Date.now(), process.cpuUsage()]
  const { best, front } = await searchSymbolic(
    { variables: [...train.columns].map(([name, values]) => ({ name, values })), target: train.target },
    { time, clock },
    { seed, threads }
  )
  const { user, system } = process.cpuUsage(cpu)
  const text = (member: typeof best): string => printText(member.expression)
  return {
    best: text(best),
    front: front.map(text),
    cpuSeconds: (user + system) / 1e6,
    seconds: (Date.now() - started) / 1000
  }
}

/** A peer engine; one process serves all laws. */
export class Peer {
  private readonly process: ChildProcessByStdio<Writable, Readable, null>
  private readonly lines: AsyncIterator<string>

  constructor(python: string, engine: 'operon' | 'gplearn') {
    this.process = spawn(python, [join(import.meta.dirname, 'peers', 'recover.py'), engine], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }
    })
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]()
  }

  /** Searches on one thread for the budget's CPU seconds, or until `isLaw` accepts a formula whose fit is nearly exact. */
  async search(
    { train, noise }: LawSample,
    { time }: Budget,
    isLaw: (formula: string) => boolean
  ): Promise<SearchOutcome> {
    const started = Date.now()
    const columns = [...train.columns.values()].map((values) => [...values])
    const task = { names: [...train.columns.keys()], columns, target: [...train.target], seconds: time, noise }
    this.process.stdin.write(JSON.stringify(task) + '\n')
    for (;;) {
      const line = await this.lines.next()
      if (line.done) throw new Error('the peer ended without a result')
      const { best, front, seconds, done } = JSON.parse(line.value) as {
        best: string
        front: string[]
        seconds: number
        done: boolean
      }
      if (done) return { best, front, cpuSeconds: seconds, seconds: (Date.now() - started) / 1000 }
      this.process.stdin.write(front.some(isLaw) ? 'stop\n' : 'go on\n')
    }
  }

  close(): void {
    this.process.stdin.end()
  }
}
