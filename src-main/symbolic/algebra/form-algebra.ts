import {
  type Term,
  type Power,
  type Sum,
  type Base,
  digits,
  term,
  powerForm,
  functionOf,
  bracketed,
  inOrder,
  plainForm,
  of
} from './form-terms.ts'

/** A function of sums, each with its common factor in front. */
export const callOf = (name: string, args: readonly Sum[]): Base => functionOf(name, args.map(factored))

export function scaled(sum: Sum, factor: number): Sum {
  return factor === 0 ? [] : sum.map((each) => ({ ...each, coefficient: each.coefficient * factor }))
}

/** Adds like terms, and dissolves a sum that is itself a term. */
export function add(a: Sum, b: Sum): Sum {
  const terms = new Map<string, Term>()
  for (const each of [...a, ...b].flatMap(opened)) {
    const before = terms.get(each.key)
    terms.set(each.key, before ? { ...each, coefficient: before.coefficient + each.coefficient } : each)
  }
  return withJoinedLogarithms([...terms.values()].filter(({ coefficient }) => coefficient !== 0))
}

/** 2 log(a) - 4 log(b) as 2 log(a b^-2): for several logarithms whose factors are multiples of the least. */
function withJoinedLogarithms(sum: Sum): Sum {
  const isLog = ({ powers }: Term): boolean =>
    powers.length === 1 && powers[0].exponent === 1 && powers[0].base.of?.name === 'log'
  const logs = sum.filter(isLog)
  if (logs.length < 2) return sum
  const least = logs.reduce((a, b) => (Math.abs(b.coefficient) < Math.abs(a.coefficient) ? b : a)).coefficient
  const multiple = ({ coefficient }: Term): number => Math.round(coefficient / least)
  if (logs.some((one) => Math.abs(one.coefficient / least - multiple(one)) > 1e-9)) return sum
  const inside = logs.map((one) => raised(one.powers[0].base.of!.args[0], multiple(one))).reduce(multiplied)
  return [...sum.filter((one) => !isLog(one)), ...scaled(logarithm(inside), least)]
}

function opened(each: Term): Sum {
  const [first] = each.powers
  return each.powers.length === 1 && first.exponent === 1 && first.base.sum
    ? scaled(first.base.sum, each.coefficient)
    : [each]
}

/**
 * A sum as one term: the powers of variables that all terms share, times the scale (that of the first term with a variable), times the
 * remaining sum. A variable that divides some terms divides all: 1 + m/r is (r + m) r^-1.
 */
export function asTerm(sum: Sum): Term {
  if (sum.length === 0) return term(0, [])
  if (sum.length === 1) return sum[0]
  const shared = sharedPowers(sum)
  const left =
    shared.length === 0
      ? sum
      : sum.map((each) =>
          product(each.coefficient, [...each.powers, ...shared.map((one) => powerForm(one.base, -one.exponent))])
        )
  const scale = inOrder(left)[0].coefficient
  return term(scale, [...shared, powerForm(bracketed(scaled(left, 1 / scale)), 1)])
}

/** The sum as one term, if all its terms share powers of variables. */
export function factored(sum: Sum): Sum {
  return sum.length > 1 && sharedPowers(sum).some(({ exponent }) => exponent > 0) ? [asTerm(sum)] : sum
}

/** For each variable, its least integer power among the terms of a sum, if that is not 0. */
function sharedPowers(sum: Sum): Power[] {
  const bases = new Map(sum.flatMap(({ powers }) => powers.map(({ base }) => [base.key, base] as const)))
  return [...bases.values()].flatMap((base) => {
    if (!base.isVariable) return []
    const exponents = sum.map(({ powers }) => powers.find((one) => one.base.key === base.key)?.exponent ?? 0)
    const least = Math.min(...exponents)
    return least !== 0 && exponents.every(Number.isInteger) ? [powerForm(base, least)] : []
  })
}

export function multiplied(a: Sum, b: Sum): Sum {
  const [x, y] = [asTerm(a), asTerm(b)]
  const both = product(x.coefficient * y.coefficient, [...x.powers, ...y.powers])
  return both.coefficient === 0 ? [] : opened(both)
}

/** Merges equal bases, the exponents of exponentials and the radicands of equal roots; |a| |b| becomes |a b|, and |a|^2 becomes a^2. */
export function product(coefficient: number, factors: readonly Power[]): Term {
  const powers = new Map<string, Power>()
  const put = (one: Power): void =>
    void powers.set(one.base.key, powerForm(one.base, one.exponent + (powers.get(one.base.key)?.exponent ?? 0)))
  let exponent: Sum = []
  for (const one of factors) {
    if (one.base.of?.name === 'exp') exponent = add(exponent, scaled(one.base.of.args[0], one.exponent))
    else put(one)
  }
  for (const one of [...powers.values()]) {
    if (one.base.of?.name !== 'abs' || one.exponent % 2 !== 0) continue
    powers.delete(one.base.key)
    const inner = raised(one.base.of.args[0], one.exponent)[0]
    coefficient *= inner.coefficient
    inner.powers.forEach(put)
  }
  joinRoots(powers)
  if (exponent.length > 0) {
    const [{ coefficient: factor, powers: rest }] = exponential(exponent)
    coefficient *= factor
    rest.forEach(put)
  }
  return term(
    coefficient,
    [...powers.values()].filter(({ exponent }) => exponent !== 0)
  )
}

