import { variablesOf, type Expression } from '../expression.ts'
import { applied, comparison, inverse, printIn, type PrintDialect } from './dialect.ts'
import { identifiers } from './identifiers.ts'
import { atom, inBrackets, power, type Piece, type PrintOptions } from './piece.ts'

/** Words of C and C++, and names from <math.h> and from the file around a formula. */
const reserved = new Set(
  'alignas alignof and asm auto bool break case catch char class const constexpr continue default delete do double else enum explicit export extern false float for friend goto if inline int long mutable namespace new not nullptr operator or private protected public register restrict return short signed sizeof static static_assert struct switch template this thread_local throw true try typedef typeid typename typeof union unsigned using virtual void volatile wchar_t while xor acos asin atan cos erf exp fabs fmax fmin isnan log log10 pow sin sqrt tan tanh gamma j0 j1 jn y0 y1 yn INFINITY NAN HUGE_VAL law'.split(
    ' '
  )
)

/** C's name for each column. */
export function cNames(columns: readonly string[]): ReadonlyMap<string, string> {
  return identifiers(columns, 'A-Za-z', reserved)
}

/** fmin and fmax ignore NaN, but the formula is NaN there. */
function nanAware(value: Piece, ...args: Piece[]): Piece {
  const open = args.filter(({ text }) => /[(/]/.test(text)).map(({ text }) => `isnan(${text})`)
  return open.length === 0 ? value : atom(`(${open.join(' || ')} ? NAN : ${value.text})`)
}

const dialect = (names: ReadonlyMap<string, string>): PrintDialect => ({
  variable: (name) => names.get(name)!,
  number: (digits) => digits.replace('inf', 'INFINITY').replace('nan', 'NAN').replace(/^\d+$/, '$&.0'),
  power: (base, exponent) => applied('pow', base, exponent),
  prefix: '',
  functions: {
    abs: 'fabs',
    min: (a, b) => nanAware(applied('fmin', a, b), a, b),
    max: (a, b) => nanAware(applied('fmax', a, b), a, b),
    clamp: (a, low, high) => nanAware(applied('fmin', applied('fmax', a, low), high), a, low, high),
    square: (a) => applied('pow', a, atom('2.0')),
    cube: (a) => applied('pow', a, atom('3.0')),
    inv: inverse('1.0'),
    step: (a) => atom(`(${inBrackets(a, power.sum)} >= 0.0 ? 1.0 : 0.0)`)
  },
  compare: comparison,
  logic: (op, args) => {
    const parts = args.map((arg) => inBrackets(arg, power.atom))
    return atom(op === 'not' ? `!${parts[0]}` : `(${parts.join(op === 'and' ? ' && ' : ' || ')})`)
  },
  choose: (condition, a, b) => atom(`(${condition.text} ? ${a} : ${b})`)
})

/**
 * One C expression over doubles (with `#include <math.h>`). Names that are invalid in C are changed (`cNames`).
 * @param names from `cNames`; default: for the variables of this formula
 */
export function printC(
  expression: Expression,
  options: PrintOptions = {},
  names = cNames(variablesOf(expression))
): string {
  return printIn(dialect(names), expression, options)
}
