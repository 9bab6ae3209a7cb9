// `npm run bench [-- graph|train|symbolic]`: what Halolaw measures of itself beside a peer on the same machine in the
// same run, and their ratio. Peers are Python programs in bench/peers; HALOLAW_PYTHON names an interpreter that has
// their packages (numpy, scipy, h5py, torch). A peer that is not there is said to be absent.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../src-main/native.ts'
import { benchFormulas } from '../src-main/symbolic/bench.ts'
import { printNumpy, sizeOf } from '../src-main/symbolic/index.ts'
import type { Operator } from '../src-main/symbolic/index.ts'

interface Figure {
  what: string
  unit: string
  value: number
  peer: number | null
}

interface Bench {
  id: string
  peer: { script: string; name: string; args: string[]; input?: () => string }
  figures(ours: never, peer: never | null): Figure[]
}

const root = projectRoot()
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
  {
    id: 'train',
    peer: { script: 'train.py', name: 'PyTorch', args: [] },
    figures: (
      ours: { engines: { id: string; edgesPerSecond: number; gflops: number; shareOfPeak: number }[] },
      peer: { edgesPerSecond: number } | null
    ) =>
      ours.engines.map(({ id, edgesPerSecond, gflops, shareOfPeak }) => ({
        what: `training, ${id} (${gflops.toFixed(0)} GFLOP/s, ${(100 * shareOfPeak).toFixed(0)} % of the peak)`,
        unit: 'edges/s',
        value: edgesPerSecond,
        peer: peer && peer.edgesPerSecond
      }))
  },
  {
    id: 'symbolic',
    peer: { script: 'symbolic.py', name: 'NumPy on the same formulas, one thread', args: [], input: sameFormulas },
    figures: (
      ours: { nodeEvalsPerSecond: Record<'arithmetic' | 'transcendental', number> },
      peer: Record<'arithmetic' | 'transcendental', number> | null
    ) =>
      (['arithmetic', 'transcendental'] as const).map((kind) => ({
        what: `evaluating formulas, ${kind}`,
        unit: 'nodes/s',
        value: ours.nodeEvalsPerSecond[kind],
        peer: peer && peer[kind]
      }))
  }
]

/** The formulas that `halolaw bench symbolic` evaluates, for a peer that speaks NumPy. */
function sameFormulas(): string {
  const arithmetic: Operator[] = ['+', '-', '*', '/']
  const formulas = (operators: Operator[]) =>
    benchFormulas(operators, 200, 25, 2).map((formula) => ({ python: printNumpy(formula), nodes: sizeOf(formula) }))
  return JSON.stringify({
    arithmetic: formulas(arithmetic),
    transcendental: formulas([...arithmetic, 'exp', 'log', 'sin', 'cos', 'sqrt'])
  })
}

function runOurs(id: string): never {
  const cli = join(root, 'out', 'main', 'cli.js')
  const output = execFileSync(process.execPath, [cli, 'bench', id, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
  return JSON.parse(output.toString()) as never
}

/** The peer's figures, or null with a line that says what is missing. */
function runPeer({ script, name, args, input }: Bench['peer']): never | null {
  const python = process.env.HALOLAW_PYTHON ?? 'python3'
  try {
    const env = { ...process.env, OMP_NUM_THREADS: process.env.OMP_NUM_THREADS ?? '2' }
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

function print({ what, unit, value, peer }: Figure, name: string): void {
  const beside = peer === null ? '' : `   ${peer.toExponential(2)} ${name}   ratio ${(value / peer).toFixed(1)}`
  console.log(`  ${what}: ${value.toExponential(2)} ${unit}${beside}`)
}

if (!existsSync(join(root, 'out', 'main', 'cli.js'))) {
  console.error('halolaw: the program has not been built yet; run "npm run build" first.')
  process.exit(1)
}
const wanted = process.argv.slice(2)
const unknown = wanted.find((id) => !benches.some((bench) => bench.id === id))
if (unknown) {
  console.error(`halolaw: there is no benchmark ${unknown}; choose from ${benches.map(({ id }) => id).join(', ')}.`)
  process.exit(2)
}
for (const bench of benches.filter(({ id }) => wanted.length === 0 || wanted.includes(id))) {
  console.log(bench.id)
  for (const figure of bench.figures(runOurs(bench.id), runPeer(bench.peer))) print(figure, bench.peer.name)
}
