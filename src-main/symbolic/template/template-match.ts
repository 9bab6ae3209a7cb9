import {
  call,
  constant,
  constantsOf,
  equal,
  sizeOf,
  substitute,
  variable,
  variablesOf,
  walk,
  type Expression
} from '../language/expression.ts'
import { evaluate } from '../language/evaluate.ts'
import { formOf } from '../algebra/form.ts'
import { argumentOf, isPlain, useOf, type Template } from './template.ts'

/** A template's functions, each of its own arguments (named by `argumentOf`), and its constants. */
export interface TemplateParts {
  functions: Expression[]
  constants: number[]
}

/** What was found so far; null: nothing yet. */
interface PartialMatch {
  functions: readonly (Expression | null)[]
  constants: readonly (number | null)[]
}

/** Ways to look at before a law counts as one that does not fit. */
const mostSteps = 20_000

/**
 * The parts that make a law of a template's structure, such as exp(-r) and m^2 of `3 * m^2 * exp(-r) + 1` in `f(r) * g(m) + c`. Terms
 * and factors may stand in any order; what could belong to several functions (here the 3) goes to the first that can take it.
 * @returns null where the law is not of that structure, or is not seen to be
 */
export function matchTemplate(template: Template, law: Expression): TemplateParts | null {
  const nothing: PartialMatch = {
    functions: template.functions.map(() => null),
    constants: template.constants.map(() => null)
  }
  for (const { functions, constants } of new Matcher(template).match(template.skeleton, law, nothing))
    // a constant that is nowhere needed changes nothing
    if (functions.every((part) => part !== null))
      return { functions: [...functions] as Expression[], constants: constants.map((value) => value ?? 1) }
  return null
}

/** The law with each of these formulas, where it stands whole, as an argument; null where something else is left. */
export function asFunctionOf(args: readonly Expression[], law: Expression): Expression | null {
  const part = largestFirst(args).reduce((rest, k) => replaced(rest, args[k], variable(argumentOf(k))), law)
  return variablesOf(part).every(isArgument) ? part : null
}

/** x / y before x */
const largestFirst = (args: readonly Expression[]): number[] =>
  [...args.keys()].sort((a, b) => sizeOf(args[b]) - sizeOf(args[a]))

class Matcher {
  private readonly template: Template
  private steps = 0

  constructor(template: Template) {
    this.template = template
  }

  /** Every way to make `law` of a piece of the template. */
  *match(piece: Expression, law: Expression, partial: PartialMatch): Generator<PartialMatch> {
    if (++this.steps > mostSteps) return
    const value = isFree(piece) ? numberOf(law) : null
    if (piece.kind === 'variable' && useOf(piece.name) >= 0) yield* this.take(useOf(piece.name), law, partial)
    else if (piece.kind === 'constant' && piece.name !== undefined) {
      if (value !== null) yield* this.settle(piece.name, value, partial)
    } else if (!isFree(piece)) {
      if (isSame(piece, law)) yield partial
    } else if (piece.kind === 'call') {
      for (const chain of [sum, product]) if (chain.has(piece)) return yield* this.chained(chain, piece, law, partial)
      const [ours, theirs] = [operandsOf(piece), operandsOf(law)]
      if (ours.op === theirs.op) yield* this.each(ours.args, theirs.args, partial)
    }
  }

  private *each(
    pieces: readonly Expression[],
    laws: readonly Expression[],
    partial: PartialMatch
  ): Generator<PartialMatch> {
    if (pieces.length === 0) return yield partial
    for (const next of this.match(pieces[0], laws[0], partial)) yield* this.each(pieces.slice(1), laws.slice(1), next)
  }

  private *settle(name: string, value: number, partial: PartialMatch): Generator<PartialMatch> {
    const at = this.template.constants.indexOf(name)
    const before = partial.constants[at]
    if (before === null) yield { ...partial, constants: partial.constants.with(at, value) }
    else if (isNear(before, value)) yield partial
  }

  /** The law as a function of what stands in the brackets of this use. */
  private *take(use: number, law: Expression, partial: PartialMatch): Generator<PartialMatch> {
    const { function: at, args } = this.template.uses[use]
    for (const { part, partial: next } of this.abstracted(law, largestFirst(args), args, partial)) {
      if (!variablesOf(part).every(isArgument)) continue
      const before = next.functions[at]
      if (before === null) yield { ...next, functions: next.functions.with(at, part) }
      else if (isSame(before, part)) yield next
    }
  }

  private *abstracted(
    law: Expression,
    order: readonly number[],
    args: readonly Expression[],
    partial: PartialMatch
  ): Generator<{ part: Expression; partial: PartialMatch }> {
    if (++this.steps > mostSteps) return
    if (order.length === 0) return yield { part: law, partial }
    const [k, ...others] = order
    if (isPlain(args[k])) {
      yield* this.abstracted(replaced(law, args[k], variable(argumentOf(k))), others, args, partial)
      return
    }
    // what is not known yet may stand for any piece of the law
    const pieces: Expression[] = []
    walk(law, (node) => variablesOf(node).length > 0 && pieces.push(node))
    for (const piece of pieces)
      for (const next of this.match(args[k], piece, partial))
        yield* this.abstracted(replaced(law, piece, variable(argumentOf(k))), others, args, next)
  }

