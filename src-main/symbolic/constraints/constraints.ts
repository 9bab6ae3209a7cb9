import { badInput } from '../../../src-shared/errors.ts'
import { operatorNames, variablesOf, type Expression } from '../language/expression.ts'
import { arityOf, fromExpression, type Genome } from '../language/genome.ts'
import { noUserOperators, type UserOperators } from '../language/user-operators.ts'
import { namesOf, type Inputs } from './inputs.ts'
import { opcodes } from '../language/program.ts'

/** What restricts the formulas of a search, besides complexity and depth. Plain data. */
export interface Constraints {
  /** Most nodes: operators, variables and constants */
  maxSize?: number
  /** Most nodes of each argument of an operator; null: any */
  argumentSizes?: Readonly<Record<string, readonly (number | null)[]>>
  /** Operators banned anywhere inside another, as in `['exp', 'log']`, in addition to `usualBans` */
  bans?: readonly (readonly [outer: string, inner: string])[]
  /** Variables that every formula of the front must contain */
  required?: readonly string[]
}

/** Kinds of functions that never occur inside a function of the same kind (sin of cos, exp of exp, log of log). */
const kinds = [['sin', 'cos', 'tan'], ['exp', 'tanh', 'erf'], ['log', 'log10'], ['asin', 'acos', 'atan'], ['if']]
export const usualBans = kinds.flatMap((kind) => kind.flatMap((outer) => kind.map((inner) => [outer, inner] as const)))

/** Decides whether formulas satisfy the constraints, in one sweep over their nodes. */
export class ConstraintChecker {
  private readonly maxSize: number
  private readonly maxDepth: number
  /** By opcode: most nodes of each argument */
  private readonly argumentSizes: (readonly (number | null)[] | undefined)[] = []
  /** By opcode: the bit of the operator, and the bits of the operators banned inside it */
  private readonly nestingBit = arityOf.map(() => 0)
  private readonly bannedInside = arityOf.map(() => 0)
  /** For each required variable, the columns that contain it */
  private readonly required: number[][]
  private readonly names: readonly string[]
  private readonly operators: UserOperators

  constructor(constraints: Constraints, maxDepth: number, inputs: Inputs, operators: UserOperators = noUserOperators) {
    this.operators = operators
    this.names = namesOf(inputs)
    this.maxDepth = maxDepth
    this.maxSize = constraints.maxSize ?? Infinity
    const contained = inputs.columns.map(variablesOf)
    this.required = (constraints.required ?? []).map((name) =>
      [...contained.keys()].filter((column) => contained[column].includes(name))
    )
    for (const [name, sizes] of Object.entries(constraints.argumentSizes ?? {}))
      this.argumentSizes[this.codeOf(name)] = sizes
    const bits = new Map<string, number>()
    for (const [outer, inner] of [...usualBans, ...(constraints.bans ?? [])]) {
      if (!bits.has(inner)) bits.set(inner, 1 << bits.size)
      this.nestingBit[this.codeOf(inner)] = bits.get(inner)!
      this.bannedInside[this.codeOf(outer)] |= bits.get(inner)!
    }
  }

  private codeOf(name: string): number {
    return this.operators.codeOf(name) ?? opcodes.firstOperator + (operatorNames as string[]).indexOf(name)
  }

  /** Checks size, depth, arguments and nesting; the size may exceed its limit by `spare` nodes. */
  allows({ ops }: Genome, spare = 0): boolean {
    if (ops.length > this.maxSize + spare) return false
    const inside: number[] = []
    const sizes: number[] = []
    const depths: number[] = []
    for (const op of ops) {
      const arity = arityOf[op]
      const first = sizes.length - arity
      const limits = this.argumentSizes[op]
      let [mask, size, depth] = [0, 1, 0]
      for (let k = 0; k < arity; k++) {
        const limit = limits?.[k] ?? null
        if (limit !== null && sizes[first + k] > limit) return false
        mask |= inside[first + k]
        size += sizes[first + k]
        depth = Math.max(depth, depths[first + k])
      }
      if ((mask & this.bannedInside[op]) !== 0) return false
      inside.length = sizes.length = depths.length = first
      inside.push(mask | this.nestingBit[op])
      sizes.push(size)
      depths.push(depth + 1)
    }
    return depths[0] <= this.maxDepth
  }

  /** A column for each required variable that is not in the formula. */
  missing({ ops, args }: Genome): number[] {
    return this.required
      .filter((columns) => !ops.some((op, i) => op === opcodes.variable && columns.includes(args[i])))
      .map(([column]) => column)
  }

  /** Whether a formula may enter the front. */
  admits(expression: Expression): boolean {
    const genome = fromExpression(expression, this.names, { userOperators: this.operators })
    return this.allows(genome) && this.missing(genome).length === 0
  }
}

/** Reads sizes such as `^:*,1 exp:5`: operator, colon, the most nodes of each argument, `*` for any. */
export function readArgumentSizes(text: string): Constraints['argumentSizes'] {
  const entries = text
    .split(/[\s;]+/)
    .filter(Boolean)
    .map((entry) => {
      const at = entry.lastIndexOf(':')
      const sizes = entry
        .slice(at + 1)
        .split(',')
        .map((size) => (size === '*' || size === '-1' ? null : /^\d+$/.test(size) ? Number(size) : NaN))
      if (at < 1 || sizes.some(Number.isNaN))
        throw badInput(
          `The argument sizes "${entry}" are malformed; write them like "^:*,1" (any base, an exponent of one node).`
        )
      return [entry.slice(0, at), sizes] as const
    })
  return Object.fromEntries(entries)
}

/** Reads bans such as `exp(exp) sin(cos)`: the inner operator may not occur anywhere inside the outer one. */
export function readBans(text: string): NonNullable<Constraints['bans']> {
  return text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map((entry) => {
      const match = /^([^()]+)\(([^()]+)\)$/.exec(entry)
      if (!match)
        throw badInput(`The ban "${entry}" is malformed; write it like "exp(log)": no log anywhere inside exp.`)
      return [match[1], match[2]] as const
    })
}
