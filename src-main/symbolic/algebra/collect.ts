import { call, constant, variable, type Call, type Expression, type Operator } from '../language/expression.ts'
import {
  addFactor,
  addTerm,
  compareCost,
  copyOf,
  factorsOf,
  fingerprintOf,
  orderedParts,
  isCall,
  isEqual,
  literalOf,
  type FractionSide,
  type PowerPart,
  type PowerParts,
  type LinearParts,
  type LinearPart
} from './like-parts.ts'
import { writePower, writeProduct, type May } from './write-powers.ts'

const products: readonly Operator[] = ['*', '/', 'neg', 'inv']
const sums: readonly Operator[] = ['+', '-']
const odd: readonly Operator[] = ['sin', 'tan', 'tanh', 'asin', 'atan', 'erf']

/**
 * Whether collecting reads into functions and brackets. `opened`, a product also moves numbers out of roots, powers and exponentials and
 * expands powers of products, and a sum also adds up the constants of scaled sums and the factors inside logarithms.
 */
type Brackets = 'closed' | 'opened'

/**
 * Collects signs, numbers and like parts of sums and products. The result is never longer and has the same value for every number,
 * finite or not: nested quotients become one, equal factors on one side become a power, like terms are added unless they cancel, and
 * exponentials share their exponent. Identities that hold only in a part of the domain (x / x is 1, sqrt(x)^2 is x) are not applied.
 */
export class Collector {
  private readonly may: May
  private readonly plainProducts = new WeakMap<Expression, PowerParts>()
  private readonly plainSums = new WeakMap<Expression, LinearParts>()
  private readonly opposites = new WeakMap<Expression, Expression | null>()

  constructor(may: May) {
    this.may = may
  }

  /** Collects a sum or product whose arguments are already collected; null if no form of it is shorter or tidier. */
  collected(e: Call): Expression | null {
    const isSum = sums.includes(e.op)
    if (!isSum && !products.includes(e.op)) return null
    let best: Expression = e
    for (const brackets of ['closed', 'opened'] as const)
      for (const next of isSum ? this.sumsOf(e, brackets) : [this.productFrom(this.gatherProduct(e, brackets))])
        if (next && compareCost(next, best) <= 0) best = next
    return best === e ? null : best
  }

  // Products

  private gatherProduct(e: Expression, brackets: Brackets = 'closed'): PowerParts {
    const known = brackets === 'opened' ? undefined : this.plainProducts.get(e)
    if (known) return known
    const into: PowerParts = { number: 1, up: [], down: [] }
    this.gather(e, 'up', 1, brackets, into)
    const product = this.joinedExponentials(into)
    if (brackets === 'closed') this.plainProducts.set(e, product)
    return product
  }

  private gather(e: Expression, side: FractionSide, power: number, brackets: Brackets, into: PowerParts): void {
    const number = (value: number): void => void (into.number *= side === 'down' ? 1 / value ** power : value ** power)
    const opposite = side === 'up' ? 'down' : 'up'
    const known = literalOf(e)
    if (known) return number(known.value)
    const [a, b] = e.kind === 'call' ? e.args : []
    const op = e.kind === 'call' ? e.op : null
    if (op === 'neg') number(-1)
    if (op === 'neg' || op === '*' || op === '/') this.gather(a, side, power, brackets, into)
    if (op === '*' || op === '/') this.gather(b, op === '/' ? opposite : side, power, brackets, into)
    if (op === 'inv') this.gather(a, opposite, power, brackets, into)
    if (op !== null && products.includes(op)) return
    const raised = op === 'square' ? 2 : op === 'cube' ? 3 : op === '^' ? (literalOf(b)?.value ?? 0) : 0
    if (Number.isInteger(raised) && raised !== 0)
      return this.gatherPower(a, raised < 0 ? opposite : side, power * Math.abs(raised), brackets, into)
    if (raised < 0) return this.gather(call('^', a, constant(-raised)), opposite, power, brackets, into)
    const scaled = this.scaleOf(e, brackets)
    if (scaled) number(scaled.number)
    addFactor(into, scaled?.rest ?? e, power, side)
  }

  private gatherPower(base: Expression, side: FractionSide, power: number, brackets: Brackets, into: PowerParts): void {
    const product = this.gatherProduct(base, brackets)
    if (brackets === 'opened' || product.up.length + product.down.length === 1)
      return this.gather(base, side, power, brackets, into)
    // (-a b)^2: signs and numbers move in front of the power
    const rest = product.number === 1 ? null : this.productFrom({ ...product, number: 1 })
    if (rest) into.number *= product.number ** (side === 'down' ? -power : power)
    addFactor(into, rest ?? base, power, side)
  }