  /** Terms of a sum, or factors of a product, shared out among those of the template. */
  private *chained(chain: Chain, piece: Expression, law: Expression, partial: PartialMatch): Generator<PartialMatch> {
    const ours = chain.items(piece).filter(({ e }) => numberOf(e) === null)
    const theirs = chain.items(law).filter(({ e }) => numberOf(e) === null)
    const number = chain.less(chain.number(law), chain.number(piece))
    const reach = ours.map(({ e }) => this.reachOf(e))
    // the number left over goes where it can, to constants first
    const order = [...ours.keys()].sort((a, b) => rank(ours[a].e) - rank(ours[b].e))
    const takers = isNear(number, chain.neutral) ? [-1] : order.filter((k) => isFree(ours[k].e))
    for (const groups of this.shared(theirs, ours, reach, 0))
      for (const taker of takers) {
        const laws = ours.map(({ e, inverse }, k) => {
          const group = groups[k]
          if (group.length === 0 && k !== taker && rank(e) > 1) return null
          const items = k === taker ? [{ e: constant(number), inverse: false }, ...group] : group
          return chain.joined(items.map((item) => ({ ...item, inverse: item.inverse !== inverse })))
        })
        if (!laws.every((each) => each !== null)) continue
        yield* this.each(
          ours.map(({ e }) => e),
          laws,
          partial
        )
      }
  }

  private *shared(theirs: Items, ours: Items, reach: readonly Set<string>[], from: number): Generator<Item[][]> {
    if (++this.steps > mostSteps) return
    if (from === theirs.length) return yield ours.map(() => [])
    const needed = variablesOf(theirs[from].e)
    for (const groups of this.shared(theirs, ours, reach, from + 1))
      for (const [k, { e }] of ours.entries()) {
        // of a piece that is a sum or product itself one term is made
        if (rank(e) === 0 || (rank(e) > 1 && groups[k].length > 0)) continue
        if (needed.every((name) => reach[k].has(name))) yield groups.with(k, [theirs[from], ...groups[k]])
      }
  }

  /** Variables that may stand in what is made of a piece. */
  private reachOf(piece: Expression): Set<string> {
    const names = new Set<string>()
    for (const name of variablesOf(piece)) {
      if (useOf(name) < 0) names.add(name)
      else for (const arg of this.template.uses[useOf(name)].args) for (const name of this.reachOf(arg)) names.add(name)
    }
    return names
  }
}

/** A fitted constant, an unknown function, something else. */
function rank(piece: Expression): number {
  return piece.kind === 'constant' ? 0 : piece.kind === 'variable' && useOf(piece.name) >= 0 ? 1 : 2
}

/** True where something is left to be found. */
function isFree(piece: Expression): boolean {
  return constantsOf(piece).length > 0 || variablesOf(piece).some((name) => useOf(name) >= 0)
}

const isArgument = (name: string): boolean => name.startsWith('\0') && useOf(name) < 0

function numberOf(e: Expression): number | null {
  return variablesOf(e).length > 0 || constantsOf(e).length > 0 ? null : evaluate(e, new Map(), 1)[0]
}

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1e-300, Math.abs(a), Math.abs(b))

function isSame(a: Expression, b: Expression): boolean {
  if (equal(a, b)) return true
  const [one, other] = [formOf(a), formOf(b)]
  return one.text === other.text && one.constants.every((value, k) => isNear(value, other.constants[k]))
}

/** x^2 is square(x). */
function operandsOf(e: Expression): { op: string; args: readonly Expression[] } {
  if (e.kind !== 'call') return { op: '', args: [] }
  if (e.op === 'square' || e.op === 'cube') return { op: '^', args: [e.args[0], constant(e.op === 'square' ? 2 : 3)] }
  return { op: e.op, args: e.args }
}

interface Item {
  e: Expression
  /** Subtracted, or divided by */
  inverse: boolean
}
type Items = readonly Item[]

/** Sums and products alike. */
interface Chain {
  neutral: number
  has(e: Expression): boolean
  items(e: Expression, inverse?: boolean): Item[]
  /** What the numbers among the items come to */
  number(e: Expression): number
  less(a: number, b: number): number
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
  const apply = (a: number, b: number, inverse: boolean): number =>
    join === '+' ? (inverse ? a - b : a + b) : inverse ? a / b : a * b
  return {
    neutral,
    has: (e) => e.kind === 'call' && ([join, part, turn] as string[]).includes(e.op),
    items,
    number: (e) =>
      items(e).reduce<number>((total, { e: item, inverse }) => {
        const value = numberOf(item)
        return value === null ? total : apply(total, value, inverse)
      }, neutral),
    less: (a, b) => apply(a, b, true),
    joined: (list) => {
      // what is added or multiplied stands first
      const [first, ...others] = [...list].sort((a, b) => Number(a.inverse) - Number(b.inverse))
      if (!first) return constant(neutral)
      const value = numberOf(first.e)
      const start = !first.inverse
        ? first.e
        : value === null
          ? call(turn, first.e)
          : constant(apply(neutral, value, true))
      return others.reduce((left, { e, inverse }) => call(inverse ? part : join, left, e), start)
    }
  }
}

const sum = chainOf('+', '-', 'neg', 0)
const product = chainOf('*', '/', 'inv', 1)

/** The law with another expression for each place where a formula stands, also as some of a sum's terms or a product's factors. */
function replaced(law: Expression, formula: Expression, by: Expression): Expression {
  if (formula.kind === 'variable') return substitute(law, new Map([[formula.name, by]]))
  if (equal(law, formula)) return by
  if (law.kind !== 'call') return law
  for (const chain of [sum, product]) {
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

/** The items without some of them; null where not all of these are there. */
function without(items: Items, some: Items): Item[] | null {
  const left = [...items]
  for (const { e, inverse } of some) {
    const at = left.findIndex((item) => item.inverse === inverse && equal(item.e, e))
    if (at < 0) return null
    left.splice(at, 1)
  }
  return left
}
