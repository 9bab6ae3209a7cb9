import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { printText, searchSymbolic } from '../src-main/symbolic/index.ts'
import type { Drawn } from './law-problems.ts'

/** What a search found, in infix text with all digits. */
export interface Found {
  best: string
  front: string[]
  /** Of the processor, on all threads together */
  cpuSeconds: number
  /** That passed */
  seconds: number
}

export interface Budget {
  /** Seconds */
  time: number
  /** Whether they are the processor's, on one thread, or pass on the clock */
  clock: 'wall' | 'processor'
  threads: number
  seed: number
}

/** Halolaw's search with no option that tells of the law. It ends by itself when a formula is exact. */
export async function searchHalolaw({ train }: Drawn, { time, clock, threads, seed }: Budget): Promise<Found> {
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

/** A peer, which keeps its process from law to law. */
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

  /** Searches on one thread for so many seconds of the processor, or until `isLaw` says so of a formula whose fit looks exact to it. */
  async search({ train, noise }: Drawn, { time }: Budget, isLaw: (formula: string) => boolean): Promise<Found> {
    const started = Date.now()
    const columns = [...train.columns.values()].map((values) => [...values])
    const task = { names: [...train.columns.keys()], columns, target: [...train.target], seconds: time, noise }
    this.process.stdin.write(JSON.stringify(task) + '\n')
    for (;;) {
      const line = await this.lines.next()
      if (line.done) throw new Error('the peer ended before it said what it found')
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