  /** Functions and sums as number * rest, if a number can be factored out. */
  private scaleOf(e: Expression, brackets: Brackets): { number: number; rest: Expression } | null {
    if (e.kind !== 'call') return null
    const [a] = e.args
    if (odd.includes(e.op)) {
      const turned = this.negated(a)
      return turned && { number: -1, rest: call(e.op, turned) }
    }
    if (sums.includes(e.op)) {
      const rest = this.negated(e)
      return rest && { number: -1, rest }
    }
    if (e.op === 'exp' && brackets === 'opened' && a.kind === 'call' && sums.includes(a.op)) {
      const { terms, constant: added } = this.gatherSum(a)
      const rest = added !== 0 && Math.abs(added) < 300 ? this.sumFrom({ terms, constant: 0 }) : null
      return rest && { number: Math.exp(added), rest: call('exp', rest) }
    }
    if (e.op !== 'abs' && !(brackets === 'opened' && (e.op === 'sqrt' || e.op === '^'))) return null
    const product = this.gatherProduct(a, brackets)
    const size = e.op === 'abs' ? Math.abs(product.number) : product.number
    const rest = size > 0 && product.number !== 1 ? this.productFrom({ ...product, number: 1 }) : null
    const exponent = e.op === 'abs' ? 1 : e.op === 'sqrt' ? 0.5 : literalOf(e.args[1])?.value
    if (!rest || literalOf(rest) || exponent === undefined) return null
    return { number: size ** exponent, rest: call(e.op, rest, ...e.args.slice(1)) }
  }

  /** exp(a) * exp(b)^2 / exp(c) as exp(a + 2*b - c) */
  private joinedExponentials(product: PowerParts): PowerParts {
    const isExp = ({ base }: PowerPart): boolean => isCall(base, 'exp')
    const [up, down] = [product.up.filter(isExp), product.down.filter(isExp)]
    if (up.length + down.length === 0 || (down.length === 0 && up.length === 1 && up[0].power === 1)) return product
    const exponent: LinearParts = { terms: [], constant: 0 }
    for (const { base, power } of up) this.addTerms(exponent, (base as Call).args[0], power)
    for (const { base, power } of down) this.addTerms(exponent, (base as Call).args[0], -power)
    const joined = exponent.terms.some(({ k }) => k === 0) ? null : this.sumFrom(exponent)
    const other = { base: variable('x'), power: 1 }
    const before = this.productFrom({ number: 1, up: [other, ...up], down })
    if (!joined || (before && compareCost(call('*', other.base, call('exp', joined)), before) >= 0)) return product
    const others = (factors: PowerPart[]): PowerPart[] => factors.filter((factor) => !isExp(factor))
    const at = product.up.findIndex(isExp)
    const rest = others(product.up)
    rest.splice(at < 0 ? rest.length : at, 0, { base: call('exp', joined), power: 1 })
    return { number: product.number, up: rest, down: others(product.down) }
  }

  /** -e if it can be written without a sign: for a product with a negative number or a sum without a positive term; else null. */
  negated(e: Expression): Expression | null {
    if (e.kind !== 'call') return literalOf(e) && literalOf(e)!.value < 0 ? constant(-literalOf(e)!.value) : null
    if (products.includes(e.op)) {
      const product = this.gatherProduct(e)
      return product.number < 0 ? this.productFrom({ ...product, number: -product.number }) : null
    }
    if (!sums.includes(e.op)) return null
    const { terms, constant: added } = this.gatherSum(e)
    if (added > 0 || terms.some(({ k }) => !(k < 0))) return null
    return this.sumFrom({ terms: terms.map(({ k, rest }) => ({ k: -k, rest })), constant: -added })
  }

  /** b - a for a - b; null if e is not a difference. */
  private turnedRound(e: Expression): Expression | null {
    if (!isCall(e, '-') && !isCall(e, '+')) return null
    const before = this.opposites.get(e)
    if (before !== undefined) return before
    const { terms, constant: added } = this.gatherSum(e)
    const isMixed = added < 0 || terms.some(({ k }) => k < 0)
    const turned = isMixed
      ? this.sumFrom({ terms: terms.map(({ k, rest }) => ({ k: -k, rest })), constant: -added })
      : null
    const opposite = turned && compareCost(turned, e) <= 0 ? turned : null
    this.opposites.set(e, opposite)
    return opposite
  }

