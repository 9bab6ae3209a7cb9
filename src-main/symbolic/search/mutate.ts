import type { Random } from '../../random.ts'
import {
  arityOf,
  column,
  fitted,
  join,
  literal,
  operandsOf,
  replaceAt,
  subtreeAt,
  type Genome
} from '../language/genome.ts'
import { opcodeOf, opcodes } from '../language/program.ts'
import type { Vocabulary } from '../language/vocabulary.ts'

const pickFrom = <T>(random: Random, list: readonly T[]): T => list[random.integer(list.length)]

export function randomLeaf(random: Random, v: Vocabulary): Genome {
  return random.uniform() < 0.75 ? column(random.integer(v.variables)) : fitted(random.normal())
}

const powerCode = opcodeOf('^')
const conditions = new Set((['>', '<', '>=', '<=', 'and', 'or'] as const).map(opcodeOf))

/** A binary operator on two parts; the exponent of a power is a constant more often than not. */
function binaryOf(random: Random, v: Vocabulary, left: Genome, right: Genome): Genome {
  const op = pickFrom(random, v.binary)
  if (op === powerCode && random.uniform() < 0.8)
    return join(op, left, fitted(pickFrom(random, [-2, -1, -0.5, 0.5, 1.5, 2, 3])))
  return join(op, left, right)
}

function ternaryOf(random: Random, v: Vocabulary, size: number): Genome {
  const op = pickFrom(random, v.ternary)
  const compare = v.binary.filter((code) => conditions.has(code))
  const first =
    op === opcodeOf('if') && compare.length > 0
      ? join(pickFrom(random, compare), randomLeaf(random, v), randomLeaf(random, v))
      : randomTree(random, v, size - 2)
  return join(op, first, randomLeaf(random, v), randomTree(random, v, size - 2))
}

/** A random formula of about `size` nodes. */
export function randomTree(random: Random, v: Vocabulary, size: number): Genome {
  if (size <= 1) return randomLeaf(random, v)
  const kind = random.uniform()
  if (v.ternary.length > 0 && size >= 5 && kind < 0.05) return ternaryOf(random, v, size - 1)
  if (v.unary.length > 0 && (kind < 0.25 || v.binary.length === 0 || size === 2))
    return join(pickFrom(random, v.unary), randomTree(random, v, size - 1))
  const left = 1 + random.integer(Math.max(1, size - 2))
  return binaryOf(random, v, randomTree(random, v, left), randomTree(random, v, size - 1 - left))
}

/** The genome with the subtree at a random place replaced by one of the other's. */
export function crossover(random: Random, a: Genome, b: Genome): Genome {
  return replaceAt(a, random.integer(a.ops.length), subtreeAt(b, random.integer(b.ops.length)))
}

type Mutation = (random: Random, v: Vocabulary, genome: Genome) => Genome

const mutations: { weight: number; mutate: Mutation }[] = [
  { weight: 1.5, mutate: changeOperator },
  { weight: 1.5, mutate: changeLeaf },
  { weight: 3, mutate: insertAbove },
  { weight: 1.5, mutate: hoist },
  { weight: 1.5, mutate: replaceSubtree },
  { weight: 0.5, mutate: swapOperands },
  { weight: 0.7, mutate: shakeConstant }
]
const totalWeight = mutations.reduce((sum, { weight }) => sum + weight, 0)

export function mutate(random: Random, v: Vocabulary, genome: Genome): Genome {
  let at = random.uniform() * totalWeight
  for (const { weight, mutate: change } of mutations) {
    at -= weight
    if (at < 0) return change(random, v, genome)
  }
  return genome
}

/** A random node for which `test` holds, or -1. */
function pickNode(random: Random, genome: Genome, test: (op: number) => boolean): number {
  const nodes: number[] = []
  genome.ops.forEach((op, i) => test(op) && nodes.push(i))
  return nodes.length === 0 ? -1 : pickFrom(random, nodes)
}

function changeOperator(random: Random, v: Vocabulary, genome: Genome): Genome {
  const node = pickNode(random, genome, (op) => arityOf[op] > 0)
  if (node < 0) return insertAbove(random, v, genome)
  const choices = [v.unary, v.binary, v.ternary][arityOf[genome.ops[node]] - 1].filter((op) => op !== genome.ops[node])
  if (choices.length === 0) return insertAbove(random, v, genome)
  const ops = genome.ops.slice()
  ops[node] = pickFrom(random, choices)
  return { ops, args: genome.args.slice() }
}

function changeLeaf(random: Random, v: Vocabulary, genome: Genome): Genome {
  return replaceAt(
    genome,
    pickNode(random, genome, (op) => arityOf[op] === 0),
    randomLeaf(random, v)
  )
}

function insertAbove(random: Random, v: Vocabulary, genome: Genome): Genome {
  const node = random.integer(genome.ops.length)
  const inner = subtreeAt(genome, node)
  if (v.binary.length === 0 || (v.unary.length > 0 && random.uniform() < 0.3))
    return replaceAt(genome, node, join(pickFrom(random, v.unary), inner))
  const leaf = random.uniform() < 0.8 ? randomLeaf(random, v) : randomTree(random, v, 3)
  return replaceAt(
    genome,
    node,
    random.uniform() < 0.5 ? binaryOf(random, v, inner, leaf) : binaryOf(random, v, leaf, inner)
  )
}

function hoist(random: Random, v: Vocabulary, genome: Genome): Genome {
  const node = pickNode(random, genome, (op) => arityOf[op] > 0)
  if (node < 0) return changeLeaf(random, v, genome)
  return replaceAt(genome, node, subtreeAt(genome, pickFrom(random, operandsOf(genome.ops, node))))
}

function replaceSubtree(random: Random, v: Vocabulary, genome: Genome): Genome {
  return replaceAt(genome, random.integer(genome.ops.length), randomTree(random, v, 1 + random.integer(6)))
}

function swapOperands(random: Random, v: Vocabulary, genome: Genome): Genome {
  const node = pickNode(random, genome, (op) => arityOf[op] === 2)
  if (node < 0) return insertAbove(random, v, genome)
  const [left, right] = operandsOf(genome.ops, node)
  return replaceAt(genome, node, join(genome.ops[node], subtreeAt(genome, right), subtreeAt(genome, left)))
}

function shakeConstant(random: Random, v: Vocabulary, genome: Genome): Genome {
  const node = pickNode(random, genome, (op) => op === opcodes.parameter)
  if (node < 0) return insertAbove(random, v, genome)
  const value = genome.args[node]
  if (random.uniform() < 0.2) return replaceAt(genome, node, literal(Math.round(value) + 0))
  return replaceAt(
    genome,
    node,
    fitted(random.uniform() < 0.5 ? value * Math.exp(random.normal()) : value + random.normal())
  )
}

/** The genome with each of these columns put in somewhere, by an operator that joins two. */
export function withColumns(random: Random, v: Vocabulary, genome: Genome, columns: readonly number[]): Genome {
  if (v.binary.length === 0) return columns.length === 1 ? column(columns[0]) : genome
  for (const index of columns) {
    const node = random.integer(genome.ops.length)
    const parts = random.shuffle([subtreeAt(genome, node), column(index)])
    genome = replaceAt(genome, node, join(pickFrom(random, v.binary), ...parts))
  }
  return genome
}
