import {
  call,
  constant,
  constantsOf,
  mapExpression,
  simplify,
  substitute,
  variable,
  variablesOf,
  walk,
  type Call,
  type Expression
} from '../../symbolic/index.ts'
import { composeLaw, nodeVariables, type GraphLaw } from '../graph-law.ts'
import { mergeConstants } from './merge-constants.ts'
import { usesOf, withoutNeedlessScales, withoutNeedlessScalesOfSums } from './scales.ts'

const clean = (e: Expression): Expression =>
  withoutNeedlessScales(mergeConstants(simplify(mergeConstants(withoutDoubleQuotients(e)))))

/** a / (b / c) becomes a c / b, and a (C / b) becomes C a / b: one way of writing, so that fewer laws are fitted twice. */
function withoutDoubleQuotients(expression: Expression): Expression {
  const isQuotient = (e: Expression): e is Call => e.kind === 'call' && e.op === '/'
  const isInverse = (e: Expression): e is Call => isQuotient(e) && e.args[0].kind === 'constant'
  return mapExpression(expression, (e) => {
    if (e.kind !== 'call' || (e.op !== '*' && e.op !== '/')) return e
    const [a, b] = e.args
    if (e.op === '/') return isQuotient(b) ? call('/', call('*', a, b.args[1]), b.args[0]) : e
    const [inverse, other] = isInverse(b) ? [b, a] : [a, b]
    return isInverse(inverse) ? call('/', call('*', inverse.args[0], other), inverse.args[1]) : e
  })
}

/**
 * Merges constants, simplifies, drops messages that the node does not use, and renames the constants. Unless message and node
 * stay apart, it moves factors that are the same for all neighbours out of their sum, and a factor of the sum into a message
 * whose constants can express it.
 */
export function tidy(formula: GraphLaw, { apart = false } = {}): GraphLaw {
  const cleaned = { messages: formula.messages.map(clean), node: clean(formula.node) }
  if (apart) return withoutUnused(cleaned)
  const outside = withFactorsOutside(cleaned)
  return withoutUnused(withoutNeedlessScalesOfSums(outside.messages.map(clean), clean(outside.node)))
}

const ofReceiver = new Set<string>(nodeVariables)

/** sum of g(x_i) f(x_i, x_j) is g(x_i) times the sum of f. Applies where the node has the sum once, so that g is not written twice. */
function withFactorsOutside({ messages, node }: GraphLaw): GraphLaw {
  const outside = new Map<string, Expression>()
  const inside = messages.map((message, k) => {
    const name = `e${k + 1}`
    if (usesOf(node, name) !== 1) return message
    const factors = factorsOf(message)
    const common = factors.filter(({ part }) => isOfReceiver(part))
    if (common.length === 0 || !factors.some(({ part, divides }) => !divides && !isOfReceiver(part))) return message
    outside.set(name, product(variable(name), common))
    return product(
      null,
      factors.filter(({ part }) => !isOfReceiver(part))
    )
  })
  return { messages: inside, node: substitute(node, outside) }
}

function isOfReceiver(e: Expression): boolean {
  const names = variablesOf(e)
  return names.length > 0 && names.every((name) => ofReceiver.has(name))
}

interface Factor {
  part: Expression
  divides: boolean
}

function factorsOf(e: Expression, divides = false): Factor[] {
  if (e.kind !== 'call' || (e.op !== '*' && e.op !== '/')) return [{ part: e, divides }]
  const [left, right] = e.args
  return [...factorsOf(left, divides), ...factorsOf(right, e.op === '/' ? !divides : divides)]
}

function product(first: Expression | null, factors: readonly Factor[]): Expression {
  const join = (parts: readonly Factor[], begin: Expression | null): Expression | null =>
    parts.reduce<Expression | null>((all, { part }) => (all ? call('*', all, part) : part), begin)
  const top = join(
    factors.filter(({ divides }) => !divides),
    first
  )
  const bottom = join(
    factors.filter(({ divides }) => divides),
    null
  )
  return bottom ? call('/', top ?? constant(1), bottom) : (top ?? constant(1))
}

function withoutUnused(formula: GraphLaw): GraphLaw {
  const node = clean(formula.node)
  const names = variablesOf(node)
  const used = formula.messages.map((_, k) => k).filter((k) => names.includes(`e${k + 1}`))
  const renamed = new Map(used.map((k, place) => [`e${k + 1}`, variable(`e${place + 1}`)]))
  return composeLaw(
    used.map((k) => clean(formula.messages[k])),
    substitute(node, renamed)
  )
}

/** True for a law with a sum over neighbours that varies, a scale in every exponential, and no power of a power or the like. */
export function isSensible(formula: GraphLaw): boolean {
  const used = variablesOf(formula.node)
  return (
    formula.messages.some((_, k) => used.includes(`e${k + 1}`)) &&
    formula.messages.every((message) => variablesOf(message).length > 0) &&
    [formula.node, ...formula.messages].every((part) => !isNested(part, 'outside a power') && hasScales(part))
  )
}

/** exp(r) depends on the unit of r; exp(C r) does not. */
function hasScales(expression: Expression): boolean {
  let scaled = true
  walk(expression, (node) => {
    if (node.kind === 'call' && node.op === 'exp') scaled &&= constantsOf(node).length > 0
  })
  return scaled
}

/** Gives each exponential without a scale one that changes nothing at first. */
export function withScales(expression: Expression): Expression {
  return mapExpression(expression, (node) =>
    node.kind === 'call' && node.op === 'exp' && constantsOf(node).length === 0
      ? call('exp', call('*', constant(1, 'C'), node.args[0]))
      : node
  )
}

function isNested(e: Expression, place: 'outside a power' | 'inside a power'): boolean {
  if (e.kind !== 'call') return false
  const steep = e.op === '^' || e.op === 'exp' || e.op === 'log'
  if (steep && place === 'inside a power') return true
  // exp(-(r / C)^C) is a window that physics knows; deeper nesting only imitates one.
  const opensPower = e.op === '^' || (e.op === 'exp' && !e.args.some(hasPowerOnly))
  const next = opensPower ? 'inside a power' : place
  return e.args.some((arg) => isNested(arg, next))
}

function hasPowerOnly(e: Expression): boolean {
  let power = false
  let other = false
  walk(e, (node) => {
    if (node.kind !== 'call') return
    power ||= node.op === '^'
    other ||= node.op === 'exp' || node.op === 'log'
  })
  return power && !other
}
