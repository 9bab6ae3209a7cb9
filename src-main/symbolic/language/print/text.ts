import type { Expression } from '../expression.ts'
import { isPlainName } from '../tokens.ts'
import { atom, inBrackets, infix, number, power, type Piece, type PrintOptions } from './piece.ts'

/** The formula as text that `parse` reads back to the same tree (with all digits, and names given as constants). */
export function printText(expression: Expression, options: PrintOptions = {}): string {
  return text(expression, options).text
}

function text(e: Expression, options: PrintOptions): Piece {
  if (e.kind === 'variable') return atom(isPlainName(e.name) ? e.name : `\`${e.name}\``)
  if (e.kind === 'constant') return number(e, options)
  const args = e.args.map((arg) => text(arg, options))
  const rule = infix[e.op]
  if (rule)
    return { text: `${inBrackets(args[0], rule.left)} ${e.op} ${inBrackets(args[1], rule.right)}`, power: rule.power }
  if (e.op === 'not') return { text: `not ${inBrackets(args[0], power.not)}`, power: power.not }
  // -(2) is the negation of 2, -2 is the number; the same holds for inf
  if (e.op === 'neg') {
    const digit = /^(?:[\d.]|inf$|nan$)/.test(args[0].text) && args[0].power === power.atom
    return { text: digit ? `-(${args[0].text})` : `-${inBrackets(args[0], power.neg)}`, power: power.neg }
  }
  return atom(`${e.op}(${args.map((arg) => arg.text).join(', ')})`)
}
