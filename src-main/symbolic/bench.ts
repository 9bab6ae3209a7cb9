import { Random } from '../random.ts'
import { sizeOf, type Expression, type Operator } from './language/expression.ts'
import { toExpression } from './language/genome.ts'
import { timePrograms, type Timing } from './language/native-evaluate.ts'
import { parse } from './language/parse.ts'
import { compile, type Program } from './language/program.ts'
import { randomTree } from './search/mutate.ts'
import { vocabularyOf } from './language/vocabulary.ts'

const names = ['x', 'y', 'z', 'u', 'v']
const arithmetic: readonly Operator[] = ['+', '-', '*', '/']

/** The work of an evaluator benchmark: formulas of these operators, on this many rows. */
export const benchRows = 12_800
export const benchOperators = {
  arithmetic,
  transcendental: [...arithmetic, 'exp', 'log', 'sin', 'cos', 'sqrt']
} as const satisfies Record<string, readonly Operator[]>
export type BenchKind = keyof typeof benchOperators

/** Random formulas of about 25 nodes over five variables. */
export function benchFormulas(kind: BenchKind, count: number): Expression[] {
  const size = 25
  const random = new Random(2)
  const vocabulary = vocabularyOf(benchOperators[kind], names.length)
  const formulas: Expression[] = []
  while (formulas.length < count) {
    const formula = toExpression(randomTree(random, vocabulary, size), names)
    if (sizeOf(formula) >= size / 2) formulas.push(formula)
  }
  return formulas
}

/** Formulas prepared for repeated evaluation in 32-bit floats. */
export class EvaluationBench {
  /** Nodes of all formulas times rows, for one pass. Leaves count as nodes, as in Operon's benchmark. */
  readonly nodeEvaluations: number
  private readonly programs: Program[]
  private readonly rows: number
  private readonly columns: Float64Array[]

  constructor(formulas: readonly Expression[], rows: number) {
    const random = new Random(1)
    this.rows = rows
    this.columns = names.map(() => Float64Array.from({ length: rows }, () => 0.5 + random.uniform()))
    this.programs = formulas.map((formula) => compile(formula, names))
    this.nodeEvaluations = formulas.reduce((sum, formula) => sum + sizeOf(formula), 0) * rows
  }

  pass(threads = 1): Timing {
    return timePrograms(this.programs, this.columns, this.rows, threads)
  }
}

export interface SymbolicBench {
  /** On one thread */
  nodeEvalsPerSecond: Record<BenchKind, number>
  /** On all allowed threads */
  threaded: { threads: number } & Record<BenchKind, number>
  /** One evaluation of a formula for which SymbolicRegression.jl publishes 1.8 us */
  small: { text: string; rows: number; microseconds: number }
}

/**
 * Measures how fast formulas are evaluated: 200 random ones on 12,800 rows, and a small one on 200 rows. Each result is the best of
 * several passes.
 */
export function benchSymbolic(threads: number): SymbolicBench {
  const benches = (Object.keys(benchOperators) as BenchKind[]).map(
    (kind) => [kind, new EvaluationBench(benchFormulas(kind, 200), benchRows)] as const
  )
  const rates = (threads: number): Record<BenchKind, number> =>
    Object.fromEntries(
      benches.map(([kind, bench]) => [kind, bench.nodeEvaluations / best(8, () => bench.pass(threads).seconds)])
    ) as Record<BenchKind, number>
  const text = 'x * y + cos(z)'
  const repeats = 10_000
  const small = new EvaluationBench(Array<Expression>(repeats).fill(parse(text)), 200)
  return {
    nodeEvalsPerSecond: rates(1),
    threaded: { threads, ...rates(threads) },
    small: { text, rows: 200, microseconds: (1e6 * best(5, () => small.pass().seconds)) / repeats }
  }
}

function best(passes: number, seconds: () => number): number {
  return Math.min(...Array.from({ length: passes }, seconds))
}
