// Recovers known laws: npm run bench:symbolic -- [PROBLEMS.json] [--engine halolaw|operon|gplearn] [--noise 0.01] ...
//   --time 60 --clock wall|processor --threads 2   the budget of a law; peers take it on one thread, by the processor
//   --only name,name   --every 4 --first 0   --seed 0
//   --python FILE      the interpreter that has pyoperon and gplearn (default HALOLAW_PYTHON)
//   --out DIR          one file an engine, noise and budget, written after each law: started again, it goes on where it stopped
//   --judge            judges anew what the files hold, and searches nothing
// All engines get the same rows, and one judge (law-judge.ts) says what is the law. The table of all files in DIR is printed, and
// written to DIR/table.md.
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
if (file === undefined) fail('Name the file of problems: npm run bench:symbolic -- PROBLEMS.json')
const problems = JSON.parse(readFileSync(file, 'utf8')) as Problem[]
const { engine, clock } = options
if (engine !== 'halolaw' && engine !== 'operon' && engine !== 'gplearn')
  fail(`There is no engine "${engine}"; there are halolaw, operon and gplearn.`)
if (clock !== 'wall' && clock !== 'processor') fail(`The clock is "${clock}"; it is wall or processor.`)

mkdirSync(options.out, { recursive: true })
if (options.judge) for (const name of resultFiles()) judgeAnew(join(options.out, name))
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
    const drawn = drawProblem(problem, noise, seed)
    const isLaw = judgeOf(drawn)
    const found = await (peer ? peer.search(drawn, budget, isLaw) : searchHalolaw(drawn, budget))
    const outcome = { name: problem.name, recovered: isLaw(found.best), onFront: found.front.some(isLaw), ...found }
    run.laws.push(outcome)
    writeFileSync(path, JSON.stringify(run, null, 1))
    console.error(lineOf(outcome))
  }
  peer?.close()
}

function judgeAnew(path: string): void {
  const run = readRun(path)
  for (const law of run.laws) {
    const problem = problems.find(({ name }) => name === law.name)
    if (!problem) fail(`${path} has the law "${law.name}", which ${file} has not.`)
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
