// `npm run bench [-- graph|train|symbolic]`: measures Halolaw and a peer in turn on the same machine, and prints their ratio.
// Peers are Python programs in bench/peers; HALOLAW_PYTHON names an interpreter with their packages (numpy, scipy, h5py,
// torch, pyoperon). Missing peers are reported as absent.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { benchWidths } from '../src-main/gnn/index.ts'
import type { BenchWidth, TrainBench } from '../src-main/gnn/index.ts'
import { projectRoot } from '../src-main/native.ts'
import { benchFormulas, type BenchKind, type SymbolicBench } from '../src-main/symbolic/bench.ts'
import { printNumpy, sizeOf } from '../src-main/symbolic/index.ts'
import { besideOperon } from './symbolic-evaluate.ts'

interface Figure {
  what: string
  unit: string
  value: number
  peer: number | null
  /** For memory and time: the ratio is peer / Halolaw. */
  lessIsBetter?: boolean
}

/** A command of Halolaw, its peer, and the figures to compare. */
interface Bench {
  id: string
  /** Arguments of `halolaw bench ID` */
  args?: string[]
  title?: string
  peer: { script: string; name: string; args: string[]; input?: () => string } | null
  figures(ours: never, peer: never | null): Figure[]
}

const root = projectRoot()
const python = process.env.HALOLAW_PYTHON ?? 'python3'
const sample = join(root, 'resources', 'fastpm-500-z0.h5')

const benches: Bench[] = [
  {
    id: 'graph',
    peer: { script: 'graph.py', name: 'scipy cKDTree, one thread', args: [sample, '50', '500'] },
    figures: (ours: { edgesPerSecond: number }, peer: { edges: number; seconds: number } | null) => [
      {
        what: 'edges within 50 Mpc/h',
        unit: 'edges/s',
        value: ours.edgesPerSecond,
        peer: peer && peer.edges / peer.seconds
      }
    ]
  },
  ...(Object.keys(benchWidths) as BenchWidth[]).map(training),
  { id: 'train', title: 'every engine here', peer: null, figures: engineFigures },
  {
    id: 'symbolic',
    peer: { script: 'symbolic.py', name: 'NumPy on the same formulas, one thread', args: [], input: sameFormulas },
    figures: ({ nodeEvalsPerSecond, threaded, small }: SymbolicBench, peer: Record<BenchKind, number> | null) => [
      ...(['arithmetic', 'transcendental'] as const).flatMap((kind) => [
        {
          what: `evaluating formulas, ${kind}, one thread`,
          unit: 'nodes/s',
          value: nodeEvalsPerSecond[kind],
          peer: peer && peer[kind]
        },
        {
          what: `evaluating formulas, ${kind}, ${threaded.threads} threads`,
          unit: 'nodes/s',
          value: threaded[kind],
          peer: null
        }
      ]),
      { what: `${small.text} on ${small.rows} rows`, unit: 'us', value: small.microseconds, peer: null }
    ]
  }
]

interface TrainPeer {
  stepsPerSecond: number
  edgesPerSecond: number
  cpuSecondsPerStep: number
  peakRssMB: number
  trainingRssMB: number | null
}

function engineFigures({ engines }: Pick<TrainBench, 'engines'>): Figure[] {
  return engines.map(({ id, edgesPerSecond, gflops, shareOfPeak }) => ({
    what: `training, ${id} (${gflops.toPrecision(3)} GFLOP/s, ${(100 * shareOfPeak).toFixed(0)} % of its peak)`,
    unit: 'edges/s',
    value: edgesPerSecond,
    peer: null
  }))
}

