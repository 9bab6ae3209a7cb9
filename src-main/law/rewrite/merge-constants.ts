import { call, constant, type Call, type Expression, type Operator } from '../../symbolic/language/expression.ts'

/** A constant that the fit is free to move, with the value that it starts from. */
export const freeConstant = (value: number): Expression => constant(value, 'C')

/**
 * Merges adjacent constants into one, so that a fit has no direction along which nothing changes:
 * C + C, C * C, C / C, -C, exp(C) and (C * x) * C become one constant.
 */
export function mergeConstants(expression: Expression): Expression {
  if (expression.kind !== 'call') return expression
  const args = expression.args.map(mergeConstants)
  if (args.every((arg) => arg.kind === 'constant')) {
    const values = args.map((arg) => (arg.kind === 'constant' ? arg.value : NaN))
    const value = fold(expression.op, values)
    if (value !== null && Number.isFinite(value)) return freeConstant(value)
  }
  const merged: Call = { ...expression, args }
  return mergeChain(merged, '*', '/') ?? mergeChain(merged, '+', '-') ?? merged
}

function fold(op: Operator, [a, b]: number[]): number | null {
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '^':
      return a ** b
    case 'neg':
      return -a
    case 'exp':
      return Math.exp(a)
    default:
      return null
  }
}

/** (C op x) op' C' and its mirror images -> C'' op x, for op and op' of one group (* and /, or + and -). */
function mergeChain(e: Call, forward: Operator, backward: Operator): Expression | null {
  if (e.op !== forward && e.op !== backward) return null
  const [left, right] = e.args
  const inside = right.kind === 'constant' ? left : e.op === forward && left.kind === 'constant' ? right : null
  const outer = right.kind === 'constant' ? right : left
  if (!inside || outer.kind !== 'constant' || inside.kind !== 'call') return null
  if (inside.op !== forward && inside.op !== backward) return null
  const [a, b] = inside.args
  const apply = (value: number): number => fold(e.op, [value, outer.value]) ?? value
  // C' * (C / x) etc.: `apply` holds for both orders, because the group is commutative when the outer constant is on
  // the left.
  if (a.kind === 'constant') return call(inside.op, freeConstant(apply(a.value)), b)
  if (b.kind !== 'constant') return null
  const signed = fold(inside.op, [forward === '*' ? 1 : 0, b.value]) ?? b.value
  return call(forward, a, freeConstant(apply(signed)))
}
