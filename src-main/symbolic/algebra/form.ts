import type { Expression, Operator } from '../language/expression.ts'
import {
  callOf,
  scaled,
  add,
  asTerm,
  factored,
  multiplied,
  product,
  raised,
  isNeverNegative,
  generalPower,
  exponential,
  logarithm
} from './form-algebra.ts'
import {
  type Form,
  type Sum,
  compare,
  term,
  powerForm,
  named,
  inOrder,
  writtenSum,
  sumKey,
  plainForm,
  of,
  valueOf
} from './form-terms.ts'
import { simplify } from './simplify.ts'

export type { Form } from './form-terms.ts'

/**
 * The form of a formula: sorts terms and factors, flattens nested sums and products, writes quotients and roots as powers, and places
 * constants so that the fewest are needed: (C4 + x) / (C5 + C6 x) is C (x + C) (x + C)^-1, because a common scale of C4, C5 and C6
 * changes nothing. Two formulas with the same form and the same number of constants other than +-1 are therefore the same law.
 * Exponents of +-1/2, +-1, +-2, +-3 (and their halves) belong to the form; other exponents are constants. Products of sums are not
 * expanded. Each rewrite keeps the value wherever all parts of the formula are finite, and may extend the domain (sqrt(x)^2 is x,
 * log(x) + log(y) is log(x y)): formulas with the same form and equal constants agree wherever both have a value.
 */
export function formOf(expression: Expression): Form {
  return writtenSum(factored(normal(simplify(expression))))
}

/** The number of constants other than 1 and -1: those that a fit determines. */
export function freeConstants(form: Form): number {
  return form.constants.filter((value) => Math.abs(Math.abs(value) - 1) > 1e-12).length
}

function normal(e: Expression): Sum {
  if (e.kind === 'constant') return plainForm(e.value)
  if (e.kind === 'variable') return of(named(e.name))
  const args = e.args.map(normal)
  const [a, b, c] = args
  switch (e.op) {
    case '+':
      return add(a, b)
    case '-':
      return add(a, scaled(b, -1))
    case 'neg':
      return scaled(a, -1)
    case '*':
      return multiplied(a, b)
    case '/':
      return multiplied(a, raised(b, -1))
    case 'inv':
      return raised(a, -1)
    case 'square':
      return raised(a, 2)
    case 'cube':
      return raised(a, 3)
    case 'sqrt':
      return raised(a, 0.5)
    case '^': {
      const [base, exponent] = [valueOf(a), valueOf(b)]
      if (exponent !== null) return raised(a, exponent)
      return base !== null && base > 0 ? exponential(scaled(b, Math.log(base))) : generalPower(a, b)
    }
    case 'exp':
      return exponential(a)
    case 'log':
      return logarithm(a)
    case 'log10':
      return scaled(logarithm(a), 1 / Math.LN10)
    case 'clamp':
      return extreme('min', extreme('max', a, b), c)
    case 'min':
    case 'max':
      return extreme(e.op, a, b)
    case 'step':
      return compared('>=', a, [])
    case '>':
    case '>=':
      return compared(e.op, a, b)
    case '<':
    case '<=':
      return compared(e.op === '<' ? '>' : '>=', b, a)
    case 'if':
      return choice(a, b, c)
    default:
      return applied(e.op, args)
  }
}

const odd = new Set<Operator>(['tan', 'tanh', 'asin', 'atan', 'erf'])
const symmetric = new Set<Operator>(['and', 'or', '==', '!='])

const leads = (sum: Sum): number => (sum.length === 0 ? 0 : inOrder(sum)[0].coefficient)

function applied(op: Operator, args: Sum[]): Sum {
  const [a] = args
  if (op === 'sin' || op === 'cos') return wave(op, a)
  if (op === 'abs') return magnitudeOf(a)
  if (odd.has(op) && leads(a) < 0) return scaled(of(callOf(op, [scaled(a, -1)])), -1)
  const sorted = symmetric.has(op) ? [...args].sort((x, y) => compare(sumKey(x), sumKey(y))) : args
  return of(callOf(op, sorted))
}

function magnitudeOf(sum: Sum): Sum {
  const { coefficient, powers } = asTerm(sum)
  if (powers.length === 0) return plainForm(Math.abs(coefficient))
  const [outside, inside] = [powers.filter(isNeverNegative), powers.filter((one) => !isNeverNegative(one))]
  const left = inside.length === 0 ? [] : [powerForm(callOf('abs', [[term(1, inside)]]), 1)]
  return [product(Math.abs(coefficient), [...outside, ...left])]
}

/** Writes sines and cosines as sines with a phase in (-pi/2, pi/2); a phase of a quarter turn disappears. */
function wave(op: 'sin' | 'cos', argument: Sum): Sum {
  const rest = argument.filter(({ powers }) => powers.length > 0)
  if (rest.length === 0) return plainForm(Math[op](argument[0]?.coefficient ?? 0))
  const offset = argument.find(({ powers }) => powers.length === 0)?.coefficient ?? 0
  const turned = leads(rest) < 0
  // sin(-a + p) = sin(a + pi - p)
  const shift = op === 'cos' ? Math.PI / 2 : 0
  const phase = turned ? Math.PI - (offset + shift) : offset + shift
  const halves = Math.round(phase / Math.PI)
  const sign = halves % 2 === 0 ? 1 : -1
  const left = phase - halves * Math.PI
  const straight = turned ? scaled(rest, -1) : rest
  if (Math.abs(left) < 1e-9) return scaled(of(callOf('sin', [straight])), sign)
  if (Math.abs(left) > Math.PI / 2 - 1e-9) return scaled(of(callOf('cos', [straight])), left > 0 ? sign : -sign)
  return scaled(of(callOf('sin', [add(straight, plainForm(left))])), sign)
}

/** max or min, divided by the leading coefficient of the first argument: max(-2 x, y) is -2 min(x, -0.5 y). */
function extreme(op: 'min' | 'max', a: Sum, b: Sum): Sum {
  const sorted = [a, b].sort((x, y) => compare(writtenSum(x).text, writtenSum(y).text) || compare(sumKey(x), sumKey(y)))
  const scale = leads(sorted[0]) || leads(sorted[1])
  if (scale === 0) return of(callOf(op, sorted))
  const turned = op === 'min' ? 'max' : 'min'
  return scaled(
    of(
      callOf(
        scale > 0 ? op : turned,
        sorted.map((each) => scaled(each, 1 / scale))
      )
    ),
    scale
  )
}

/** a > b as a - b > 0, divided by the leading coefficient of the difference. */
function compared(op: '>' | '>=', a: Sum, b: Sum): Sum {
  const difference = add(a, scaled(b, -1))
  const scale = leads(difference)
  if (scale === 0) return plainForm(op === '>' ? 0 : 1)
  const turned = op === '>' ? '<' : '<='
  return of(callOf(scale > 0 ? op : turned, [scaled(difference, 1 / scale), []]))
}

/** if(x < c, a, b) as if(x >= c, b, a) */
function choice(condition: Sum, a: Sum, b: Sum): Sum {
  const [only] = condition
  const base =
    condition.length === 1 && only.powers.length === 1 && only.powers[0].exponent === 1
      ? only.powers[0].base.of
      : undefined
  if (base?.name !== '<' && base?.name !== '<=') return of(callOf('if', [condition, a, b]))
  return of(callOf('if', [of(callOf(base.name === '<' ? '>=' : '>', base.args)), b, a]))
}