/** A step over 131,072 edges on the CPU: the same network, batch, threads and precision on both sides. */
function training(width: BenchWidth): Bench {
  const { edgeHidden, nodeHidden, messageWidth } = benchWidths[width]
  const threads = availableParallelism()
  const network = ['--edge', ...edgeHidden, '--messages', messageWidth, '--node', ...nodeHidden, '--threads', threads]
  return {
    id: 'train',
    title: `${width}, ${threads} threads`,
    args: ['--width', width, '--engine', 'cpu', '--threads', `${threads}`],
    peer: { script: 'train.py', name: 'PyTorch', args: network.map(String) },
    figures({ engines: [cpu], peakRssMB, trainingRssMB }: TrainBench, peer: TrainPeer | null) {
      const percent = (100 * cpu.shareOfPeak).toFixed(0)
      return [
        {
          what: `training (${cpu.gflops.toPrecision(3)} GFLOP/s, ${percent} % of the peak)`,
          unit: 'steps/s',
          value: cpu.edgesPerSecond / cpu.edgesPerStep,
          peer: peer && peer.stepsPerSecond
        },
        {
          what: 'CPU time of a step',
          unit: 's',
          value: cpu.cpuSecondsPerStep,
          peer: peer && peer.cpuSecondsPerStep,
          lessIsBetter: true
        },
        {
          what: 'peak memory of the process',
          unit: 'MB',
          value: peakRssMB,
          peer: peer && peer.peakRssMB,
          lessIsBetter: true
        },
        {
          what: 'of this, by training',
          unit: 'MB',
          value: trainingRssMB,
          peer: peer && peer.trainingRssMB,
          lessIsBetter: true
        }
      ]
    }
  }
}

/** The formulas of `halolaw bench symbolic`, for a NumPy peer. */
function sameFormulas(): string {
  const formulas = (kind: BenchKind): object[] =>
    benchFormulas(kind, 200).map((formula) => ({ python: printNumpy(formula), nodes: sizeOf(formula) }))
  return JSON.stringify({ arithmetic: formulas('arithmetic'), transcendental: formulas('transcendental') })
}

function runOurs({ id, args = [] }: Bench): never {
  const cli = join(root, 'out', 'main', 'cli.js')
  const output = execFileSync(process.execPath, [cli, 'bench', id, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  return JSON.parse(output.toString()) as never
}

/** The peer's figures, or null after a line that says what is missing. */
function runPeer({ script, name, args, input }: NonNullable<Bench['peer']>): never | null {
  try {
    const env = { ...process.env, OMP_NUM_THREADS: process.env.OMP_NUM_THREADS ?? `${availableParallelism()}` }
    const output = execFileSync(python, [join(root, 'bench', 'peers', script), ...args], {
      input: input?.() ?? '',
      stdio: ['pipe', 'pipe', 'pipe'],
      env
    })
    return JSON.parse(output.toString()) as never
  } catch (error) {
    const stderr = (error as { stderr?: Buffer }).stderr?.toString().trim().split('\n').at(-1)
    console.log(`  ${name} is absent: ${stderr || (error as Error).message}`)
    return null
  }
}

function print({ what, unit, value, peer, lessIsBetter }: Figure, name: string): void {
  const figure = (x: number): string => (x >= 0.01 && x < 1e4 ? x.toPrecision(3) : x.toExponential(2))
  const ratio = peer === null ? 0 : lessIsBetter ? peer / value : value / peer
  const beside = peer === null ? '' : `   ${figure(peer)} ${name}   ratio ${ratio.toFixed(1)}`
  console.log(`  ${what}: ${figure(value)} ${unit}${beside}`)
}

if (!existsSync(join(root, 'out', 'main', 'cli.js'))) {
  console.error('halolaw: the program is not built yet; run "npm run build" first.')
  process.exit(1)
}
const requested = process.argv.slice(2)
const unknown = requested.find((id) => !benches.some((bench) => bench.id === id))
if (unknown) {
  console.error(`halolaw: there is no benchmark ${unknown}; choose from ${benches.map(({ id }) => id).join(', ')}.`)
  process.exit(2)
}
for (const bench of benches.filter(({ id }) => requested.length === 0 || requested.includes(id))) {
  console.log(bench.title ? `${bench.id}: ${bench.title}` : bench.id)
  const ours = runOurs(bench)
  const peer = bench.peer && runPeer(bench.peer)
  for (const figure of bench.figures(ours, peer)) print(figure, bench.peer?.name ?? '')
  if (bench.id === 'symbolic') await printOperon()
}

async function printOperon(): Promise<void> {
  try {
    for (const { kind, threads, halolaw, operon } of await besideOperon(python))
      for (const [by, what] of [
        ['clock', `1000 trees x 12,800 rows, ${kind}, ${threads} thread${threads > 1 ? 's' : ''}`],
        ['core', '  per core of CPU time']
      ] as const)
        print({ what, unit: 'nodes/s', value: halolaw[by], peer: operon[by] }, 'Operon, in turn')
  } catch (error) {
    console.log(`  Operon is absent: ${(error as Error).message}`)
  }
}
