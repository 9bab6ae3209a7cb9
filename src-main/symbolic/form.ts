import type { Expression, Operator } from './expression.ts'
import { simplify } from './simplify.ts'

/** What a formula is up to its constants. */
export interface Form {
  /** The same for every formula of the family, e.g. `(M_i + C)^-1*e + C`. Every term has a factor, which is not written. */
  text: string
  /** The values that single this formula out of the family: each term's factor, constants that are added, exponents; in the order of `text`. */
  constants: number[]
}

/**
 * The form of a formula: terms and factors in one order, nested sums and products flattened, quotients and roots as powers, and each
 * constant where the fewest are needed: (C4 + x) / (C5 + C6 x) is C (x + C) (x + C)^-1, because a common scale of C4, C5 and C6
 * changes nothing. So two formulas of one form, with as many constants that are not +-1, are the same law written twice. Powers of
 * +-1/2, +-1, +-2, +-3 (and their halves) belong to the form, other exponents are constants. Products of sums are not multiplied out.
 * Rewritings may differ where a formula is not defined (x / x is 1).
 */
export function formOf(expression: Expression): Form {
  return writtenSum(normal(simplify(expression)))
}

/** Constants of a form other than 1 and -1: those that a fit has to find. */
export function freeConstants(form: Form): number {
  return form.constants.filter((value) => Math.abs(Math.abs(value) - 1) > 1e-12).length
}

/** What is written once a node is built, for it is asked for again and again. */
interface Written extends Form {
  /** With the values of constants, to twelve digits: equal for equal parts */
  key: string
}

/** coefficient * product of powers; without a power it is the constant that is added. What is written leaves the coefficient out. */
interface Term extends Written {
  coefficient: number
  powers: readonly Power[]
}

interface Power extends Written {
  base: Base
  exponent: number
}

type Sum = readonly Term[]
interface Base extends Written {
  /** Where it is a sum in brackets */
  sum?: Sum
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const digits = (value: number): string => value.toPrecision(12)

function term(coefficient: number, powers: readonly Power[]): Term {
  const sorted = [...powers].sort((a, b) => compare(a.text, b.text) || compare(a.key, b.key))
  return {
    coefficient,
    powers: sorted,
    key: sorted.map(({ key }) => key).join('*'),
    text: sorted.map(({ text }) => text).join('*'),
    constants: sorted.flatMap(({ constants }) => constants)
  }
}

function power(base: Base, exponent: number): Power {
  const key = `${base.key}^${digits(exponent)}`
  const { text, constants } = base
  if (exponent === 1) return { base, exponent, key, text, constants }
  if (Math.abs(exponent) <= 3 && Number.isInteger(2 * exponent))
    return { base, exponent, key, text: `${text}^${exponent}`, constants }
  return { base, exponent, key, text: `${text}^C`, constants: [...constants, exponent] }
}

function named(name: string): Base {
  return { key: `\`${name}\``, text: name, constants: [] }
}

/** A function of sums. */
function called(name: string, args: readonly Sum[]): Base {
  const forms = args.map(writtenSum)
  return {
    key: `${name}(${args.map(sumKey).join(',')})`,
    text: `${name}(${forms.map(({ text }) => text).join(', ')})`,
    constants: forms.flatMap(({ constants }) => constants)
  }
}

/** A sum in brackets, whose first factor is 1 (or -1 under a root): its scale stands before the whole term. */
function bracketed(sum: Sum): Base {
  const { text, constants } = writtenSum(sum)
  const [first, ...others] = constants
  return { sum, key: `(${sumKey(sum)})`, text: `(${text})`, constants: Math.abs(first - 1) < 1e-9 ? others : constants }
}

/** By form first, so that the order does not hang on the values of constants; the constant that is added last. */
function inOrder(sum: Sum): Term[] {
  return [...sum].sort(
    (a, b) =>
      Number(a.powers.length === 0) - Number(b.powers.length === 0) || compare(a.text, b.text) || compare(a.key, b.key)
  )
}

function writtenSum(sum: Sum): Form {
  if (sum.length === 0) return { text: '0', constants: [] }
  const terms = inOrder(sum)
  return {
    text: terms.map(({ text }) => text || 'C').join(' + '),
    constants: terms.flatMap(({ coefficient, constants }) => [coefficient, ...constants])
  }
}

function sumKey(sum: Sum): string {
  return sum
    .map(({ coefficient, key }) => `${digits(coefficient)}*${key}`)
    .sort()
    .join('+')
}

const plain = (coefficient: number): Sum => (coefficient === 0 ? [] : [term(coefficient, [])])
const of = (base: Base): Sum => [term(1, [power(base, 1)])]

/** The value of a sum without variables; null where there are some. */
function valueOf(sum: Sum): number | null {
  return sum.length === 0 ? 0 : sum.length === 1 && sum[0].powers.length === 0 ? sum[0].coefficient : null
}

function normal(e: Expression): Sum {
  if (e.kind === 'constant') return plain(e.value)
  if (e.kind === 'variable') return of(named(e.name))
  const args = e.args.map(normal)
  const [a, b] = args
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
      return base !== null && base > 0 ? exponential(scaled(b, Math.log(base))) : of(called('^', args))
    }
    case 'exp':
      return exponential(a)
    case 'log':
      return logarithm(a)
    case 'log10':
      return scaled(logarithm(a), 1 / Math.LN10)
    default:
      return applied(e.op, args)
  }
}

