import {
  call,
  constant,
  isTied,
  operatorNames,
  operators,
  tieOf,
  variable,
  type ComplexityWeights,
  type Expression,
  type Operator
} from './expression.ts'
import { evaluate } from './evaluate.ts'
import { opcodes } from './program.ts'

/**
 * A formula in the representation of the search: postfix nodes in two parallel arrays. `args` has the column of a variable, the value
 * of a literal (`opcodes.constant`, never refitted) or the present value of a fitted constant (`opcodes.parameter`).
 */
export interface Genome {
  ops: number[]
  args: number[]
  /**
   * Set if one constant occurs in several places: the constant of each fitted node (-1 for other nodes). Default: all
   * are different.
   */
  slots?: number[]
}

/** The most user operators of one, of two and of three arguments in a search (user-operators.ts); their opcodes follow the others. */
export const userCodesPerArity = 8
export const firstUserCode = (arity: number): number =>
  opcodes.firstOperator + operatorNames.length + userCodesPerArity * (arity - 1)

export const arityOf: readonly number[] = [
  0,
  0,
  0,
  ...operatorNames.map((name) => operators[name]),
  ...[1, 2, 3].flatMap((arity) => Array<number>(userCodesPerArity).fill(arity))
]

/** Names of user operators, and genomes written without them. */
export interface UserOperatorNames {
  codeOf(name: string): number | undefined
  nameOf(code: number): string | undefined
  expand(genome: Genome): Genome
}

/** The first node of the subtree that ends at `last`. */
export function firstOf(ops: readonly number[], last: number): number {
  let missing = 1
  for (let i = last; ; i--) {
    missing += arityOf[ops[i]] - 1
    if (missing === 0) return i
  }
}

/** The last nodes of the operands of the operator at `node`, left to right. */
export function operandsOf(ops: readonly number[], node: number): number[] {
  const nodes: number[] = []
  for (let k = arityOf[ops[node]], end = node - 1; k > 0; k--) {
    nodes.unshift(end)
    end = firstOf(ops, end) - 1
  }
  return nodes
}

/** The genome with the subtree that ends at `node` replaced. */
export function replaceAt(genome: Genome, node: number, piece: Genome): Genome {
  const first = firstOf(genome.ops, node)
  return {
    ops: [...genome.ops.slice(0, first), ...piece.ops, ...genome.ops.slice(node + 1)],
    args: [...genome.args.slice(0, first), ...piece.args, ...genome.args.slice(node + 1)]
  }
}

export function subtreeAt(genome: Genome, node: number): Genome {
  const first = firstOf(genome.ops, node)
  return { ops: genome.ops.slice(first, node + 1), args: genome.args.slice(first, node + 1) }
}

/** The operator applied to genomes. */
export function join(op: number, ...parts: Genome[]): Genome {
  return { ops: [...parts.flatMap((part) => part.ops), op], args: [...parts.flatMap((part) => part.args), 0] }
}

export const fitted = (value: number): Genome => ({ ops: [opcodes.parameter], args: [value] })
export const literal = (value: number): Genome => ({ ops: [opcodes.constant], args: [value] })
export const column = (index: number): Genome => ({ ops: [opcodes.variable], args: [index] })

/** The complexity of a genome, given the costs of its columns; equal to `complexity` of its expression. */
export function genomeCosts(
  weights: ComplexityWeights,
  byColumn: readonly number[],
  userOperators?: UserOperatorNames
): (genome: Genome) => number {
  const leaf = weights.constant ?? 1
  const costs: Readonly<Record<string, number>> = weights.operators ?? {}
  const byCode = arityOf.map((_, code) => costs[nameOfCode(code, userOperators)] ?? 1)
  byCode[opcodes.constant] = byCode[opcodes.parameter] = leaf
  return ({ ops, args }) => {
    let sum = 0
    for (let i = 0; i < ops.length; i++) sum += ops[i] === opcodes.variable ? byColumn[args[i]] : byCode[ops[i]]
    return sum
  }
}

/** A key that is equal for formulas that differ only in their fitted constants. */
export function structureOf(genome: Genome): string {
  let key = ''
  for (let i = 0; i < genome.ops.length; i++) {
    const op = genome.ops[i]
    key += String.fromCharCode(op + 1)
    if (op === opcodes.variable) key += String.fromCharCode(genome.args[i] + 128)
    else if (op === opcodes.constant) key += `${genome.args[i]};`
  }
  return key
}