  /** The shortest form of a product; null if it needs an operator that is not allowed, or its number is 0 or not finite. */
  private productFrom(product: PowerParts): Expression | null {
    let { number } = product
    if (number === 0 || !Number.isFinite(number)) return null
    let up = orderedParts(product.up)
    const down = orderedParts(product.down)
    if (number < 0) {
      const k = up.findIndex(({ base, power }) => power % 2 === 1 && this.turnedRound(base))
      const j = k >= 0 ? -1 : down.findIndex(({ base, power }) => power % 2 === 1 && this.turnedRound(base))
      if (k >= 0) up = up.with(k, { ...up[k], base: this.turnedRound(up[k].base)! })
      if (j >= 0) down[j] = { ...down[j], base: this.turnedRound(down[j].base)! }
      if (k >= 0 || j >= 0) number = -number
    }
    if (down.length > 0 && !this.may('/') && !(this.may('inv') && this.may('*'))) return null
    const reciprocal = Math.round(1 / number)
    const divides =
      String(number).length > 7 &&
      Math.abs(reciprocal) <= 1000 &&
      1 / reciprocal === number &&
      this.may('/') &&
      up.length > 0
    const [above, below] = this.withCommonPowers(up, down)
    const numerator = above.flatMap((factor) => factorsOf(writePower(factor, this.may)))
    const denominator = below.flatMap((factor) => factorsOf(writePower(factor, this.may)))
    if (divides) denominator.unshift(constant(Math.abs(reciprocal)))
    const sign = number < 0 ? -1 : 1
    const size = divides ? 1 : Math.abs(number)
    if (numerator.some((part) => part === null) || denominator.some((part) => part === null)) return null
    const top = numerator as Expression[]
    if (size !== 1 || (top.length === 0 && !(denominator.length > 0 && sign === 1 && this.may('inv'))))
      top.unshift(constant(sign * size))
    else if (sign < 0) {
      if (this.may('neg') || this.may('-')) top[0] = call('neg', top[0])
      else top.unshift(constant(-1))
    }
    const bottom = writeProduct(denominator as Expression[], this.may)
    if (bottom === null) return null
    if (top.length === 0) return bottom === undefined ? constant(1) : call('inv', bottom)
    const whole = writeProduct(top, this.may)
    if (!whole || bottom === undefined) return whole ?? null
    return this.may('/') ? call('/', whole, bottom) : call('*', whole, call('inv', bottom))
  }

  /** a^2 / b^2 as (a / b)^2 */
  private withCommonPowers(
    up: readonly PowerPart[],
    down: readonly PowerPart[]
  ): [readonly PowerPart[], readonly PowerPart[]] {
    const common = [2, 3].find((power) => {
      const [above, below] = [up, down].map((side) => side.filter((factor) => factor.power === power).length)
      return above + below > 1 && above > 0
    })
    if (common === undefined) return [up, down]
    const alike = (side: readonly PowerPart[]): PowerPart[] =>
      side.filter(({ power }) => power === common).map(({ base }) => ({ base, power: 1 }))
    const base = this.productFrom({ number: 1, up: alike(up), down: alike(down) })
    if (!base || writePower({ base, power: common }, this.may) === null) return [up, down]
    const others = (side: readonly PowerPart[]): PowerPart[] => side.filter(({ power }) => power !== common)
    return this.withCommonPowers([...others(up), { base, power: common }], others(down))
  }

  // Sums

  /** Forms of a sum that may be shorter. */
  private sumsOf(e: Expression, brackets: Brackets): (Expression | null)[] {
    const sum = this.gatherSum(e, brackets)
    // terms that cancel are NaN, not 0, where they are not finite
    if (sum.terms.some(({ k }) => k === 0)) return []
    return [this.sumFrom(sum), this.factored(sum)]
  }

  private gatherSum(e: Expression, brackets: Brackets = 'closed'): LinearParts {
    const known = brackets === 'opened' ? undefined : this.plainSums.get(e)
    if (known) return known
    const into: LinearParts = { terms: [], constant: 0 }
    this.addTerms(into, e, 1, brackets)
    if (brackets === 'closed') this.plainSums.set(e, into)
    return into
  }

  private addTerms(into: LinearParts, e: Expression, k: number, brackets: Brackets = 'closed'): void {
    const known = literalOf(e)
    if (known) return void (into.constant += k * known.value)
    if (isCall(e, '+') || isCall(e, '-')) {
      this.addTerms(into, e.args[0], k, brackets)
      return this.addTerms(into, e.args[1], e.op === '+' ? k : -k, brackets)
    }
    if (e.kind === 'call' && (products.includes(e.op) || odd.includes(e.op))) {
      const product = this.gatherProduct(e)
      const rest = product.number === 1 && products.includes(e.op) ? null : this.productFrom({ ...product, number: 1 })
      if (product.number !== 1 && rest) {
        const factor = k * product.number
        if (Math.abs(product.number) === 1) return this.addTerms(into, rest, factor, brackets)
        if (brackets === 'opened' && (isCall(rest, '+') || isCall(rest, '-'))) {
          const inner = this.gatherSum(rest, brackets)
          const left =
            inner.terms.length === 1 ? inner.terms[0] : { k: 1, rest: this.sumFrom({ ...inner, constant: 0 }) }
          if (left.rest) {
            into.constant += factor * inner.constant
            return addTerm(into, left.rest, factor * left.k)
          }
        }
        return addTerm(into, rest, factor)
      }
    }
    if (brackets === 'opened' && isCall(e, 'log')) {
      const inner = this.gatherProduct(e.args[0])
      const rest = inner.number > 0 && inner.number !== 1 ? this.productFrom({ ...inner, number: 1 }) : null
      if (rest && !literalOf(rest)) {
        into.constant += k * Math.log(inner.number)
        return addTerm(into, call('log', rest), k)
      }
    }
    addTerm(into, e, k)
  }

