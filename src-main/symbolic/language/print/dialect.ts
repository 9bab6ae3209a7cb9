import type { Expression, Operator } from '../expression.ts'
import { atom, inBrackets, infix, number, power, truths, type Piece, type PrintOptions } from './piece.ts'

type Comparison = '>' | '<' | '>=' | '<=' | '==' | '!='

/** How a programming language writes a formula; `printIn` has the common part. */
export interface PrintDialect {
  variable(name: string): string
  /** @param digits of a number without its sign, or `inf` or `nan` */
  number(digits: string): string
  power(base: Piece, exponent: Piece): Piece
  /** The function name of an operator, or a function that prints it; other operators keep their name. */
  functions: Partial<Record<Operator, string | ((...args: Piece[]) => Piece)>>
  /** Prefix of the name of every function that is not in `functions`, as in `np.` */
  prefix: string
  compare(op: Comparison, left: string, right: string): Piece
  logic(op: 'and' | 'or' | 'not', args: Piece[]): Piece
  /** `a` where the condition holds, else `b` */
  choose(condition: Piece, a: string, b: string): Piece
}

export function printIn(dialect: PrintDialect, expression: Expression, options: PrintOptions = {}): string {
  return value(dialect, expression, options).text
}

function value(dialect: PrintDialect, e: Expression, options: PrintOptions): Piece {
  if (e.kind === 'variable') return atom(dialect.variable(e.name))
  if (e.kind === 'constant') {
    const piece = number(e, options)
    if (e.name !== undefined && piece.text === e.name) return piece
    return { ...piece, text: piece.text.replace(/[^-].*/, (digits) => dialect.number(digits)) }
  }
  if (truths.has(e.op)) return dialect.choose(condition(dialect, e, options), dialect.number('1'), dialect.number('0'))
  if (e.op === 'if') {
    const [a, b] = e.args.slice(1).map((arg) => value(dialect, arg, options).text)
    return dialect.choose(condition(dialect, e.args[0], options), a, b)
  }
  const args = e.args.map((arg) => value(dialect, arg, options))
  const rule = infix[e.op]
  if (e.op === '^') return dialect.power(args[0], args[1])
  if (rule) {
    const [left, right] = [inBrackets(args[0], rule.left), inBrackets(args[1], rule.right)]
    // a + -b, which is a - b to the last bit
    const isTurned = rule.power === power.sum && right.startsWith('-')
    const sign = !isTurned ? e.op : e.op === '+' ? '-' : '+'
    return { text: `${left} ${sign} ${isTurned ? right.slice(1) : right}`, power: rule.power }
  }
  // two signs in a row have another meaning in C and Julia
  if (e.op === 'neg') return { text: `-${inBrackets(args[0], power.power)}`, power: power.neg }
  const spelling = dialect.functions[e.op] ?? dialect.prefix + e.op
  return typeof spelling === 'string' ? applied(spelling, ...args) : spelling(...args)
}

/** A truth value of the language rather than 1 or 0. */
function condition(dialect: PrintDialect, e: Expression, options: PrintOptions): Piece {
  if (e.kind !== 'call' || !truths.has(e.op))
    return dialect.compare('!=', inBrackets(value(dialect, e, options), power.sum), dialect.number('0'))
  if (e.op === 'and' || e.op === 'or' || e.op === 'not')
    return dialect.logic(
      e.op,
      e.args.map((arg) => condition(dialect, arg, options))
    )
  const [left, right] = e.args.map((arg) => inBrackets(value(dialect, arg, options), power.sum))
  return dialect.compare(e.op as Comparison, left, right)
}

export function applied(name: string, ...args: Piece[]): Piece {
  return atom(`${name}(${args.map((arg) => arg.text).join(', ')})`)
}

/** 1 / a, where `one` is the language's number 1. */
export const inverse =
  (one: string) =>
  (a: Piece): Piece => ({ text: `${one} / ${inBrackets(a, power.neg)}`, power: power.product })

/** A power in Python or Julia: a ** b, a ^ b. */
export const infixPower =
  (sign: string) =>
  (base: Piece, exponent: Piece): Piece => ({
    text: `${inBrackets(base, power.atom)}${sign}${inBrackets(exponent, power.neg)}`,
    power: power.power
  })

/** left > right */
export function comparison(op: string, left: string, right: string): Piece {
  return { text: `${left} ${op} ${right}`, power: power.compare }
}
