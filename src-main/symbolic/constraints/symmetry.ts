import { badInput } from '../../../src-shared/errors.ts'
import { call, variable, type Expression, type Operator } from '../language/expression.ts'
import { unknownVariable } from '../language/program.ts'
import { sameUnit, type UnitSystem } from './units.ts'

/**
 * How a law answers when variables trade places or change sign: f(T x) = sign * f(x), where T exchanges two variables
 * (symmetric +1, antisymmetric -1) or negates one (even +1, odd -1).
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

/** Reads what follows --symmetric, --antisymmetric ("m_i,m_j"), --even or --odd ("x"). @throws HalolawError `bad-input` */
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
 * Holds the symmetries against the variables and against each other.
 * @throws HalolawError `bad-input` for an unknown variable, for an exchange of different units, or where only f = 0 has all the symmetries.
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
        `A law cannot be ${describeSymmetry(symmetry)}: their units differ, and what has different units does not trade places.`
      )
  }
  if (!contradict(symmetries, variables)) return
  // the fewest that contradict each other say it best
  let culprits = [...symmetries]
  for (const symmetry of symmetries) {
    const rest = culprits.filter((other) => other !== symmetry)
    if (contradict(rest, variables)) culprits = rest
  }
  throw badInput(
    `No formula but 0 is at once ${culprits.map(describeSymmetry).join(' and ')}; leave one of these symmetries out.`
  )
}

function namesIn(symmetry: Symmetry): readonly string[] {
  return 'between' in symmetry ? symmetry.between : [symmetry.of]
}

const largestGroup = 10_000

/**
 * True where a row is carried onto itself by symmetries whose signs multiply to -1. The symmetries generate a group of signed
 * permutations; each of its members can have but one sign. (Groups of more than 10,000 members are not looked at in whole.)
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

/** The values that a row of variables takes under the symmetry. */
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
 * What a search should build from so that formulas with the symmetries come naturally: a + b, a * b and (a - b)^2 in the place of
 * a and b that may be exchanged, a - b and a / b beside them where the exchange changes the sign, x^2 beside x that may be negated.
 * Only from the operators given; what two symmetries name stays itself, too.
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
