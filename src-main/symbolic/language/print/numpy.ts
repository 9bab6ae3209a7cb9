import type { Expression } from '../expression.ts'
import { applied, comparison, infixPower, inverse, printIn, type PrintDialect } from './dialect.ts'
import { atom, inBrackets, power, type Piece, type PrintOptions } from './piece.ts'
import { isPythonName } from './python.ts'

const raised = infixPower('**')
const floating = (piece: Piece, whole: RegExp): Piece =>
  whole.test(piece.text) ? { ...piece, text: `${piece.text}.0` } : piece

const numpy: PrintDialect = {
  variable: (name) => (isPythonName(name) ? name : `columns[${JSON.stringify(name)}]`),
  // an integer that does not fit into 64 bits
  number: (digits) => digits.replace(/inf|nan/, 'np.$&').replace(/^\d{16,}$/, '$&.0'),
  // NumPy refuses negative integer powers of integers
  power: (base, exponent) => raised(floating(base, /^\d+$/), floating(exponent, /^-\d+$/)),
  prefix: 'np.',
  functions: {
    asin: 'np.arcsin',
    acos: 'np.arccos',
    atan: 'np.arctan',
    min: 'np.minimum',
    max: 'np.maximum',
    clamp: 'np.clip',
    erf: 'np.vectorize(math.erf)',
    cube: (a) => ({ text: `${inBrackets(a, power.atom)}**3`, power: power.power }),
    inv: inverse('1'),
    step: (a) => applied('np.heaviside', a, atom('1.0'))
  },
  compare: comparison,
  logic: (op, args) => applied(`np.logical_${op}`, ...args),
  choose: (condition, a, b) => atom(`np.where(${condition.text}, ${a}, ${b})`)
}

/**
 * One NumPy expression over the columns, each a variable of the same name; a name that is not a Python identifier is written
 * `columns["name"]`. `erf` needs `import math`.
 */
export function printNumpy(expression: Expression, options: PrintOptions = {}): string {
  return printIn(numpy, expression, options)
}
