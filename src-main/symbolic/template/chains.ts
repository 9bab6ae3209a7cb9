import { evaluate } from '../language/evaluate.ts'
import { call, constant, constantsOf, equal, substitute, variablesOf, type Expression } from '../language/expression.ts'

/** The value of an expression without variables and fitted constants; null for others. */
export function numberOf(e: Expression): number | null {
  return variablesOf(e).length > 0 || constantsOf(e).length > 0 ? null : evaluate(e, new Map(), 1)[0]
}

/** Equal up to a billionth */
export const isNear = (a: number, b: number): boolean =>
  Math.abs(a - b) <= 1e-9 * Math.max(1e-300, Math.abs(a), Math.abs(b))

/** Rounding error of a sum, as a share of the sizes of its terms */
const roundingShare = 1e-13

export interface Item {
  e: Expression
  /** Subtracted, or divided by */
  inverse: boolean
}
export type Items = readonly Item[]

/** Operations that sums and products have in common. */
export interface Chain {
  neutral: number
  has(e: Expression): boolean
  items(e: Expression, inverse?: boolean): Item[]
  /** The numbers among the items, joined */
  number(e: Expression): number
  /** The numbers of `law` without those of `piece`; null if nothing remains, up to rounding. */
  remainder(law: Expression, piece: Expression): number | null
  /** One of `count` equal shares of a number (`count` may be negative); null if there is none */
  share(number: number, count: number): number | null
  joined(items: Items): Expression
}

function chainOf(join: '+' | '*', part: '-' | '/', turn: 'neg' | 'inv', neutral: 0 | 1): Chain {
  const items = (e: Expression, inverse = false): Item[] => {
    if (e.kind !== 'call') return [{ e, inverse }]
    const [a, b] = e.args
    if (e.op === join) return [...items(a, inverse), ...items(b, inverse)]
    if (e.op === part) return [...items(a, inverse), ...items(b, !inverse)]
    if (e.op === turn) return items(a, !inverse)
    // -x is a product, too
    return e.op === 'neg' ? [{ e: constant(-1), inverse: false }, ...items(a, inverse)] : [{ e, inverse }]
  }
  const joinNumbers = (a: number, b: number): number => (join === '+' ? a + b : a * b)
  const partNumbers = (a: number, b: number): number => (join === '+' ? a - b : a / b)
  return {
    neutral,
    has: (e) => e.kind === 'call' && ([join, part, turn] as string[]).includes(e.op),
    items,
    number: (e) =>
      items(e).reduce<number>((total, { e: item, inverse }) => {
        const value = numberOf(item)
        return value === null ? total : inverse ? partNumbers(total, value) : joinNumbers(total, value)
      }, neutral),
    remainder(law, piece) {
      const rest = partNumbers(this.number(law), this.number(piece))
      if (join === '*') return isNear(rest, 1) ? null : rest
      // terms that cancel leave the rounding error of the largest
      const sizes = [...items(law), ...items(piece)].map(({ e }) => Math.abs(numberOf(e) ?? 0))
      return Math.abs(rest) <= roundingShare * sizes.reduce((a, b) => a + b, 0) ? null : rest
    },
    share(number, count) {
      if (join === '+') return number / count
      if (number < 0 && count % 2 === 0) return null
      return Math.sign(number) * Math.abs(number) ** (1 / count)
    },
    joined: (list) => {
      // added or multiplied items come first
      const [first, ...others] = [...list].sort((a, b) => Number(a.inverse) - Number(b.inverse))
      if (!first) return constant(neutral)
      const value = numberOf(first.e)
      const start = !first.inverse
        ? first.e
        : value === null
          ? call(turn, first.e)
          : constant(partNumbers(neutral, value))
      return others.reduce((left, { e, inverse }) => call(inverse ? part : join, left, e), start)
    }
  }
}

export const sumChain = chainOf('+', '-', 'neg', 0)
export const productChain = chainOf('*', '/', 'inv', 1)

/** Replaces every occurrence of a formula in the law, also where it is some of the terms of a sum or factors of a product. */
export function replaced(law: Expression, formula: Expression, by: Expression): Expression {
  if (formula.kind === 'variable') return substitute(law, new Map([[formula.name, by]]))
  if (equal(law, formula)) return by
  if (law.kind !== 'call') return law
  for (const chain of [sumChain, productChain]) {
    if (!chain.has(law) || !chain.has(formula)) continue
    let left = chain.items(law)
    const places: Item[] = []
    for (const inverse of [false, true])
      for (
        let rest = without(left, chain.items(formula, inverse));
        rest;
        rest = without(left, chain.items(formula, inverse))
      ) {
        left = rest
        places.push({ e: by, inverse })
      }
    if (places.length > 0)
      return chain.joined([...left.map((item) => ({ ...item, e: replaced(item.e, formula, by) })), ...places])
  }
  return call(law.op, ...law.args.map((arg) => replaced(arg, formula, by)))
}

/** Removes some items; null where one of them is missing. */
function without(items: Items, some: Items): Item[] | null {
  const left = [...items]
  for (const { e, inverse } of some) {
    const at = left.findIndex((item) => item.inverse === inverse && equal(item.e, e))
    if (at < 0) return null
    left.splice(at, 1)
  }
  return left
}
