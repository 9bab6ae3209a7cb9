import { complexity, sizeOf, type Call, type Expression, type Operator } from '../language/expression.ts'

/** number * up / down; a base has one factor in each of them at most. */
export interface PowerParts {
  number: number
  up: PowerPart[]
  down: PowerPart[]
}

export interface PowerPart {
  base: Expression
  /** Above 0 */
  power: number
}

/** A term of a sum is k * rest. */
export interface LinearPart {
  k: number
  rest: Expression
}

export interface LinearParts {
  terms: LinearPart[]
  constant: number
}

/** Below 0 where a is less complex than b, by the paper's weights. */
export function compareCost(a: Expression, b: Expression): number {
  return complexity(a) - complexity(b) || sizeOf(a) - sizeOf(b)
}

type Literal = { readonly kind: 'constant'; readonly value: number; readonly name?: undefined }
export const integerLiteral = (e: Expression): Literal | null =>
  e.kind === 'constant' && e.name === undefined ? (e as Literal) : null
export const isCall = <O extends Operator>(e: Expression, op: O): e is Call & { readonly op: O } =>
  e.kind === 'call' && e.op === op

const keys = new WeakMap<Expression, string | null>()
/**
 * Equal for trees that are equal up to the order of what is added or multiplied. Null, and equal to nothing, where there is a fitted
 * constant: another one may have the same value by chance, or be tied to it and still be wanted in its own place.
 */
function keyOf(e: Expression): string | null {
  let key = keys.get(e)
  if (key === undefined) keys.set(e, (key = writtenKey(e)))
  return key
}

function writtenKey(e: Expression): string | null {
  if (e.kind === 'variable') return `\`${e.name}\``
  if (e.kind === 'constant') return e.name === undefined ? String(Object.is(e.value, -0) ? '-0' : e.value) : null
  const args = e.args.map(keyOf)
  if (args.includes(null)) return null
  const [forward, backward]: Operator[] = e.op === '*' || e.op === '/' ? ['*', '/'] : ['+', '-']
  if (e.op !== forward && e.op !== backward) return `${e.op}(${args.join(',')})`
  const sides: [string[], string[]] = [[], []]
  const spread = (part: Expression, side: number): void => {
    if (!isCall(part, forward) && !isCall(part, backward)) return void sides[side].push(keyOf(part)!)
    spread(part.args[0], side)
    spread(part.args[1], part.op === forward ? side : 1 - side)
  }
  spread(e, 0)
  return `${forward}(${sides[0].sort().join(',')}|${sides[1].sort().join(',')})`
}

export const isEqual = (a: PowerPart, b: PowerPart): boolean => a.power === b.power && isSame(a.base, b.base)
export const isSame = (a: Expression, b: Expression): boolean => keyOf(a) !== null && keyOf(a) === keyOf(b)

export function addTerm(into: LinearParts, rest: Expression, k: number): void {
  const same = into.terms.find((term) => isSame(term.rest, rest))
  if (same) same.k += k
  else into.terms.push({ k, rest })
}

/** x * x, as a power may be written, as its factors. */
export function factorsOf(e: Expression | null): (Expression | null)[] {
  return e && isCall(e, '*') ? e.args.flatMap(factorsOf) : [e]
}

export function copyOf({ number, up, down }: PowerParts): PowerParts {
  const copies = (side: PowerPart[]): PowerPart[] => side.map((factor) => ({ ...factor }))
  return { number, up: copies(up), down: copies(down) }
}

/** A base that stands on one side already gets a higher power there; on the other side it stays, for x / x is nothing where x is 0. */
export function addFactor(into: PowerParts, base: Expression, power: number, below: boolean): void {
  const side = below ? into.down : into.up
  const same = side.find((factor) => isSame(factor.base, base))
  if (same) same.power += power
  else side.push({ base, power })
}

/** Constants first and sums last, the others as they came. */
export function orderedParts(factors: readonly PowerPart[]): PowerPart[] {
  const rank = ({ base }: PowerPart): number =>
    base.kind === 'constant' ? 0 : isCall(base, '+') || isCall(base, '-') ? 2 : 1
  return [...factors].sort((a, b) => rank(a) - rank(b))
}
