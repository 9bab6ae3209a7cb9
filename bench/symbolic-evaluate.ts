// Node evaluations per second of Halolaw and Operon on the same 1000 trees x 12,800 rows in single precision, on one thread and
// two. Their passes alternate, so that other work on the machine affects both:
//   node bench/symbolic-evaluate.ts PYTHON      (one that has pyoperon; `npm run bench -- symbolic` runs it too)
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  benchFormulas,
  benchOperators,
  benchRows,
  EvaluationBench,
  type BenchKind
} from '../src-main/symbolic/bench.ts'
import { printText, sizeOf } from '../src-main/symbolic/index.ts'
import type { Timing } from '../src-main/symbolic/language/native-evaluate.ts'

export interface BesideOperon {
  kind: BenchKind
  threads: number
  /** Node evaluations per second, of wall-clock time and of CPU time per core, which other work affects less */
  halolaw: Rate
  operon: Rate
}

interface Rate {
  clock: number
  core: number
}

const passes = 7

/** @throws Error with the peer's last line of output if it does not run */
export async function besideOperon(python: string): Promise<BesideOperon[]> {
  const table: BesideOperon[] = []
  for (const kind of Object.keys(benchOperators) as BenchKind[]) {
    const formulas = benchFormulas(kind, 1000)
    const bench = new EvaluationBench(formulas, benchRows)
    const peer = new Peer(python, {
      rows: benchRows,
      formulas: formulas.map((formula) => ({ text: printText(formula), nodes: sizeOf(formula) }))
    })
    try {
      await peer.pass(1)
      for (const threads of [1, 2]) {
        const [ours, theirs]: [Timing[], Timing[]] = [[], []]
        for (let k = 0; k < passes; k++) {
          ours.push(bench.pass(threads))
          theirs.push(await peer.pass(threads))
        }
        table.push({ kind, threads, halolaw: rateOf(ours, bench), operon: rateOf(theirs, bench) })
      }
    } finally {
      peer.end()
    }
  }
  return table
}

function rateOf(timings: readonly Timing[], { nodeEvaluations }: EvaluationBench): Rate {
  const least = (of: (timing: Timing) => number): number => nodeEvaluations / Math.min(...timings.map(of))
  return { clock: least((t) => t.seconds), core: least((t) => t.processorSeconds) }
}

/** Operon in a separate process, which evaluates all trees once for each line with a number of threads. */
class Peer {
  private readonly child
  private readonly answers
  private words = ''

  constructor(python: string, request: object) {
    this.child = spawn(python, [join(import.meta.dirname, 'peers', 'operon_evaluate.py')])
    this.child.stderr.on('data', (data: Buffer) => (this.words += data.toString()))
    this.child.stdin.on('error', () => undefined) // pass() reports the exit
    this.child.on('error', (error) => (this.words += error.message))
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
    this.child.stdin.write(`${JSON.stringify(request)}\n`)
  }

  async pass(threads: number): Promise<Timing> {
    this.child.stdin.write(`${threads}\n`)
    const { done, value } = await this.answers.next()
    if (done) throw new Error(this.words.trim().split('\n').at(-1))
    return JSON.parse(value) as Timing
  }

  end(): void {
    this.child.stdin.end()
  }
}

if (import.meta.main) {
  const python = process.argv[2]
  if (!python) {
    console.error('Name a Python that has pyoperon: node bench/symbolic-evaluate.ts PYTHON')
    process.exit(2)
  }
  const giga = (rate: number): string => (rate / 1e9).toFixed(2)
  for (const { kind, threads, halolaw, operon } of await besideOperon(python))
    console.log(
      `${kind}, ${threads} thread${threads > 1 ? 's' : ''}: ${giga(halolaw.clock)} G nodes/s (${giga(halolaw.core)} per core), ` +
        `Operon ${giga(operon.clock)} (${giga(operon.core)}); ratio ${(halolaw.clock / operon.clock).toFixed(2)} ` +
        `(${(halolaw.core / operon.core).toFixed(2)})`
    )
}
