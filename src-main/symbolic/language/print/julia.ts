import { variablesOf, type Expression } from '../expression.ts'
import { applied, comparison, inverse, printIn, type PrintDialect } from './dialect.ts'
import { identifiers } from './identifiers.ts'
import { atom, inBrackets, power, type Piece, type PrintOptions } from './piece.ts'

const reserved = new Set(
  'baremodule begin break catch const continue do else elseif end export false finally for function global if import in isa let local macro module quote return struct true try using where while abs acos asin atan clamp cos erf exp ifelse im inv log log10 max min pi sin sqrt tan tanh law'.split(
    ' '
  )
)

/** Julia's name for each column. */
export function juliaNames(columns: readonly string[]): ReadonlyMap<string, string> {
  return identifiers(columns, '\\p{L}', reserved)
}

/** Numbers are floats, because large integers overflow. An integer exponent stays an integer, because Julia multiplies it out. */
const float = (digits: string): string =>
  digits
    .replace('inf', 'Inf')
    .replace('nan', 'NaN')
    .replace(/^\d+$/, '$&.0')
    .replace(/^(\d+)e/, '$1.0e')

const raised = (base: Piece, exponent: string): Piece => ({
  text: `${inBrackets(base, power.atom)}^${exponent}`,
  power: power.power
})

const dialect = (names: ReadonlyMap<string, string>): PrintDialect => ({
  variable: (name) => names.get(name)!,
  number: float,
  power: (base, exponent) => {
    const whole = /^(-?\d{1,2})\.0$/.exec(exponent.text)?.[1] ?? inBrackets(exponent, power.atom)
    return raised(base, whole.startsWith('-') ? `(${whole})` : whole)
  },
  prefix: '',
  functions: {
    square: (a) => raised(a, '2'),
    cube: (a) => raised(a, '3'),
    inv: inverse('1.0'),
    // Julia's clamp returns the lower bound if the bounds cross
    clamp: (a, low, high) => atom(`min(max(${a.text}, ${low.text}), ${high.text})`),
    step: (a) => atom(`ifelse(${inBrackets(a, power.sum)} >= 0.0, 1.0, 0.0)`)
  },
  compare: comparison,
  // & and | bind more tightly than comparisons
  logic: (op, args) => {
    const parts = args.map((arg) => inBrackets(arg, power.atom))
    return op === 'not'
      ? { text: `!${parts[0]}`, power: power.neg }
      : atom(`(${parts.join(op === 'and' ? ' & ' : ' | ')})`)
  },
  choose: (condition, a, b) => applied('ifelse', condition, atom(a), atom(b))
})

/**
 * One Julia expression over the columns (`@.` makes it work on vectors). Outside a function's domain, Julia raises an error. Names that
 * are invalid in Julia are changed (`juliaNames`); `erf` needs `using SpecialFunctions`.
 * @param names from `juliaNames`; default: for the variables of this formula
 */
export function printJulia(
  expression: Expression,
  options: PrintOptions = {},
  names = juliaNames(variablesOf(expression))
): string {
  return printIn(dialect(names), expression, options)
}
