// Recovers known laws: npm run bench:symbolic -- [PROBLEMS.json] [--time 60] [--threads 2] [--noise 0.01] [--only name,name] [--every 4]
//   [--seed 0] [--out results.json]
// A law counts as recovered when the chosen formula agrees with it to 1e-6 on fresh rows that reach half a range beyond the
// training rows; with noise, once its constants are refitted to clean rows. Results are written after each problem; started again with the same --out, it goes on where it stopped.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../src-main/random.ts'
import { evaluate, parse, printText, searchSymbolic, type Expression } from '../src-main/symbolic/index.ts'

import { FitTable } from '../src-main/symbolic/fitting.ts'
import { refit } from '../src-main/symbolic/polish.ts'

interface Problem {
  name: string
  formula: string
  variables: { name: string; low: number; high: number }[]
}

interface Outcome {
  name: string
  /** The chosen formula is the law */
  recovered: boolean
  /** Some formula of the front is the law */
  onFront: boolean
  seconds: number
  cpuSeconds: number
  evaluations: number
  relativeLoss: number
  found: string
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    time: { type: 'string', default: '60' },
    threads: { type: 'string', default: '2' },
    noise: { type: 'string', default: '0' },
    only: { type: 'string' },
    every: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    seed: { type: 'string', default: '0' },
    out: { type: 'string', default: 'symbolic-results.json' }
  }
})

const beside = join(import.meta.dirname, '../../shared/data/sr-problems.json')
const file = positionals[0] ?? (existsSync(beside) ? beside : undefined)
if (file === undefined) {
  console.error('Name the file of problems: npm run bench:symbolic -- PROBLEMS.json')
  process.exit(2)
}
const problems = JSON.parse(readFileSync(file, 'utf8')) as Problem[]
const chosen = problems.filter(({ name }, k) =>
  options.only ? options.only.split(',').includes(name) : k % Number(options.every) === Number(options.first)
)
const done: Outcome[] = existsSync(options.out) ? (JSON.parse(readFileSync(options.out, 'utf8')) as Outcome[]) : []

for (const problem of chosen) {
  if (done.some(({ name }) => name === problem.name)) continue
  const outcome = await solve(problem)
  done.push(outcome)
  writeFileSync(options.out, JSON.stringify(done, null, 1))
  const mark = outcome.recovered ? 'law  ' : outcome.onFront ? 'front' : '-    '
  console.log(
    `${mark} ${problem.name.padEnd(16)} ${outcome.seconds.toFixed(1).padStart(5)} s  ${outcome.relativeLoss.toExponential(1)}  ${outcome.found.slice(0, 110)}`
  )
}
const recovered = done.filter((o) => o.recovered).length
console.log(
  `${recovered} of ${done.length} laws recovered (${((100 * recovered) / done.length).toFixed(0)} %), ${done.filter((o) => o.onFront).length} on the front`
)

async function solve(problem: Problem): Promise<Outcome> {
  const law = parse(problem.formula)
  const random = new Random(Number(options.seed) + 17)
  const train = draw(problem, law, 1000, 0, random)
  const spread = deviation(train.target)
  const target = train.target.map((y) => y + Number(options.noise) * spread * random.normal())
  const cpu = process.cpuUsage()
  const { best, front, evaluations, seconds } = await searchSymbolic(
    { variables: problem.variables.map(({ name }) => ({ name, values: train.columns.get(name)! })), target },
    { time: Number(options.time) },
    { seed: Number(options.seed), threads: Number(options.threads) }
  )
  const used = process.cpuUsage(cpu)
  const fresh = draw(problem, law, 500, 0.5, random)
  // with noise the constants cannot be exact: the form is right when refitting them to clean rows makes it so
  const names = problem.variables.map(({ name }) => name)
  const clean = new FitTable(
    names.map((name) => train.columns.get(name)!),
    train.target,
    null,
    { kind: 'mse' }
  )
  const form = (found: Expression): Expression =>
    Number(options.noise) > 0 ? refit(found, clean, names, 100).expression : found
  return {
    name: problem.name,
    recovered: agrees(form(best.expression), fresh),
    onFront: front.some(({ expression }) => agrees(form(expression), fresh)),
    seconds,
    cpuSeconds: (used.user + used.system) / 1e6,
    evaluations,
    relativeLoss: best.loss / spread ** 2,
    found: printText(best.expression, { digits: 6 })
  }
}

interface Rows {
  columns: Map<string, Float64Array>
  target: Float64Array
}

/** Uniform rows on which the law is finite, up to `beyond` ranges past the upper ends. */
function draw(problem: Problem, law: Expression, rows: number, beyond: number, random: Random): Rows {
  const sampled = problem.variables.map(({ low, high }) =>
    Float64Array.from({ length: 4 * rows }, () => low + (high - low) * (1 + beyond) * random.uniform())
  )
  const all = new Map(problem.variables.map(({ name }, k) => [name, sampled[k]]))
  const values = evaluate(law, all, 4 * rows)
  const keep = [...values.keys()].filter((i) => Number.isFinite(values[i])).slice(0, rows)
  const take = (column: Float64Array): Float64Array => Float64Array.from(keep, (i) => column[i])
  return { columns: new Map([...all].map(([name, column]) => [name, take(column)])), target: take(values) }
}

function agrees(found: Expression, { columns, target }: Rows): boolean {
  const size = Math.sqrt(target.reduce((sum, y) => sum + y * y, 0) / target.length)
  return evaluate(found, columns, target.length).every(
    (v, i) => Math.abs(v - target[i]) <= 1e-6 * Math.max(size, Math.abs(target[i]))
  )
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length)
}