/** Code and constants for the native side: fitted constants first, in order of appearance (of their slots). */
export function programOf(
  genome: Genome,
  userOperators?: UserOperatorNames
): { code: Int32Array; constants: Float64Array; parameters: number } {
  const values: number[] = []
  // an argument that is written twice has the same constants
  const indexed = genome.args.map((arg, i) => {
    if (genome.ops[i] !== opcodes.parameter) return arg
    const slot = genome.slots?.[i] ?? values.length
    // an unused slot has no effect
    while (values.length < slot) values.push(0)
    values[slot] = arg
    return slot
  })
  const parameters = values.length
  const { ops, args } = userOperators
    ? userOperators.expand({ ops: genome.ops, args: indexed })
    : { ops: genome.ops, args: indexed }
  const code = new Int32Array(ops.length)
  for (let i = 0; i < ops.length; i++) {
    if (ops[i] === opcodes.parameter) code[i] = opcodes.parameter | (args[i] << 8)
    else if (ops[i] === opcodes.constant) code[i] = (values.push(args[i]) - 1) << 8
    else code[i] = ops[i] | (ops[i] === opcodes.variable ? args[i] << 8 : 0)
  }
  return { code, constants: Float64Array.from(values), parameters }
}

/** Writes fitted values into the genome. */
export function setConstants(genome: Genome, constants: Float64Array): void {
  let next = 0
  for (let i = 0; i < genome.ops.length; i++)
    if (genome.ops[i] === opcodes.parameter) genome.args[i] = constants[genome.slots?.[i] ?? next++]
}

/** The distinction of fitted constants and literals is lost, except that constants of one slot are tied. `names` are the columns. */
export function toExpression(genome: Genome, names: readonly string[], userOperators?: UserOperatorNames): Expression {
  const stack: Expression[] = []
  const { slots } = genome
  genome.ops.forEach((op, i) => {
    const value = genome.args[i]
    if (op === opcodes.variable) stack.push(variable(names[value]))
    else if (op === opcodes.parameter && slots && slots.indexOf(slots[i]) !== slots.lastIndexOf(slots[i]))
      stack.push(constant(value, tieOf(slots[i])))
    else if (op < opcodes.firstOperator) stack.push(constant(value))
    else stack.push(call(nameOfCode(op, userOperators) as Operator, ...stack.splice(stack.length - arityOf[op])))
  })
  return stack[0]
}

interface ReadOptions {
  /** Whether integers other than exponents become literals or fitted constants; default: fitted */
  integers?: 'literal' | 'fitted'
  userOperators?: UserOperatorNames
}

/** Integer exponents become literals; other constants are fitted, except as `integers` says. Tied ones stay tied. */
export function fromExpression(
  expression: Expression,
  names: readonly string[],
  { integers = 'fitted', userOperators }: ReadOptions = {}
): Genome {
  const ties: string[] = []
  const read = (e: Expression, fix: boolean): Genome => {
    if (e.kind === 'variable') return column(names.indexOf(e.name))
    if (e.kind === 'constant') {
      if (fix && Number.isInteger(e.value)) return literal(e.value)
      ties.push(isTied(e.name) ? e.name : '')
      return fitted(e.value)
    }
    const parts = e.args.map((arg, k) => read(arg, fix || (e.op === '^' && k === 1 && arg.kind === 'constant')))
    return join(userOperators?.codeOf(e.op) ?? opcodes.firstOperator + operatorNames.indexOf(e.op), ...parts)
  }
  const genome = read(expression, integers === 'literal')
  return ties.some((tie) => tie !== '') ? { ...genome, slots: slotsOf(genome, ties) } : genome
}

/** The slot of each node, `ties` naming those of the fitted constants that share theirs. */
function slotsOf(genome: Genome, ties: readonly string[]): number[] {
  const slots: number[] = []
  const known = new Map<string, number>()
  let next = 0
  let at = 0
  for (const op of genome.ops) {
    const tie = op === opcodes.parameter ? ties[at++] : null
    const slot = tie === null ? -1 : (known.get(tie) ?? next++)
    if (tie) known.set(tie, slot)
    slots.push(slot)
  }
  return slots
}

function nameOfCode(code: number, userOperators: UserOperatorNames | undefined): string {
  return userOperators?.nameOf(code) ?? operatorNames[code - opcodes.firstOperator] ?? ''
}

/** Replaces each part without variables by one constant. */
export function foldConstants(genome: Genome, userOperators?: UserOperatorNames): Genome {
  for (let i = 0; i < genome.ops.length; i++) {
    if (arityOf[genome.ops[i]] === 0) continue
    const first = firstOf(genome.ops, i)
    let isConstant = true
    for (let k = first; k <= i && isConstant; k++) isConstant = genome.ops[k] !== opcodes.variable
    if (!isConstant) continue
    const part = subtreeAt(genome, i)
    const value = evaluate(toExpression(userOperators ? userOperators.expand(part) : part, []), new Map(), 1)[0]
    return foldConstants(replaceAt(genome, i, fitted(Number.isFinite(value) ? value : 1)), userOperators)
  }
  return genome
}
