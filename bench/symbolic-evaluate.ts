// Node evaluations a second on one thread, ours beside Operon's on the same 1000 trees x 12,800 rows in single precision:
//   node bench/symbolic-evaluate.ts [PYTHON with pyoperon]
import { spawnSync } from 'node:child_process'
import { Random } from '../src-main/random.ts'
import { benchFormulas } from '../src-main/symbolic/bench.ts'
import { compile, printText, sizeOf, type Operator } from '../src-main/symbolic/index.ts'
import { timeProgram } from '../src-main/symbolic/native-evaluate.ts'

const rows = 12_800
const names = ['x', 'y', 'z', 'u', 'v']
const random = new Random(1)
const columns = names.map(() => Float64Array.from({ length: rows }, () => 0.5 + random.uniform()))
const arithmetic: Operator[] = ['+', '-', '*', '/']
const kinds = { arithmetic, transcendental: [...arithmetic, 'exp', 'log', 'sin', 'cos', 'sqrt'] as Operator[] }

for (const [kind, operators] of Object.entries(kinds)) {
  const formulas = benchFormulas(operators, 1000, 25, 2)
  const nodes = formulas.reduce((sum, formula) => sum + sizeOf(formula), 0)
  const programs = formulas.map((formula) => compile(formula, names))
  const pass = (): number => programs.reduce((sum, program) => sum + timeProgram(program, columns, rows, 1), 0)
  const seconds = Math.min(...[0, 1, 2, 3, 4].map(pass))
  const own = (nodes * rows) / seconds
  console.log(`${kind}: ${(own / 1e9).toFixed(2)} G node evaluations/s on one thread`)
  const python = process.argv[2]
  if (!python) continue
  const input = JSON.stringify({
    rows,
    threads: 1,
    formulas: formulas.map((f) => ({ text: printText(f), nodes: sizeOf(f) }))
  })
  const peer = spawnSync(python, ['bench/peers/operon_evaluate.py'], { input, encoding: 'utf8', maxBuffer: 1e8 })
  if (peer.status !== 0) {
    console.log(`  Operon did not run: ${peer.stderr.trim().split('\n').at(-1)}`)
    continue
  }
  const { nodesPerSecond } = JSON.parse(peer.stdout) as { nodesPerSecond: number }
  console.log(`  Operon: ${(nodesPerSecond / 1e9).toFixed(2)} G/s; ratio ${(own / nodesPerSecond).toFixed(2)}`)
}
