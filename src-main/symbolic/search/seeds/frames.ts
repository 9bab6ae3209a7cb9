import type { Operator } from '../../language/expression.ts'
import { column, join, type Genome } from '../../language/genome.ts'
import { opcodeOf } from '../../language/program.ts'
import type { Vocabulary } from '../../language/vocabulary.ts'

/** Opcodes of functions whose argument a completion can find. */
export const invertible = (['exp', 'log', 'sin', 'cos', 'tanh', 'asin', 'acos', 'sqrt', 'inv', 'square'] as const).map(
  opcodeOf
)

/** Frames of two variables, and of their sums and differences, are built only up to these numbers of variables. */
const pairsUpTo = 10
const sumsUpTo = 5

/**
 * Small frames around a hole X, which is their first node: g(X), v * g(X), g(X) / v, g(X) + v, (v / w) * g(X), v * w * g(X) and (v + w)
 * * g(X), where g is a function or the identity, and v and w are variables.
 */
export function seedFrames({ unary, binary, variables }: Vocabulary): Genome[] {
  const codeOf = (op: Operator): number | null => (binary.includes(opcodeOf(op)) ? opcodeOf(op) : null)
  const [add, subtract, multiply, divide] = [codeOf('+'), codeOf('-'), codeOf('*'), codeOf('/')]
  const hole = column(0)
  const inner = [hole, ...unary.filter((op) => invertible.includes(op)).map((op) => join(op, hole))]
  const frames = [...inner]
  const around = (op: number | null, other: Genome): void => {
    if (op !== null) for (const g of inner) frames.push(join(op, g, other))
  }
  for (let v = 0; v < variables; v++) for (const op of [multiply, divide, add]) around(op, column(v))
  if (variables > pairsUpTo || multiply === null || divide === null) return frames
  const few = variables <= sumsUpTo
  for (let v = 0; v < variables; v++)
    for (let w = 0; w < variables; w++) {
      if (w !== v) around(multiply, join(divide, column(v), column(w)))
      if (w >= v) around(multiply, join(multiply, column(v), column(w)))
      if (w > v && few && add !== null) around(multiply, join(add, column(v), column(w)))
      if (w > v && few && subtract !== null) around(multiply, join(subtract, column(v), column(w)))
    }
  return frames
}
