import { badInput } from '../../../src-shared/errors.ts'
import {
  operatorNames,
  operators,
  variablesOf,
  type ComplexityWeights,
  type Expression
} from '../language/expression.ts'
import { arityOf, fromExpression, type Genome } from '../language/genome.ts'
import { nearNames } from '../../near-names.ts'
import { noUserOperators, type UserOperator, type UserOperators } from '../language/user-operators.ts'
import { namesOf, type Inputs } from './inputs.ts'
import { opcodes } from '../language/program.ts'

/** What formulas of a search have to keep to, beside complexity and depth. Plain data. */
export interface Constraints {
  /** Most nodes: operators, variables and constants */
  maxSize?: number
  /** Most nodes of each argument of an operator; null: any */
  argumentSizes?: Readonly<Record<string, readonly (number | null)[]>>
  /** Operators that may not stand anywhere inside another, as in `['exp', 'exp']`, beside `usualBans` */
  bans?: readonly (readonly [outer: string, inner: string])[]
  /** Variables that every formula of the front has to contain */
  required?: readonly string[]
}

/** Kinds of functions that never stand inside their own kind (sin of sin, exp of exp, log of log). */
const kinds = [['sin', 'cos', 'tan'], ['exp', 'tanh', 'erf'], ['log', 'log10'], ['asin', 'acos', 'atan'], ['if']]
const usualBans = kinds.flatMap((kind) => kind.flatMap((outer) => kind.map((inner) => [outer, inner] as const)))

/** Whether formulas keep to the constraints, told from their nodes in one sweep. */
export class ConstraintChecker {
  private readonly maxSize: number
  private readonly maxDepth: number
  /** By opcode: most nodes of each argument */
  private readonly argumentSizes: (readonly (number | null)[] | undefined)[] = []
  /** By opcode: its own bit, and the bits of those that may not stand inside */
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

  /** Whether size, depth, arguments and nesting are as they should be; `spare` nodes more count as well. */
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

  /** Whether a formula may stand on the front. */
  admits(expression: Expression): boolean {
    const genome = fromExpression(expression, this.names, false, this.operators)
    return this.allows(genome) && this.missing(genome).length === 0
  }
}

/** The largest number of operators that bans may name as inner ones: a bit each. */
const mostInner = 31 - new Set(usualBans.map(([, inner]) => inner)).size

/**
 * Refuses constraints that no formula can keep to, or that name what is not there.
 * @throws HalolawError `bad-input`, saying which two stand against each other
 */
export function checkConstraints(
  constraints: Constraints,
  search: {
    operators: readonly string[]
    define: readonly UserOperator[]
    names: readonly string[]
    complexity: ComplexityWeights
    maxComplexity: number
    maxDepth: number
  }
): void {
  const { maxSize = Infinity, argumentSizes = {}, bans = [], required = [] } = constraints
  const { names, maxComplexity, maxDepth } = search
  const chosen = [...search.operators, ...search.define.map(({ name }) => name)]
  const userArities = search.define.map(({ name, parameters }) => [name, parameters.length])
  const arities: Readonly<Record<string, number>> = { ...operators, ...Object.fromEntries(userArities) }
  const checkOperator = (name: string): void => {
    if (chosen.includes(name)) return
    const near = nearNames(name, chosen)
    throw badInput(
      `A constraint names the operator "${name}", which the search does not use${near.length > 0 ? `; did you mean "${near[0]}"?` : `; it uses ${chosen.join(' ')}.`}`
    )
  }
  if (!(maxSize >= 1)) throw badInput(`The largest size is ${maxSize} nodes; it must be at least 1.`)
  for (const [name, sizes] of Object.entries(argumentSizes)) {
    checkOperator(name)
    if (sizes.length !== arities[name])
      throw badInput(
        `The operator "${name}" has ${arities[name]} argument${arities[name] === 1 ? '' : 's'}, and sizes of ${sizes.length} are given.`
      )
    const bad = sizes.find((size) => size !== null && !(size >= 1))
    if (bad !== undefined)
      throw badInput(`An argument of "${name}" is held to ${bad} nodes; the smallest one, a variable, has 1.`)
  }
  for (const [outer, inner] of bans) {
    checkOperator(outer)
    checkOperator(inner)
  }
  if (new Set(bans.map(([, inner]) => inner)).size > mostInner)
    throw badInput(`More than ${mostInner} different operators are banned inside others; ban fewer, or leave them out.`)

  for (const name of required) {
    if (names.includes(name)) continue
    const near = nearNames(name, names)
    throw badInput(
      `The variable "${name}" is required, but it is not among those of the search${near.length > 0 ? `; did you mean "${near[0]}"?` : ` (${names.slice(0, 20).join(', ')}).`}`
    )
  }
  const least = Math.min(...chosen.map((name) => arities[name])) + 1
  if (maxSize > 1 && maxSize < least)
    throw badInput(
      `A size of at most ${maxSize} nodes leaves no room for any of the operators ${chosen.join(' ')}; allow at least ${least}.`
    )
  const count = new Set(required).size
  if (count < 2) return
  const joining = chosen.filter((name) => arities[name] >= 2)
  const wanted = `${count} variables are required in one formula`
  if (joining.length === 0)
    throw badInput(`${wanted}, but none of the operators ${chosen.join(' ')} joins two; add one such as +.`)
  if (maxSize < 2 * count - 1)
    throw badInput(
      `${wanted}, which takes at least ${2 * count - 1} nodes; ${maxSize} are allowed. Require fewer or allow more.`
    )
  const widest = Math.max(...joining.map((name) => arities[name]))
  const levels = 1 + Math.ceil(Math.log(count) / Math.log(widest) - 1e-9)
  if (maxDepth < levels)
    throw badInput(
      `${wanted}, which takes at least ${levels} levels; ${maxDepth} are allowed. Require fewer or allow more.`
    )
  const { complexity } = search
  const cost = (name: string): number => complexity.variables?.[name] ?? complexity.variable ?? 1
  const join = Math.min(
    ...joining.map((name) => ((complexity.operators as Record<string, number>)?.[name] ?? 1) / (arities[name] - 1))
  )
  const leastCost = [...new Set(required)].reduce((sum, name) => sum + cost(name), 0) + (count - 1) * join
  if (maxComplexity < leastCost)
    throw badInput(
      `${wanted}, which costs at least ${leastCost}; the largest complexity is ${maxComplexity}. Require fewer or allow more.`
    )
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
        throw badInput(`The argument sizes "${entry}" are not as in "^:*,1" (any base, an exponent of one node).`)
      return [entry.slice(0, at), sizes] as const
    })
  return Object.fromEntries(entries)
}

/** Reads bans such as `exp(exp) sin(cos)`: the inner operator may not stand anywhere inside the outer one. */
export function readBans(text: string): NonNullable<Constraints['bans']> {
  return text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map((entry) => {
      const found = /^([^()]+)\(([^()]+)\)$/.exec(entry)
      if (!found) throw badInput(`The ban "${entry}" is not as in "exp(log)": no log anywhere inside exp.`)
      return [found[1], found[2]] as const
    })
}
