import { badInput } from '../../../src-shared/errors.ts'
import { operators, type ComplexityWeights } from '../language/expression.ts'
import type { UserOperator } from '../language/user-operators.ts'
import { nearNames } from '../../near-names.ts'
import { usualBans, type Constraints } from './constraints.ts'

/** The settings of a search that its constraints must agree with. */
export interface ConstrainedSearch {
  operators: readonly string[]
  define: readonly UserOperator[]
  /** Variables */
  names: readonly string[]
  complexity: ComplexityWeights
  maxComplexity: number
  maxDepth: number
}

/** Constraints with their defaults, and the search that they restrict. */
interface Case extends ConstrainedSearch, Required<Constraints> {
  /** Operators of the language and of the user */
  usable: readonly string[]
  /** Number of arguments by operator */
  arities: Readonly<Record<string, number>>
}

/** A sentence about the problem; null if there is none */
type Check = (search: Case) => string | null

/** In the order in which they are reported. */
const checks: readonly Check[] = [
  checkSize,
  checkArgumentSizes,
  checkBannedOperators,
  checkNumberOfBans,
  checkRequiredNames,
  checkRoomForOperators,
  checkJoiningOperators,
  checkRequiredSize,
  checkRequiredDepth,
  checkRequiredCost
]

/**
 * Refuses constraints that no formula can satisfy, or that name unknown operators or variables.
 * @throws HalolawError `bad-input` naming the two settings that contradict each other
 */
export function checkConstraints(constraints: Constraints, search: ConstrainedSearch): void {
  const { maxSize = Infinity, argumentSizes = {}, bans = [], required = [] } = constraints
  const userArities = search.define.map(({ name, parameters }) => [name, parameters.length])
  const all: Case = {
    ...search,
    maxSize,
    argumentSizes,
    bans,
    required: [...new Set(required)],
    usable: [...search.operators, ...search.define.map(({ name }) => name)],
    arities: { ...operators, ...Object.fromEntries(userArities) }
  }
  for (const check of checks) {
    const sentence = check(all)
    if (sentence !== null) throw badInput(sentence)
  }
}

function checkSize({ maxSize }: Case): string | null {
  return maxSize >= 1 ? null : `The largest size is ${maxSize} nodes; it must be at least 1.`
}

function checkArgumentSizes(search: Case): string | null {
  const { argumentSizes, arities } = search
  for (const [name, sizes] of Object.entries(argumentSizes)) {
    const unknown = checkOperator(name, search)
    if (unknown !== null) return unknown
    const arity = arities[name]
    if (sizes.length !== arity)
      return `The operator "${name}" has ${arity} argument${arity === 1 ? '' : 's'}, and sizes of ${sizes.length} are given; give one size for each argument.`
    const bad = sizes.find((size) => size !== null && !(size >= 1))
    if (bad !== undefined)
      return `An argument of "${name}" is limited to ${bad} nodes; allow at least 1, the size of a variable.`
  }
  return null
}

function checkBannedOperators(search: Case): string | null {
  for (const name of search.bans.flat()) {
    const unknown = checkOperator(name, search)
    if (unknown !== null) return unknown
  }
  return null
}

function checkOperator(name: string, { usable }: Case): string | null {
  if (usable.includes(name)) return null
  const near = nearNames(name, usable)
  return `A constraint names the operator "${name}", which the search does not use${near.length > 0 ? `; did you mean "${near[0]}"?` : `; choose one of ${usable.join(' ')}.`}`
}

/** Most operators that bans may name as inner ones: each takes a bit of a word. */
const mostInner = 31 - new Set(usualBans.map(([, inner]) => inner)).size

function checkNumberOfBans({ bans }: Case): string | null {
  return new Set(bans.map(([, inner]) => inner)).size <= mostInner
    ? null
    : `More than ${mostInner} different operators are banned inside others; ban fewer, or leave them out.`
}

function checkRequiredNames({ required, names }: Case): string | null {
  const unknown = required.find((name) => !names.includes(name))
  if (unknown === undefined) return null
  const near = nearNames(unknown, names)
  return `The variable "${unknown}" is required, but it is not among those of the search${near.length > 0 ? `; did you mean "${near[0]}"?` : ` (${names.slice(0, 20).join(', ')}).`}`
}

function checkRoomForOperators({ maxSize, usable, arities }: Case): string | null {
  const least = Math.min(...usable.map((name) => arities[name])) + 1
  return maxSize === 1 || maxSize >= least
    ? null
    : `A size of at most ${maxSize} nodes leaves no room for any of the operators ${usable.join(' ')}; allow at least ${least}.`
}

const joiningOperators = ({ usable, arities }: Case): string[] => usable.filter((name) => arities[name] >= 2)
const requirement = ({ required }: Case): string => `${required.length} variables are required in one formula`

function checkJoiningOperators(search: Case): string | null {
  return search.required.length < 2 || joiningOperators(search).length > 0
    ? null
    : `${requirement(search)}, but none of the operators ${search.usable.join(' ')} joins two; add one such as +.`
}

function checkRequiredSize(search: Case): string | null {
  const { required, maxSize } = search
  const least = 2 * required.length - 1
  return required.length < 2 || maxSize >= least
    ? null
    : `${requirement(search)}, which takes at least ${least} nodes; ${maxSize} are allowed. Require fewer or allow more.`
}

function checkRequiredDepth(search: Case): string | null {
  const { required, maxDepth, arities } = search
  if (required.length < 2) return null
  const widest = Math.max(...joiningOperators(search).map((name) => arities[name]))
  const levels = 1 + Math.ceil(Math.log(required.length) / Math.log(widest) - 1e-9)
  return maxDepth >= levels
    ? null
    : `${requirement(search)}, which takes at least ${levels} levels; ${maxDepth} are allowed. Require fewer or allow more.`
}

function checkRequiredCost(search: Case): string | null {
  const { required, complexity, maxComplexity, arities } = search
  if (required.length < 2) return null
  const costs: Readonly<Record<string, number>> = complexity.operators ?? {}
  const costOf = (name: string): number => complexity.variables?.[name] ?? complexity.variable ?? 1
  const join = Math.min(...joiningOperators(search).map((name) => (costs[name] ?? 1) / (arities[name] - 1)))
  const least = required.reduce((sum, name) => sum + costOf(name), 0) + (required.length - 1) * join
  return maxComplexity >= least
    ? null
    : `${requirement(search)}, which costs at least ${least}; the largest complexity is ${maxComplexity}. Require fewer or allow more.`
}
