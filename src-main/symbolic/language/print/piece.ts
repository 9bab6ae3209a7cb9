import type { Constant, Operator } from '../expression.ts'

export interface PrintOptions {
  /** Significant digits of constants; default: all, so that the number reads back unchanged. */
  digits?: number
  /** Prints the value of a fitted constant (default) or its name. */
  constants?: 'values' | 'names'
}

/** Binding powers; an argument gets brackets if it binds less tightly than its place requires. */
export const power = { or: 1, and: 2, not: 3, compare: 4, sum: 5, product: 6, neg: 7, power: 8, atom: 9 }

export const infix: Partial<Record<Operator, { power: number; left: number; right: number }>> = {
  or: { power: power.or, left: power.or, right: power.and },
  and: { power: power.and, left: power.and, right: power.not },
  '+': { power: power.sum, left: power.sum, right: power.product },
  '-': { power: power.sum, left: power.sum, right: power.product },
  '*': { power: power.product, left: power.product, right: power.neg },
  '/': { power: power.product, left: power.product, right: power.neg },
  '^': { power: power.power, left: power.atom, right: power.neg }
}
for (const op of ['>', '<', '>=', '<=', '==', '!='] as const)
  infix[op] = { power: power.compare, left: power.sum, right: power.sum }

export interface Piece {
  text: string
  power: number
}

export const atom = (text: string): Piece => ({ text, power: power.atom })
export const inBrackets = (piece: Piece, least: number): string =>
  piece.power < least ? `(${piece.text})` : piece.text

export function number(e: Constant, options: PrintOptions): Piece {
  if (e.name !== undefined && options.constants === 'names') return atom(e.name)
  const rounded = options.digits === undefined ? e.value : Number(e.value.toPrecision(options.digits))
  const value = Number.isFinite(e.value) && !Number.isFinite(rounded) ? e.value : rounded
  if (Number.isNaN(value)) return atom('nan')
  const negative = value < 0 || Object.is(value, -0)
  const size = Math.abs(value) === Infinity ? 'inf' : String(Math.abs(value))
  return negative ? { text: `-${size}`, power: power.neg } : atom(size)
}

/** Operators whose result is true or false. */
export const truths = new Set<Operator>(['>', '<', '>=', '<=', '==', '!=', 'and', 'or', 'not'])
