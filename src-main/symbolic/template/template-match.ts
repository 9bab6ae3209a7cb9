import {
  constant,
  constantsOf,
  equal,
  sizeOf,
  variable,
  variablesOf,
  walk,
  type Expression
} from '../language/expression.ts'
import { formOf } from '../algebra/form.ts'
import { isNear, numberOf, productChain, replaced, sumChain, type Chain, type Item, type Items } from './chains.ts'
import { argumentOf, isPlain, useOf, type Template } from './template.ts'

/** The functions of a template, with arguments named by `argumentOf`, and its constants. */
export interface TemplateParts {
  functions: Expression[]
  constants: number[]
}

/** The known parts; null: not yet known. */
interface PartialMatch {
  functions: readonly (Expression | null)[]
  constants: readonly (number | null)[]
}

/** Steps after which a law counts as not matching. */
const mostSteps = 20_000

/**
 * Finds the functions and constants with which a template gives a law, such as exp(-r), m^2 and 1 for the law `3 * m^2 * exp(-r) + 1`
 * and the template `f(r) * g(m) + c`. Terms and factors may have any order; a factor or term that fits several functions (here the 3)
 * goes to the first of them.
 * @returns null where the law does not have this structure, or the structure is not recognised
 */
export function matchTemplate(template: Template, law: Expression): TemplateParts | null {
  const nothing: PartialMatch = {
    functions: template.functions.map(() => null),
    constants: template.constants.map(() => null)
  }
  for (const { functions, constants } of new Matcher(template).match(template.skeleton, law, nothing))
    // a constant that the law does not need has no effect
    if (functions.every((part) => part !== null))
      return { functions: [...functions] as Expression[], constants: constants.map((value) => value ?? 1) }
  return null
}

/** Writes a law as a function of the given formulas; null where something else remains. */
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

  /** Every way in which a piece of the template gives `law`. */
  *match(piece: Expression, law: Expression, partial: PartialMatch): Generator<PartialMatch> {
    if (++this.steps > mostSteps) return
    const value = isFree(piece) ? numberOf(law) : null
    if (piece.kind === 'variable' && useOf(piece.name) >= 0) yield* this.take(useOf(piece.name), law, partial)
    else if (piece.kind === 'constant' && piece.name !== undefined) {
      if (value !== null) yield* this.settle(piece.name, value, partial)
    } else if (!isFree(piece)) {
      if (isSame(piece, law)) yield partial
    } else if (piece.kind === 'call') {
      for (const chain of [sumChain, productChain])
        if (chain.has(piece)) return yield* this.chained(chain, piece, law, partial)
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

  /** The law as a function of the arguments of this use. */
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
    // an argument with unknowns may match any piece of the law
    const pieces: Expression[] = []
    walk(law, (node) => variablesOf(node).length > 0 && pieces.push(node))
    for (const piece of pieces)
      for (const next of this.match(args[k], piece, partial))
        yield* this.abstracted(replaced(law, piece, variable(argumentOf(k))), others, args, next)
  }

  /** Distributes the terms of a sum, or factors of a product, among those of the template. */
  private *chained(chain: Chain, piece: Expression, law: Expression, partial: PartialMatch): Generator<PartialMatch> {
    const ours = chain.items(piece).filter(({ e }) => numberOf(e) === null)
    const theirs = chain.items(law).filter(({ e }) => numberOf(e) === null)
    const reach = ours.map(({ e }) => this.reachOf(e))
    const rest = chain.remainder(law, piece)
    const ways = rest === null ? [ours.map(() => null)] : this.waysToAssign(chain, ours, rest)
    for (const groups of this.shared(theirs, ours, reach, 0))
      for (const numbers of ways) {
        const laws = ours.map(({ e, inverse }, k) => {
          const [group, number] = [groups[k], numbers[k]]
          if (group.length === 0 && number === null && rank(e) > 1) return null
          const items = number === null ? group : [{ e: constant(number), inverse: false }, ...group]
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

  /**
   * Ways to assign a number that is left over to the pieces: to one of them, constants first, or in equal shares to all uses of one
   * function, as in `f(x) + f(y)`, where the constant of f occurs twice.
   */
  private waysToAssign(chain: Chain, ours: Items, number: number): (number | null)[][] {
    const order = [...ours.keys()].sort((a, b) => rank(ours[a].e) - rank(ours[b].e))
    const single = order
      .filter((k) => isFree(ours[k].e))
      .map((k) => ours.map((_, i): number | null => (i === k ? number : null)))
    const functions = ours.map(({ e }) => (rank(e) === 1 && e.kind === 'variable' ? this.functionAt(e.name) : null))
    const equal = [...new Set(functions)].flatMap((at) => {
      const uses = [...ours.keys()].filter((k) => functions[k] === at)
      const count = uses.reduce((sum, k) => sum + (ours[k].inverse ? -1 : 1), 0)
      if (at === null || uses.length < 2 || count === 0) return []
      const share = chain.share(number, count)
      // `joined` turns the items of an inverse piece around, so the share is turned first
      const turned = share === null ? null : chain.share(share, -1)
      return share === null
        ? []
        : [ours.map(({ inverse }, k) => (functions[k] !== at ? null : inverse ? turned : share))]
    })
    return [...single, ...equal]
  }

  private functionAt(name: string): number {
    return this.template.uses[useOf(name)].function
  }

  private *shared(theirs: Items, ours: Items, reach: readonly Set<string>[], from: number): Generator<Item[][]> {
    if (++this.steps > mostSteps) return
    if (from === theirs.length) return yield ours.map(() => [])
    const needed = variablesOf(theirs[from].e)
    for (const groups of this.shared(theirs, ours, reach, from + 1))
      for (const [k, { e }] of ours.entries()) {
        // a piece that is no function matches a single term
        if (rank(e) === 0 || (rank(e) > 1 && groups[k].length > 0)) continue
        if (needed.every((name) => reach[k].has(name))) yield groups.with(k, [theirs[from], ...groups[k]])
      }
  }

  /** Variables that the match of a piece may contain. */
  private reachOf(piece: Expression): Set<string> {
    const names = new Set<string>()
    for (const name of variablesOf(piece)) {
      if (useOf(name) < 0) names.add(name)
      else for (const arg of this.template.uses[useOf(name)].args) for (const name of this.reachOf(arg)) names.add(name)
    }
    return names
  }
}

/** 0: a fitted constant, 1: an unknown function, 2: something else */
function rank(piece: Expression): number {
  return piece.kind === 'constant' ? 0 : piece.kind === 'variable' && useOf(piece.name) >= 0 ? 1 : 2
}

/** True where a piece contains unknowns. */
function isFree(piece: Expression): boolean {
  return constantsOf(piece).length > 0 || variablesOf(piece).some((name) => useOf(name) >= 0)
}

const isArgument = (name: string): boolean => name.startsWith('\0') && useOf(name) < 0

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
