import { badInput } from '../../../src-shared/errors.ts'
import { call, variable, type Expression, type Operator } from '../language/expression.ts'
import { unknownVariable } from '../language/program.ts'
import { sameUnit, type UnitSystem } from './units.ts'

/**
 * How a law changes when variables are exchanged or change sign: f(T x) = sign * f(x), where T exchanges two variables (symmetric +1,
 * antisymmetric -1) or negates one (even +1, odd -1).
 */
export type Symmetry =
  | { readonly kind: 'symmetric' | 'antisymmetric'; readonly between: readonly [string, string] }
  | { readonly kind: 'even' | 'odd'; readonly of: string }

export function signOf(symmetry: Symmetry): 1 | -1 {
  return symmetry.kind === 'symmetric' || symmetry.kind === 'even' ? 1 : -1
}

/** As in `symmetric in m_i, m_j` or `odd in x`. */
export function describeSymmetry(symmetry: Symmetry): string {
  return 'between' in symmetry
    ? `${symmetry.kind} in ${symmetry.between.join(', ')}`
    : `${symmetry.kind} in ${symmetry.of}`
}

/** Reads the value of --symmetric, --antisymmetric ("m_i,m_j"), --even or --odd ("x"). @throws HalolawError `bad-input` */
export function readSymmetry(kind: Symmetry['kind'], text: string): Symmetry {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (kind === 'symmetric' || kind === 'antisymmetric') {
    if (names.length !== 2 || names[0] === names[1])
      throw badInput(`"${text}" cannot be exchanged: name two different variables, as in "m_i,m_j".`)
    return { kind, between: [names[0], names[1]] }
  }
  if (names.length !== 1) throw badInput(`"${text}" cannot be ${kind}: name one variable, as in "x".`)
  return { kind, of: names[0] }
}

/**
 * Checks the symmetries against the variables and against each other.
 * @throws HalolawError `bad-input` for an unknown variable, for an exchange of different units, or where only f = 0 has all the
 * symmetries.
 */
export function checkSymmetries(
  symmetries: readonly Symmetry[],
  variables: readonly string[],
  units: UnitSystem | null = null
): void {
  for (const symmetry of symmetries)
    for (const name of namesIn(symmetry)) if (!variables.includes(name)) throw unknownVariable(name, variables)
  for (const symmetry of symmetries) {
    const [a, b] = namesIn(symmetry).map((name) => units?.variables[variables.indexOf(name)] ?? null)
    if (b !== undefined && !sameUnit(a, b))
      throw badInput(
        `A law cannot be ${describeSymmetry(symmetry)}: their units differ; exchange variables of the same unit.`
      )
  }
  if (!contradict(symmetries, variables)) return
  // the smallest contradictory set makes the clearest message
  let culprits = [...symmetries]
  for (const symmetry of symmetries) {
    const rest = culprits.filter((other) => other !== symmetry)
    if (contradict(rest, variables)) culprits = rest
  }
  throw badInput(
    `Only the formula 0 is ${culprits.map(describeSymmetry).join(' and ')} at once; leave one of these symmetries out.`
  )
}

function namesIn(symmetry: Symmetry): readonly string[] {
  return 'between' in symmetry ? symmetry.between : [symmetry.of]
}

const largestGroup = 10_000

/**
 * True if symmetries whose signs multiply to -1 map a row onto itself. The symmetries generate a group of signed permutations; each
 * member can have only one sign. (Only the first 10,000 members of a group are checked.)
 */
function contradict(symmetries: readonly Symmetry[], variables: readonly string[]): boolean {
  const generators = symmetries.map((symmetry) => {
    // entry v holds +-(w + 1): the new value of variable v is +- the old value of w
    const image = variables.map((_, v) => v + 1)
    if ('between' in symmetry) {
      const [a, b] = symmetry.between.map((name) => variables.indexOf(name))
      image[a] = b + 1
      image[b] = a + 1
    } else image[variables.indexOf(symmetry.of)] *= -1
    return { image, sign: signOf(symmetry) }
  })
  const start = variables.map((_, v) => v + 1)
  const signs = new Map<string, number>([[start.join(), 1]])
  const queue = [{ image: start, sign: 1 }]
  while (queue.length > 0 && signs.size < largestGroup) {
    const { image, sign } = queue.pop()!
    for (const generator of generators) {
      const next = generator.image.map((w) => Math.sign(w) * image[Math.abs(w) - 1])
      const nextSign = sign * generator.sign
      const known = signs.get(next.join())
      if (known === undefined) {
        signs.set(next.join(), nextSign)
        queue.push({ image: next, sign: nextSign })
      } else if (known !== nextSign) return true
    }
  }
  return false
}

/** The row of variables after the symmetry is applied. */
export function transformed<Column>(
  symmetry: Symmetry,
  columns: ReadonlyMap<string, Column>,
  negated: (column: Column) => Column
): Map<string, Column> {
  const moved = new Map(columns)
  if ('between' in symmetry) {
    const [a, b] = symmetry.between
    moved.set(a, columns.get(b)!)
    moved.set(b, columns.get(a)!)
  } else moved.set(symmetry.of, negated(columns.get(symmetry.of)!))
  return moved
}

/**
 * The columns to search with, so that formulas with the symmetries are likely: a + b, a * b and (a - b)^2 replace variables a and b
 * that are exchanged; a - b and a / b are added if the exchange changes the sign; x^2 is added to an x that is negated. Only the given
 * operators are used; a variable in two symmetries also stays itself.
 */
export function symmetricLeaves(
  symmetries: readonly Symmetry[],
  variables: readonly string[],
  operators: readonly Operator[]
): Expression[] {
  const has = (op: Operator): boolean => operators.includes(op)
  const helpers: Expression[] = []
  const replaced = new Set<string>()
  for (const symmetry of symmetries) {
    const names = namesIn(symmetry)
    const before = helpers.length
    const [a, b] = names.map(variable)
    if (!b) {
      if (has('square')) helpers.push(call('square', a))
      else if (has('*')) helpers.push(call('*', a, a))
      continue
    }
    if (symmetry.kind === 'antisymmetric' && has('-')) helpers.push(call('-', a, b))
    if (symmetry.kind === 'antisymmetric' && has('/')) helpers.push(call('/', a, b))
    if (has('+')) helpers.push(call('+', a, b))
    if (has('*')) helpers.push(call('*', a, b))
    if (symmetry.kind === 'symmetric' && has('-') && has('square')) helpers.push(call('square', call('-', a, b)))
    const alone = names.every((name) =>
      symmetries.every((other) => other === symmetry || !namesIn(other).includes(name))
    )
    if (helpers.length > before && alone) names.forEach((name) => replaced.add(name))
  }
  return [...variables.filter((name) => !replaced.has(name)).map(variable), ...helpers]
}
