/** A formula up to the values of its constants. */
export interface Form {
  /** Equal for all formulas of the family, e.g. `(M_i + C)^-1*e + C`. The factor of each term is omitted. */
  text: string
  /**
   * The values that identify this formula within the family: each term's factor, added constants, exponents; in the order of `text`.
   */
  constants: number[]
}

/** The text of a node, written once because it is read often. */
interface Written extends Form {
  /** With the values of constants to twelve digits: equal for equal parts */
  key: string
}

/** coefficient * product of powers; without a power it is the added constant. The text omits the coefficient. */
export interface Term extends Written {
  coefficient: number
  powers: readonly Power[]
}

export interface Power extends Written {
  base: Base
  exponent: number
}

export type Sum = readonly Term[]
export interface Base extends Written {
  /** Set if it is a sum in brackets */
  sum?: Sum
  /** Set if it is a function of sums */
  of?: { name: string; args: readonly Sum[] }
  isVariable?: boolean
}

export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
export const digits = (value: number): string => value.toPrecision(12)

export function term(coefficient: number, powers: readonly Power[]): Term {
  const sorted = [...powers].sort((a, b) => compare(a.text, b.text) || compare(a.key, b.key))
  return {
    coefficient,
    powers: sorted,
    key: sorted.map(({ key }) => key).join('*'),
    text: sorted.map(({ text }) => text).join('*'),
    constants: sorted.flatMap(({ constants }) => constants)
  }
}

export function powerForm(base: Base, exponent: number): Power {
  const key = `${base.key}^${digits(exponent)}`
  const { text, constants } = base
  if (exponent === 1) return { base, exponent, key, text, constants }
  if (Math.abs(exponent) <= 3 && Number.isInteger(2 * exponent))
    return { base, exponent, key, text: `${text}^${exponent}`, constants }
  return { base, exponent, key, text: `${text}^C`, constants: [...constants, exponent] }
}

export function named(name: string): Base {
  return { key: `\`${name}\``, text: name, constants: [], isVariable: true }
}

/** A function of sums. */
export function functionOf(name: string, args: readonly Sum[]): Base {
  const forms = args.map(writtenSum)
  return {
    of: { name, args },
    key: `${name}(${args.map(sumKey).join(',')})`,
    text: `${name}(${forms.map(({ text }) => text).join(', ')})`,
    constants: forms.flatMap(({ constants }) => constants)
  }
}

/** A sum in brackets, whose first factor is 1 (or -1 under a root); its scale is part of the term's coefficient. */
export function bracketed(sum: Sum): Base {
  const { text, constants } = writtenSum(sum)
  const [first, ...others] = constants
  return { sum, key: `(${sumKey(sum)})`, text: `(${text})`, constants: Math.abs(first - 1) < 1e-9 ? others : constants }
}

/** Sorts by form first, so that the order does not depend on the values of constants; the added constant is last. */
export function inOrder(sum: Sum): Term[] {
  return [...sum].sort(
    (a, b) =>
      Number(a.powers.length === 0) - Number(b.powers.length === 0) || compare(a.text, b.text) || compare(a.key, b.key)
  )
}

export function writtenSum(sum: Sum): Form {
  if (sum.length === 0) return { text: '0', constants: [] }
  const terms = inOrder(sum)
  return {
    text: terms.map(({ text }) => text || 'C').join(' + '),
    constants: terms.flatMap(({ coefficient, constants }) => [coefficient, ...constants])
  }
}

export function sumKey(sum: Sum): string {
  return sum
    .map(({ coefficient, key }) => `${digits(coefficient)}*${key}`)
    .sort()
    .join('+')
}

export const plainForm = (coefficient: number): Sum => (coefficient === 0 ? [] : [term(coefficient, [])])
export const of = (base: Base): Sum => [term(1, [powerForm(base, 1)])]

/** The value of a sum without variables; null if it has variables. */
export function valueOf(sum: Sum): number | null {
  return sum.length === 0 ? 0 : sum.length === 1 && sum[0].powers.length === 0 ? sum[0].coefficient : null
}
