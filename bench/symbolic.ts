// Recovers known laws: npm run bench:symbolic -- [PROBLEMS.json] [--engine halolaw|operon|gplearn] [--noise 0.01] ...
//   --time 60 --clock wall|processor --threads 2   the budget per law; peers use CPU time on one thread
//   --only name,name   --every 4 --first 0   --seed 0
//   --python FILE      an interpreter with pyoperon and gplearn (default HALOLAW_PYTHON)
//   --out DIR          one file per engine, noise and budget, written after each law; a restart continues there
//   --judge            judges the stored formulas again, without searching
// All engines get the same rows and the same judge (law-judge.ts). The table of all files in DIR is printed, and written to
// DIR/table.md.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Peer, searchHalolaw, type Budget } from './law-engines.ts'
import { judgeOf } from './law-judge.ts'
import { drawProblem, type Problem } from './law-problems.ts'
import { lawTable, type Outcome, type Run } from './law-table.ts'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engine: { type: 'string', default: 'halolaw' },
    time: { type: 'string', default: '60' },
    clock: { type: 'string', default: 'processor' },
    threads: { type: 'string', default: '1' },
    noise: { type: 'string', default: '0' },
    only: { type: 'string' },
    every: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    seed: { type: 'string', default: '0' },
    python: { type: 'string', default: process.env.HALOLAW_PYTHON ?? 'python3' },
    out: { type: 'string', default: 'symbolic-results' },
    judge: { type: 'boolean', default: false }
  }
})

const beside = join(import.meta.dirname, '../../shared/data/sr-problems.json')
const file = positionals[0] ?? (existsSync(beside) ? beside : undefined)
if (file === undefined) fail('The file of problems is missing; give it: npm run bench:symbolic -- PROBLEMS.json')
const problems = JSON.parse(readFileSync(file, 'utf8')) as Problem[]
const { engine, clock } = options
if (engine !== 'halolaw' && engine !== 'operon' && engine !== 'gplearn')
  fail(`There is no engine "${engine}"; choose halolaw, operon or gplearn.`)
if (clock !== 'wall' && clock !== 'processor') fail(`There is no clock "${clock}"; choose wall or processor.`)

mkdirSync(options.out, { recursive: true })
if (options.judge) for (const name of resultFiles()) judgeAgain(join(options.out, name))
else await recover({ time: Number(options.time), clock, threads: Number(options.threads), seed: Number(options.seed) })
const table = lawTable(resultFiles().map((name) => readRun(join(options.out, name))))
writeFileSync(join(options.out, 'table.md'), table)
console.log(table)

async function recover(budget: Budget): Promise<void> {
  const { time, threads, seed } = budget
  const noise = Number(options.noise)
  const path = join(options.out, `${engine}-noise-${noise}-${time}s-${clock}-${threads}-seed-${seed}.json`)
  const run: Run = existsSync(path) ? readRun(path) : { engine, noise, ...budget, laws: [] }
  const chosen = problems.filter(({ name }, k) =>
    options.only ? options.only.split(',').includes(name) : k % Number(options.every) === Number(options.first)
  )
  const peer = engine === 'halolaw' ? null : new Peer(options.python, engine as 'operon' | 'gplearn')
  for (const problem of chosen) {
    if (run.laws.some(({ name }) => name === problem.name)) continue
    const sample = drawProblem(problem, noise, seed)
    const isLaw = judgeOf(sample)
    const result = await (peer ? peer.search(sample, budget, isLaw) : searchHalolaw(sample, budget))
    const outcome = { name: problem.name, recovered: isLaw(result.best), onFront: result.front.some(isLaw), ...result }
    run.laws.push(outcome)
    writeFileSync(path, JSON.stringify(run, null, 1))
    console.error(lineOf(outcome))
  }
  peer?.close()
}

function judgeAgain(path: string): void {
  const run = readRun(path)
  for (const law of run.laws) {
    const problem = problems.find(({ name }) => name === law.name)
    if (!problem)
      fail(`${path} contains the law "${law.name}", but ${file} does not; give the file that it was searched with.`)
    const isLaw = judgeOf(drawProblem(problem, run.noise, run.seed))
    Object.assign(law, { recovered: isLaw(law.best), onFront: law.front.some(isLaw) })
  }
  writeFileSync(path, JSON.stringify(run, null, 1))
}

function lineOf({ name, recovered, onFront, cpuSeconds, best }: Outcome): string {
  const mark = recovered ? 'law  ' : onFront ? 'front' : '-    '
  return `${mark} ${name.padEnd(16)} ${cpuSeconds.toFixed(1).padStart(5)} s  ${best.slice(0, 110)}`
}

function resultFiles(): string[] {
  return readdirSync(options.out).filter((name) => name.endsWith('.json'))
}

function readRun(path: string): Run {
  return JSON.parse(readFileSync(path, 'utf8')) as Run
}

function fail(sentence: string): never {
  console.error(sentence)
  process.exit(2)
}
