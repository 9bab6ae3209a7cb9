import { call, constant, mapExpression, substitute, variable, walk, type Expression } from '../../symbolic/index.ts'
import { mergeConstants } from './merge-constants.ts'

const isFitted = (e: Expression): boolean => e.kind === 'constant' && e.name !== undefined
const fitted = (value: number): Expression => constant(value, 'C')

/** `factor` times the expression, by other values of its fitted constants only; null where these cannot express it. */
export function rescaled(e: Expression, factor: number): Expression | null {
  if (!Number.isFinite(factor) || factor === 0) return null
  if (e.kind === 'constant') return isFitted(e) ? { ...e, value: e.value * factor } : null
  if (e.kind !== 'call') return null
  const [a, b] = e.args
  switch (e.op) {
    case 'neg':
      return changed(e.op, rescaled(a, factor))
    case '+':
    case '-':
      return changed(e.op, rescaled(a, factor), rescaled(b, factor))
    case '*':
      return changed(e.op, rescaled(a, factor), b) ?? changed(e.op, a, rescaled(b, factor))
    case '/':
      return changed(e.op, rescaled(a, factor), b) ?? changed(e.op, a, rescaled(b, 1 / factor))
    case '^':
      return factor > 0 && b.kind === 'constant' ? changed(e.op, rescaled(a, factor ** (1 / b.value)), b) : null
    default:
      return null
  }
}

function changed(op: '+' | '-' | '*' | '/' | '^' | 'neg', ...args: (Expression | null)[]): Expression | null {
  return args.every((arg) => arg !== null) ? call(op, ...args) : null
}

/**
 * Drops constants that others can express: C (C + C x) becomes C + C x, and (C + x) / (C + C y) becomes (C + x) / (C + y). Values
 * stay the same, the fit has no direction along which nothing changes, and the formula is no longer than necessary.
 */
export function withoutNeedlessScales(expression: Expression): Expression {
  return mapExpression(expression, (e) => {
    if (e.kind !== 'call' || (e.op !== '*' && e.op !== '/')) return e
    const [left, right] = e.args
    const times = (factor: number): number => (e.op === '*' ? factor : 1 / factor)
    if (right.kind === 'constant' && isFitted(right)) return rescaled(left, times(right.value)) ?? e
    if (e.op === '*' && left.kind === 'constant' && isFitted(left)) return rescaled(right, left.value) ?? e
    const inRight = unitTerm(right)
    const leftThen = inRight && rescaled(left, times(inRight.factor))
    if (leftThen) return call(e.op, leftThen, inRight.rest)
    const inLeft = unitTerm(left)
    const rightThen = inLeft && rescaled(right, times(inLeft.factor))
    return rightThen ? call(e.op, inLeft.rest, rightThen) : e
  })
}

/** A sum with a term C x, as `factor` times a sum with the term x. */
function unitTerm(e: Expression): { factor: number; rest: Expression } | null {
  if (e.kind !== 'call' || (e.op !== '+' && e.op !== '-')) return null
  const [left, right] = e.args
  for (const [term, other, isLeft] of [
    [right, left, false],
    [left, right, true]
  ] as const) {
    if (term.kind !== 'call' || (term.op !== '*' && term.op !== '/')) continue
    const [a, b] = term.args
    const scale = isFitted(b) ? b : term.op === '*' && isFitted(a) ? a : null
    if (scale?.kind !== 'constant') continue
    const factor = term.op === '*' ? scale.value : 1 / scale.value
    const rest = rescaled(other, 1 / factor)
    const bare = scale === b ? a : b
    if (rest) return { factor, rest: isLeft ? call(e.op, bare, rest) : call(e.op, rest, bare) }
  }
  return null
}

/** The same across a sum: a message whose constants can express a factor of its sum takes that factor from the node function. */
export function withoutNeedlessScalesOfSums(
  messages: readonly Expression[],
  node: Expression
): { messages: Expression[]; node: Expression } {
  const free = messages.map((message, k) => usesOf(node, `e${k + 1}`) === 1 && rescaled(message, 2) !== null)
  const withFactors = new Map(
    messages.flatMap((_, k) => (free[k] ? [[`e${k + 1}`, call('*', fitted(1), variable(`e${k + 1}`))]] : []))
  )
  const inner = [...messages]
  const outer = mapExpression(withoutNeedlessScales(mergeConstants(substitute(node, withFactors))), (e) => {
    if (e.kind !== 'call' || (e.op !== '*' && e.op !== '/')) return e
    const [a, b] = e.args
    const [scale, sum] = isFitted(b) ? [b, a] : e.op === '*' && isFitted(a) ? [a, b] : [null, a]
    const k = sum.kind === 'variable' ? messages.findIndex((_, n) => free[n] && sum.name === `e${n + 1}`) : -1
    if (scale?.kind !== 'constant' || k < 0) return e
    const message = rescaled(inner[k], e.op === '*' ? scale.value : 1 / scale.value)
    if (!message) return e
    inner[k] = message
    return sum
  })
  return { messages: inner, node: outer }
}

export function usesOf(expression: Expression, name: string): number {
  let uses = 0
  walk(expression, (part) => void (uses += part.kind === 'variable' && part.name === name ? 1 : 0))
  return uses
}
