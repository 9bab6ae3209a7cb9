// Fits per CPU second on one thread: random formulas of 5 to 20 nodes, with constants fitted to 1000 noisy rows, alternating
// between 64 bits and the search's first fit (32 bits if they suffice):
//   node bench/symbolic-fit.ts
import { Random } from '../src-main/random.ts'
import { FitTable } from '../src-main/symbolic/fit/fitting.ts'
import { randomTree } from '../src-main/symbolic/search/mutate.ts'
import { vocabularyOf } from '../src-main/symbolic/language/vocabulary.ts'
import { opcodes } from '../src-main/symbolic/language/program.ts'
import { foldConstants, type Genome } from '../src-main/symbolic/language/genome.ts'
import type { Operator } from '../src-main/symbolic/index.ts'

const rows = 1000
const arithmetic: Operator[] = ['+', '-', '*', '/']
const kinds: Record<string, Operator[]> = {
  arithmetic,
  'with exp, log, sin, cos, sqrt': [...arithmetic, 'exp', 'log', 'sin', 'cos', 'sqrt'],
  'with powers': [...arithmetic, '^', 'exp', 'log', 'sqrt']
}
const random = new Random(3)
const column = (): Float64Array => Float64Array.from({ length: rows }, () => 1 + 2 * random.uniform())
const columns = [column(), column(), column()]
const target = columns[0].map((x, i) => (x * columns[1][i]) / (1 + columns[2][i] ** 1.5) + 0.05 * random.normal())

for (const loss of ['mse', 'mae'] as const) {
  const table = new FitTable(columns, target, null, { kind: loss })
  const first = table.firstFit?.bind(table)
  for (const [kind, operators] of Object.entries(kinds)) {
    const vocabulary = vocabularyOf(operators, columns.length)
    const genomes = Array.from({ length: 2000 }, () =>
      foldConstants(randomTree(random, vocabulary, 5 + random.integer(16)), table.userOperators)
    ).filter(({ ops }) => ops.includes(opcodes.parameter))
    const pass = (fit: (genome: Genome) => unknown): number => {
      const copies = genomes.map(({ ops, args }) => ({ ops, args: args.slice() }))
      const { user } = process.cpuUsage()
      for (const genome of copies) fit(genome)
      return (process.cpuUsage().user - user) / 1e6
    }
    const full: number[] = []
    const single: number[] = []
    for (let k = 0; k < 5; k++) {
      full.push(pass((genome) => table.fit(genome, 'scaled', 6, 1e-3)))
      if (first) single.push(pass((genome) => first(genome, 'scaled', 6, 1e-3)))
    }
    const rate = (times: number[]): number => genomes.length / Math.min(...times)
    console.log(
      `${loss}, ${kind}: ${rate(full).toFixed(0)} fits/s in 64 bits, ${rate(single).toFixed(0)} in the first fit, ` +
        `ratio ${(rate(single) / rate(full)).toFixed(2)}`
    )
  }
}
