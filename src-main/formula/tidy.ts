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
} from '../symbolic/index.ts'
import { composeFormula, nodeVariables, type GraphFormula } from './graph-formula.ts'
import { mergeConstants } from './mutate.ts'
import { usesOf, withoutNeedlessScales, withoutNeedlessScalesOfSums } from './scales.ts'

const clean = (e: Expression): Expression =>
  withoutNeedlessScales(mergeConstants(simplify(mergeConstants(withoutDoubleQuotients(e)))))

/** a / (b / c) as a c / b, and a (C / b) as C a / b: one way of writing, so that less is fitted twice. */
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
 * Merges constants, simplifies, leaves out messages that the node does not use, and names the constants anew. Unless message and
 * node are to be kept apart, it takes out of a sum over neighbours what is the same for all of them, and leaves a factor of the
 * sum to the message where that has constants for it.
 */
export function tidy(formula: GraphFormula, { apart = false } = {}): GraphFormula {
  const cleaned = { messages: formula.messages.map(clean), node: clean(formula.node) }
  if (apart) return withoutUnused(cleaned)
  const outside = takenOut(cleaned)
  return withoutUnused(withoutNeedlessScalesOfSums(outside.messages.map(clean), clean(outside.node)))
}

const ofReceiver = new Set<string>(nodeVariables)

/** sum of g(x_i) f(x_i, x_j) is g(x_i) times the sum of f; where the node has the sum once, so that g is not written twice. */
function takenOut({ messages, node }: GraphFormula): GraphFormula {
  const outside = new Map<string, Expression>()
  const inside = messages.map((message, k) => {
    const name = `e${k + 1}`
    if (usesOf(node, name) !== 1) return message
    const { rest, factor } = factored(message, variable(name))
    if (factor.kind !== 'variable') outside.set(name, factor)
    return rest
  })
  return { messages: inside, node: substitute(node, outside) }
}

/** Splits a product: what holds for all neighbours goes to `factor`, which begins as the sum itself. */
function factored(message: Expression, sum: Expression): { rest: Expression; factor: Expression } {
  const isCommon = (e: Expression): boolean => {
    const names = variablesOf(e)
    return names.length > 0 && names.every((name) => ofReceiver.has(name))
  }
  if (message.kind !== 'call' || (message.op !== '*' && message.op !== '/')) return { rest: message, factor: sum }
  const [left, right] = message.args
  if (isCommon(right)) {
    const inner = factored(left, sum)
    return { rest: inner.rest, factor: call(message.op, inner.factor, right) }
  }
  if (message.op === '*' && isCommon(left)) {
    const inner = factored(right, sum)
    return { rest: inner.rest, factor: call('*', inner.factor, left) }
  }
  const first = factored(left, sum)
  if (message.op === '/') return { rest: call('/', first.rest, right), factor: first.factor }
  const second = factored(right, first.factor)
  return { rest: call('*', first.rest, second.rest), factor: second.factor }
}

function withoutUnused(formula: GraphFormula): GraphFormula {
  const node = clean(formula.node)
  const names = variablesOf(node)
  const used = formula.messages.map((_, k) => k).filter((k) => names.includes(`e${k + 1}`))
  const renamed = new Map(used.map((k, place) => [`e${k + 1}`, variable(`e${place + 1}`)]))
  return composeFormula(
    used.map((k) => clean(formula.messages[k])),
    substitute(node, renamed)
  )
}

/** Has a sum over neighbours that varies, a scale in every exponential, and no power of a power or the like. */
export function isSensible(formula: GraphFormula): boolean {
  const used = variablesOf(formula.node)
  return (
    formula.messages.some((_, k) => used.includes(`e${k + 1}`)) &&
    formula.messages.every((message) => variablesOf(message).length > 0) &&
    [formula.node, ...formula.messages].every((part) => !isNested(part, false) && hasScales(part))
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

function isNested(e: Expression, insidePower: boolean): boolean {
  if (e.kind !== 'call') return false
  const steep = e.op === '^' || e.op === 'exp' || e.op === 'log'
  if (steep && insidePower) return true
  // exp(-(r / C)^C) is a window that physics knows; deeper nesting only imitates one.
  const next = insidePower || e.op === '^' || (e.op === 'exp' && !e.args.some(hasPowerOnly))
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