function scaled(sum: Sum, factor: number): Sum {
  return factor === 0 ? [] : sum.map((each) => ({ ...each, coefficient: each.coefficient * factor }))
}

/** Like terms meet; a sum that is a term by itself is opened. */
function add(a: Sum, b: Sum): Sum {
  const terms = new Map<string, Term>()
  for (const each of [...a, ...b].flatMap(opened)) {
    const before = terms.get(each.key)
    terms.set(each.key, before ? { ...each, coefficient: before.coefficient + each.coefficient } : each)
  }
  return [...terms.values()].filter(({ coefficient }) => coefficient !== 0)
}

function opened(each: Term): Sum {
  const [first] = each.powers
  return each.powers.length === 1 && first.exponent === 1 && first.base.sum
    ? scaled(first.base.sum, each.coefficient)
    : [each]
}

/** A sum as one term: its scale, taken from its first term with a variable, times what is left. */
function asTerm(sum: Sum): Term {
  if (sum.length === 0) return term(0, [])
  if (sum.length === 1) return sum[0]
  const scale = inOrder(sum)[0].coefficient
  return term(scale, [power(bracketed(scaled(sum, 1 / scale)), 1)])
}

function multiplied(a: Sum, b: Sum): Sum {
  const [x, y] = [asTerm(a), asTerm(b)]
  const powers = new Map<string, Power>()
  for (const { base, exponent } of [...x.powers, ...y.powers])
    powers.set(base.key, power(base, exponent + (powers.get(base.key)?.exponent ?? 0)))
  const coefficient = x.coefficient * y.coefficient
  const left = [...powers.values()].filter(({ exponent }) => exponent !== 0)
  return coefficient === 0 ? [] : opened(term(coefficient, left))
}

function raised(sum: Sum, exponent: number): Sum {
  const { coefficient, powers } = asTerm(sum)
  if (exponent === 0) return plain(1)
  if (powers.length === 0) return plain(coefficient ** exponent)
  if (Number.isInteger(exponent))
    return [
      term(
        coefficient ** exponent,
        powers.map((each) => power(each.base, each.exponent * exponent))
      )
    ]
  // a root of a product is not the product of roots where factors are negative
  const [only] = powers
  const simple = coefficient > 0 && powers.length === 1 && only.exponent === 1
  const base = simple ? only.base : bracketed([term(coefficient < 0 ? -1 : 1, powers)])
  return [term(Math.abs(coefficient) ** exponent, [power(base, exponent)])]
}

function exponential(sum: Sum): Sum {
  const added = sum.find(({ powers }) => powers.length === 0)?.coefficient ?? 0
  const rest = sum.filter(({ powers }) => powers.length > 0)
  return rest.length === 0 ? plain(Math.exp(added)) : scaled(of(called('exp', [rest])), Math.exp(added))
}

function logarithm(sum: Sum): Sum {
  const { coefficient, powers } = asTerm(sum)
  if (powers.length === 0 || !(coefficient > 0)) return of(called('log', [sum]))
  return add(of(called('log', [[term(1, powers)]])), plain(Math.log(coefficient)))
}

const odd = new Set<Operator>(['sin', 'tan', 'tanh', 'asin', 'atan', 'erf'])
const even = new Set<Operator>(['cos', 'abs'])
const symmetric = new Set<Operator>(['min', 'max', 'and', 'or', '==', '!='])

function applied(op: Operator, args: Sum[]): Sum {
  const negative = args[0].length > 0 && inOrder(args[0])[0].coefficient < 0
  if (negative && (odd.has(op) || even.has(op)))
    return scaled(of(called(op, [scaled(args[0], -1)])), odd.has(op) ? -1 : 1)
  const sorted = symmetric.has(op) ? [...args].sort((a, b) => compare(sumKey(a), sumKey(b))) : args
  return of(called(op, sorted))
}
