import { complexity, sizeOf, type Call, type Expression, type Operator } from '../language/expression.ts'

/** Numerator or denominator */
export type FractionSide = 'up' | 'down'

/** number * up / down; each side has at most one factor of a base. */
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

/** Negative if a is less complex than b, by the paper's weights. */
export function compareCost(a: Expression, b: Expression): number {
  return complexity(a) - complexity(b) || sizeOf(a) - sizeOf(b)
}

type Literal = { readonly kind: 'constant'; readonly value: number; readonly name?: undefined }
export const literalOf = (e: Expression): Literal | null =>
  e.kind === 'constant' && e.name === undefined ? (e as Literal) : null
export const isCall = <O extends Operator>(e: Expression, op: O): e is Call & { readonly op: O } =>
  e.kind === 'call' && e.op === op

const keys = new WeakMap<Expression, string | null>()
/**
 * Equal for trees that differ only in the order of terms and factors. Null, which equals nothing, for trees with a fitted constant: two
 * constants may have the same value by chance, and even tied constants keep their places.
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

/** Of a tree; for a sum or product also those of its two sides, in any order of their parts. */
interface Fingerprint {
  mark: number
  sides: readonly [forward: number, backward: number] | null
}

const fingerprints = new WeakMap<Expression, Fingerprint | null>()

/** Equal where the keys are equal, and null where they are null, in constant time for a tree whose parts have theirs. */
export function fingerprintOf(e: Expression): number | null {
  return fingerprint(e)?.mark ?? null
}

function fingerprint(e: Expression): Fingerprint | null {
  let known = fingerprints.get(e)
  if (known === undefined) fingerprints.set(e, (known = newFingerprint(e)))
  return known
}

function newFingerprint(e: Expression): Fingerprint | null {
  if (e.kind !== 'call') {
    const key = keyOf(e)
    return key === null ? null : { mark: hashOfText(key), sides: null }
  }
  const parts = e.args.map(fingerprint)
  if (!parts.every((part) => part !== null)) return null
  const group = groupOf(e)
  if (group === null)
    return { mark: parts.reduce((mark, part) => mixed(Math.imul(mark, 31) + part.mark), hashOfText(e.op)), sides: null }
  const [left, right] = parts.map(
    (part, k) => (groupOf(e.args[k]) === group && part.sides) || ([mixed(part.mark), 0] as const)
  )
  const [forward, backward] = e.op === group ? right : [right[1], right[0]]
  const sides = [(left[0] + forward) | 0, (left[1] + backward) | 0] as const
  return { mark: mixed(Math.imul(sides[0], 31) + Math.imul(sides[1], 17) + hashOfText(group)), sides }
}

function groupOf(e: Expression): '*' | '+' | null {
  if (e.kind !== 'call') return null
  return e.op === '*' || e.op === '/' ? '*' : e.op === '+' || e.op === '-' ? '+' : null
}

/** Spreads the bits of a number (the finaliser of MurmurHash3). */
function mixed(value: number): number {
  let bits = value | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}

function hashOfText(text: string): number {
  let hash = 0
  for (let k = 0; k < text.length; k++) hash = (Math.imul(hash, 31) + text.charCodeAt(k)) | 0
  return mixed(hash)
}

export const isEqual = (a: PowerPart, b: PowerPart): boolean => a.power === b.power && isSame(a.base, b.base)

function isSame(a: Expression, b: Expression): boolean {
  const mark = fingerprintOf(a)
  return mark !== null && mark === fingerprintOf(b) && keyOf(a) === keyOf(b)
}

/** Up to this many terms, a search through them is faster than a table. */
const fewTerms = 8
/** Fingerprints of the terms of long sums. */
const termTables = new WeakMap<LinearParts, Set<number>>()

export function addTerm(into: LinearParts, rest: Expression, k: number): void {
  const same = mayHold(into, rest) ? into.terms.find((term) => isSame(term.rest, rest)) : undefined
  if (same) {
    same.k += k
    return
  }
  into.terms.push({ k, rest })
  const mark = fingerprintOf(rest)
  if (mark !== null) termTables.get(into)?.add(mark)
}

function mayHold(sum: LinearParts, rest: Expression): boolean {
  if (sum.terms.length <= fewTerms) return true
  let table = termTables.get(sum)
  if (!table) {
    table = new Set(sum.terms.map((term) => fingerprintOf(term.rest)).filter((mark) => mark !== null))
    termTables.set(sum, table)
  }
  const mark = fingerprintOf(rest)
  return mark !== null && table.has(mark)
}

/** The factors of x * x, as which a power may be written. */
export function factorsOf(e: Expression | null): (Expression | null)[] {
  return e && isCall(e, '*') ? e.args.flatMap(factorsOf) : [e]
}

export function copyOf({ number, up, down }: PowerParts): PowerParts {
  const copies = (side: PowerPart[]): PowerPart[] => side.map((factor) => ({ ...factor }))
  return { number, up: copies(up), down: copies(down) }
}

/**
 * Raises the power of a base that is already on this side. Factors on opposite sides do not cancel, because x / x is NaN where x is 0.
 */
export function addFactor(into: PowerParts, base: Expression, power: number, side: FractionSide): void {
  const factors = into[side]
  const same = factors.find((factor) => isSame(factor.base, base))
  if (same) same.power += power
  else factors.push({ base, power })
}

/** Constants first and sums last; the others keep their order. */
export function orderedParts(factors: readonly PowerPart[]): PowerPart[] {
  const rank = ({ base }: PowerPart): number =>
    base.kind === 'constant' ? 0 : isCall(base, '+') || isCall(base, '-') ? 2 : 1
  return [...factors].sort((a, b) => rank(a) - rank(b))
}
