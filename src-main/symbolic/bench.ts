import { Random } from '../random.ts'
import { sizeOf, type Expression } from './expression.ts'
import { timeProgram } from './native-evaluate.ts'
import { compile } from './program.ts'
import { randomTree, vocabularyOf } from './variation.ts'
import { toExpression } from './genome.ts'
import type { Operator } from './expression.ts'

const names = ['x', 'y', 'z', 'u', 'v']

/** Random formulas of about `size` nodes over five variables. */
export function benchFormulas(operators: readonly Operator[], count: number, size: number, seed: number): Expression[] {
  const random = new Random(seed)
  const vocabulary = vocabularyOf(operators, names.length)
  const formulas: Expression[] = []
  while (formulas.length < count) {
    const formula = toExpression(randomTree(random, vocabulary, size), names)
    if (sizeOf(formula) >= size / 2) formulas.push(formula)
  }
  return formulas
}

/**
 * Node evaluations a second on one thread, in 32-bit floats: 200 random formulas of about 25 nodes on 12,800 rows, arithmetic
 * alone and with exp, log, sin, cos and sqrt. Leaves count as nodes, as in Operon's benchmark.
 */
export function benchSymbolic(): { nodeEvalsPerSecond: { arithmetic: number; transcendental: number } } {
  const rows = 12_800
  const random = new Random(1)
  const columns = names.map(() => Float64Array.from({ length: rows }, () => 0.5 + random.uniform()))
  const rate = (operators: readonly Operator[]): number => {
    let nodes = 0
    let seconds = 0
    for (const formula of benchFormulas(operators, 200, 25, 2)) {
      const program = compile(formula, names)
      timeProgram(program, columns, rows, 1)
      seconds += timeProgram(program, columns, rows, 5)
      nodes += 5 * program.code.length
    }
    return (nodes * rows) / seconds
  }
  const arithmetic: Operator[] = ['+', '-', '*', '/']
  return {
    nodeEvalsPerSecond: {
      arithmetic: rate(arithmetic),
      transcendental: rate([...arithmetic, 'exp', 'log', 'sin', 'cos', 'sqrt'])
    }
  }
}