/** sqrt(a) / sqrt(b) as sqrt(a / b), |a| |b| as |a b| */
function joinRoots(powers: Map<string, Power>): void {
  const groups = new Map<string, Power[]>()
  for (const one of powers.values()) {
    const isAbs = one.base.of?.name === 'abs'
    if (one.exponent === 0 || (!isAbs && Number.isInteger(one.exponent))) continue
    const key = `${isAbs ? 'abs' : ''}${digits(Math.abs(one.exponent))}`
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  for (const group of groups.values()) {
    if (group.length < 2) continue
    const { base, exponent } = group[0]
    for (const one of group) powers.delete(one.base.key)
    const isAbs = base.of?.name === 'abs'
    const radicand = group
      .map((one) => raised(isAbs ? one.base.of!.args[0] : of(one.base), one.exponent / exponent))
      .reduce(multiplied)
    const joined = isAbs ? callOf('abs', [radicand]) : rootBase(radicand)
    powers.set(joined.key, powerForm(joined, exponent))
  }
}

const rootBase = (sum: Sum): Base => {
  const { powers } = asTerm(sum)
  return powers.length === 1 && powers[0].exponent === 1 ? powers[0].base : bracketed(sum)
}

export function raised(sum: Sum, exponent: number): Sum {
  const { coefficient, powers } = asTerm(sum)
  if (exponent === 0) return plainForm(1)
  if (powers.length === 0) return plainForm(coefficient ** exponent)
  if (Number.isInteger(exponent)) {
    const general = (one: Power): Power =>
      one.base.of?.name === '^' && Number.isInteger(one.exponent)
        ? powerForm(callOf('^', [one.base.of.args[0], scaled(one.base.of.args[1], one.exponent * exponent)]), 1)
        : powerForm(one.base, one.exponent * exponent)
    return [product(coefficient ** exponent, powers.map(general))]
  }
  // factors that are never negative move out of the root; other factors may be negative, so their root stays whole
  const [outside, inside] = [powers.filter(isNeverNegative), powers.filter((one) => !isNeverNegative(one))]
  const out = outside.map((one) =>
    powerForm(one.exponent % 2 === 0 ? magnitude(one.base) : one.base, one.exponent * exponent)
  )
  const [only] = inside
  const left =
    inside.length === 0 && coefficient > 0
      ? []
      : inside.length === 1 && coefficient > 0
        ? [powerForm(only.base, only.exponent * exponent)]
        : [powerForm(bracketed([term(coefficient < 0 ? -1 : 1, inside)]), exponent)]
  return [product(Math.abs(coefficient) ** exponent, [...out, ...left])]
}

export function isNeverNegative({ base, exponent }: Power): boolean {
  const name = base.of?.name
  return exponent % 2 === 0 || !Number.isInteger(exponent) || name === 'exp' || name === 'abs'
}

const magnitude = (base: Base): Base =>
  base.of?.name === 'abs' || base.of?.name === 'exp' ? base : callOf('abs', [of(base)])

/** x^(2 y + 3) as x^(2 y) x^3 */
export function generalPower(base: Sum, exponent: Sum): Sum {
  const fixed = exponent.filter(({ powers }) => powers.length === 0)
  const rest = exponent.filter(({ powers }) => powers.length > 0)
  const varying = of(callOf('^', [base, rest]))
  return fixed.length === 0 ? varying : multiplied(varying, raised(base, fixed[0].coefficient))
}

/** exp(k log(x) + y + c) as e^c x^k exp(y) */
export function exponential(sum: Sum): Sum {
  const added = sum.find(({ powers }) => powers.length === 0)?.coefficient ?? 0
  const isLog = ({ base, exponent }: Power): boolean => base.of?.name === 'log' && exponent === 1
  const logs = sum.filter(({ powers }) => powers.filter(isLog).length === 1)
  const rest = sum.filter((each) => each.powers.length > 0 && !logs.includes(each))
  const factors = logs.map((each) => {
    const { base } = each.powers.find(isLog)!
    const others = term(
      each.coefficient,
      each.powers.filter((one) => one.base !== base)
    )
    const argument = base.of!.args[0]
    return others.powers.length === 0 ? raised(argument, others.coefficient) : of(callOf('^', [argument, [others]]))
  })
  const start = rest.length === 0 ? plainForm(Math.exp(added)) : scaled(of(callOf('exp', [rest])), Math.exp(added))
  return factors.reduce(multiplied, start)
}

export function logarithm(sum: Sum): Sum {
  const { coefficient, powers } = asTerm(sum)
  if (powers.length === 0 || !(coefficient > 0)) return of(callOf('log', [sum]))
  const [{ base, exponent }] = powers
  const single = powers.length === 1
  const isExp = single && base.of?.name === 'exp'
  const inside = single ? of(exponent % 2 === 0 ? magnitude(base) : base) : [term(1, powers)]
  const varying = isExp
    ? scaled(base.of!.args[0], exponent)
    : scaled(of(callOf('log', [inside])), single ? exponent : 1)
  return add(varying, plainForm(Math.log(coefficient)))
}
