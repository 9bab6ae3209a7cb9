import type { Expression } from '../expression.ts'
import { applied, comparison, infixPower, inverse, printIn, type PrintDialect } from './dialect.ts'
import { atom, inBrackets, power, type PrintOptions } from './piece.ts'
import { isPythonName } from './python.ts'

/** In Python, == and != compare the forms of expressions, not their values. */
const relations: Record<string, string> = { '==': 'sp.Eq', '!=': 'sp.Ne' }

const dialect = (names: ReadonlyMap<string, string>): PrintDialect => ({
  variable: (name) => names.get(name) ?? (isPythonName(name) ? name : `sp.Symbol(${JSON.stringify(name)}, real=True)`),
  number: (digits) => digits.replace('inf', 'sp.oo').replace('nan', 'sp.nan'),
  power: infixPower('**'),
  prefix: 'sp.',
  functions: {
    abs: 'sp.Abs',
    min: 'sp.Min',
    max: 'sp.Max',
    clamp: (a, low, high) => atom(`sp.Min(sp.Max(${a.text}, ${low.text}), ${high.text})`),
    log10: (a) => atom(`sp.log(${a.text}, 10)`),
    square: (a) => ({ text: `${inBrackets(a, power.atom)}**2`, power: power.power }),
    cube: (a) => ({ text: `${inBrackets(a, power.atom)}**3`, power: power.power }),
    inv: inverse('1'),
    step: (a) => applied('sp.Heaviside', a, atom('1'))
  },
  compare: (op, left, right) => {
    const name = relations[op]
    return name ? atom(`${name}(${left}, ${right})`) : comparison(op, left, right)
  },
  logic: (op, args) => applied({ and: 'sp.And', or: 'sp.Or', not: 'sp.Not' }[op], ...args),
  choose: (condition, a, b) => atom(`sp.Piecewise((${a}, ${condition.text}), (${b}, True))`)
})

/**
 * One SymPy expression (with `import sympy as sp`) over real symbols, each in a variable of the same name; a name that is not a Python
 * identifier is written `sp.Symbol("name", real=True)`.
 * @param names replacements for some variables
 */
export function printSympy(
  expression: Expression,
  options: PrintOptions = {},
  names: ReadonlyMap<string, string> = new Map()
): string {
  return printIn(dialect(names), expression, options)
}