  /** Positive terms first, then negative ones; null if an operator is not allowed or a number is not finite. */
  private sumFrom({ terms, constant: added }: LinearParts): Expression | null {
    if (!Number.isFinite(added)) return null
    const whole: LinearPart[] = terms.map(({ k, rest }) => ({ k, rest }))
    // fitted constants go last, so that they are adjacent
    whole.sort((a, b) => Number(a.rest.kind === 'constant') - Number(b.rest.kind === 'constant'))
    if (added !== 0 || whole.length === 0) whole.push({ k: added, rest: constant(1) })
    const positive = whole.filter(({ k }) => k > 0)
    const negative = whole.filter(({ k }) => !(k > 0))
    if (positive.length === 0) {
      // a number carries the sign at no cost
      const first = negative.findIndex(({ k, rest }) => k !== -1 || literalOf(rest))
      negative.unshift(...negative.splice(Math.max(first, 0), 1))
    }
    let sum: Expression | null = null
    for (const { k, rest } of [...positive, ...negative]) {
      const subtract: boolean = sum !== null && k < 0 && this.may('-')
      const term = this.termOf(subtract ? -k : k, rest)
      if (!term || (sum && !subtract && !this.may('+'))) return null
      sum = sum ? call(subtract ? '-' : '+', sum, term) : term
    }
    return sum
  }

  private termOf(k: number, rest: Expression): Expression | null {
    const known = literalOf(rest)
    if (known) return constant(k * known.value)
    if (k === 1) return rest
    if (k === 0) return null
    const product = this.gatherProduct(rest)
    return this.productFrom({ ...product, number: k * product.number })
  }

  /** a*b + a*c as a*(b + c), with the factor that most terms share. */
  private factored({ terms, constant: added }: LinearParts): Expression | null {
    const asProducts = terms.map(({ k, rest }) => ({ ...this.gatherProduct(rest), k }))
    const shared = mostShared(asProducts)
    if (!shared) return null
    const isShared = (factor: PowerPart): boolean => isEqual(factor, shared.factor)
    const inner: LinearParts = { terms: [], constant: 0 }
    const outer: LinearParts = { terms: [], constant: added }
    asProducts.forEach((product, n) => {
      const side = product[shared.side]
      if (!side.some(isShared)) return addTerm(outer, terms[n].rest, terms[n].k)
      const left = side.filter((factor) => !isShared(factor))
      const rest = this.productFrom({ ...product, number: 1, [shared.side]: left })
      if (rest) this.addTerms(inner, rest, product.k * product.number)
      else inner.terms.push({ k: 0, rest: constant(0) })
    })
    if (inner.terms.some(({ k }) => k === 0)) return null
    const bracket = this.factored(inner) ?? this.sumFrom(inner)
    if (!bracket) return null
    const both = copyOf(this.gatherProduct(bracket))
    addFactor(both, shared.factor.base, shared.factor.power, shared.side)
    const product = this.productFrom(both)
    if (!product) return null
    if (outer.terms.length === 0 && outer.constant === 0) return product
    const { number, ...rest } = this.gatherProduct(product)
    const unscaled = this.productFrom({ ...rest, number: 1 })
    if (!unscaled) return null
    outer.terms.unshift({ k: number, rest: unscaled })
    return (outer.terms.length > 2 && this.factored(outer)) || this.sumFrom(outer)
  }
}

/** The factor that most products have on the same side; null if no two products share one. */
function mostShared(products: readonly PowerParts[]): { factor: PowerPart; side: FractionSide } | null {
  const counts: { factor: PowerPart; side: FractionSide; count: number }[] = []
  const byMark = new Map<string, typeof counts>()
  for (const product of products)
    for (const side of ['up', 'down'] as const)
      for (const factor of product[side]) {
        const mark = fingerprintOf(factor.base)
        // A factor that equals nothing is never shared.
        if (mark === null) continue
        const place = `${side} ${factor.power} ${mark}`
        const alike = byMark.get(place) ?? []
        const entry = alike.find((one) => isEqual(one.factor, factor))
        if (entry) entry.count++
        else {
          const first = { factor, side, count: 1 }
          byMark.set(place, [...alike, first])
          counts.push(first)
        }
      }
  const shared = counts.reduce((best, entry) => (entry.count > best.count ? entry : best), counts[0])
  return shared && shared.count > 1 ? shared : null
}
