import {
  call,
  complexity,
  constant,
  formOf,
  operators as arities,
  paperWeights,
  variable,
  variablesOf,
  type Expression,
  type Operator
} from '../../symbolic/index.ts'
import { composeLaw, lawComplexity, lawConstants, withLawConstants, type GraphLaw } from '../graph-law.ts'
import { isSensible, tidy } from '../rewrite/tidy.ts'

/** What the laws of an enumeration are made of, besides constants */
export interface LawGrammar {
  /** Variables of the message */
  pair: readonly string[]
  /** Variables of the node function, without the sum */
  node: readonly string[]
  operators: readonly Operator[]
}

/**
 * How many trees of message and node have together at most this complexity, before equal laws are counted once: an upper bound
 * that takes no time.
 */
export function countTrees(grammar: LawGrammar, most: number): number {
  const message = treeCounts(grammar.pair.length + 1, grammar.operators, most)
  const node = treeCounts(grammar.node.length + 2, grammar.operators, most)
  let count = 0
  for (let k = 1; k < most; k++) for (let m = 1; k + m <= most; m++) count += node[k] * message[m]
  return count
}

function treeCounts(leaves: number, operators: readonly Operator[], most: number): number[] {
  const counts = new Array<number>(most + 1).fill(0)
  for (let size = 1; size <= most; size++) {
    counts[size] = size === 1 ? leaves : 0
    for (const op of operators) {
      const left = size - weightOf(op)
      if (arities[op] === 1) counts[size] += left > 0 ? counts[left] : 0
      else for (let a = 1; a < left; a++) counts[size] += (counts[a] * counts[left - a]) / (isSymmetric(op) ? 2 : 1)
    }
  }
  return counts
}

const weightOf = (op: Operator): number => paperWeights.operators?.[op] ?? 1
const isSymmetric = (op: Operator): boolean => op === '+' || op === '*'

/**
 * Every law of one sum whose message and node function have together a complexity from 2 to `most`, by the paper's weights, simplest
 * first. Laws with the same canonical form (see form.ts) are given once, with constants of 1.
 */
export function* enumerateLaws(grammar: LawGrammar, most: number): Generator<GraphLaw> {
  const { pair, node, operators } = grammar
  const messages = treesOf([constant(1, 'C'), ...pair.map((name) => variable(name))], operators, most - 1)
  const nodes = treesOf(
    [constant(1, 'C'), variable('e1'), ...node.map((name) => variable(name))],
    operators,
    most - 1
  ).map((trees) => trees.filter((tree) => variablesOf(tree).includes('e1')))
  const seen = new Set<string>()
  for (let total = 2; total <= most; total++)
    for (let size = 1; size < total; size++)
      for (const node of nodes[size])
        for (const message of messages[total - size]) {
          if (variablesOf(message).length === 0) continue
          const law = tidy(composeLaw(message, node))
          // A shorter law is one of those of its own complexity.
          if (lawComplexity(law) !== total || !isSensible(law)) continue
          const form = canonicalForm(law)
          if (seen.has(form)) continue
          seen.add(form)
          yield law
        }
}

/** Forms do not depend on constants, if no two are equal and none is a whole number. */
function canonicalForm(law: GraphLaw): string {
  const values = new Map(lawConstants(law).map(({ name }, k) => [name, Math.sqrt(2) + k / Math.PI]))
  const { node, messages } = withLawConstants(law, values)
  return [node, ...messages].map((part) => formOf(part).text).join(' | ')
}

/** Trees by complexity; of trees that differ by the order of a sum or product, or by a constant's place, one. */
function treesOf(leaves: readonly Expression[], operators: readonly Operator[], most: number): Expression[][] {
  const trees: Expression[][] = Array.from({ length: most + 1 }, () => [])
  for (let size = 1; size <= most; size++) {
    if (size === 1) trees[size].push(...leaves)
    for (const op of operators) {
      const left = size - weightOf(op)
      if (arities[op] === 1) {
        for (const arg of left > 0 ? trees[left] : []) if (isVarying(arg)) trees[size].push(call(op, arg))
        continue
      }
      for (let a = 1; a < left; a++)
        for (const [n, first] of trees[a].entries())
          for (const [m, second] of trees[left - a].entries()) {
            const ordered = !isSymmetric(op) || a < left - a || (a === left - a && n <= m)
            if (ordered && isUseful(op, first, second)) trees[size].push(call(op, first, second))
          }
    }
  }
  return trees.map((some, size) => some.filter((tree) => complexity(tree) === size))
}

const isVarying = (e: Expression): boolean => e.kind !== 'constant'

/** False where a shorter tree, or another one of the same size, has the same values for some constants. */
function isUseful(op: Operator, a: Expression, b: Expression): boolean {
  if (!isVarying(a) && !isVarying(b)) return false
  const isLast = !isVarying(b)
  if ((op === '-' || op === '/') && (isLast || a === b)) return false
  const group: readonly string[] = op === '+' || op === '-' ? ['+', '-'] : op === '*' || op === '/' ? ['*', '/'] : []
  const [alone, other] = isLast ? [b, a] : [a, b]
  const merges = other.kind === 'call' && group.includes(other.op) && other.args.some((arg) => !isVarying(arg))
  return isVarying(alone) || !merges
}
