import {
  call,
  constant,
  equal,
  mapExpression,
  operators,
  type Call,
  type Expression,
  type Operator
} from './expression.ts'
import { binaryOperators, ternary, unaryOperators } from './evaluate.ts'

/**
 * A shorter tree with the same value in every row, up to rounding in the last digits. Only rewritings that hold for every
 * number are used: x - x or x / x stay, for they are NaN where x is not finite or is 0. Fitted (named) constants are kept
 * as they are.
 * @param allowed operators that may appear where they did not stand before; default: all. `-` allows negation.
 */
export function simplify(expression: Expression, allowed?: ReadonlySet<Operator>): Expression {
  let current = expression
  for (let pass = 0; pass < 20; pass++) {
    const next = mapExpression(current, (node) => {
      if (node.kind !== 'call') return node
      const simpler = simplifyCall(node)
      return allowed === undefined || addsOnly(simpler, node, allowed) ? simpler : node
    })
    if (equal(next, current)) return next
    current = next
  }
  return current
}

type Literal = { readonly kind: 'constant'; readonly value: number; readonly name?: undefined }
const literal = (e: Expression): Literal | null =>
  e.kind === 'constant' && e.name === undefined ? (e as Literal) : null
const isValue = (e: Expression, value: number): boolean => literal(e)?.value === value
type Of<O extends Operator> = Call & { readonly op: O }
const isCall = <O extends Operator>(e: Expression, op: O): e is Of<O> => e.kind === 'call' && e.op === op

/** True when every operator near the top of the new tree is allowed or was near the top of the old one. */
function addsOnly(after: Expression, before: Expression, allowed: ReadonlySet<Operator>): boolean {
  const old = topOperators(before, 3)
  return topOperators(after, 3).every((op) => allowed.has(op) || old.includes(op) || (op === 'neg' && allowed.has('-')))
}

function topOperators(e: Expression, levels: number): Operator[] {
  if (e.kind !== 'call' || levels === 0) return []
  return [e.op, ...e.args.flatMap((arg) => topOperators(arg, levels - 1))]
}

function simplifyCall(e: Call): Expression {
  return fold(e) ?? rewrite(e) ?? e
}

/** An operator on literals alone becomes a literal, where it is finite. */
function fold(e: Call): Expression | null {
  // an operator that a search defines keeps its name
  if (!(e.op in operators)) return null
  const values = e.args.map(literal)
  if (!values.every((v) => v !== null)) return null
  const [a, b, c] = values.map((v) => v.value)
  const value =
    e.op === 'if' || e.op === 'clamp'
      ? ternary(e.op, a, b, c)
      : e.args.length === 2
        ? binaryOperators[e.op]!(a, b)
        : unaryOperators[e.op]!(a)
  return Number.isFinite(value) ? constant(value) : null
}

function rewrite(e: Call): Expression | null {
  const [a, b, c] = e.args
  switch (e.op) {
    case '+':
      return sum(a, b)
    case '-':
      return difference(a, b)
    case '*':
      return product(a, b)
    case '/':
      return quotient(a, b)
    case '^':
      return isValue(b, 1)
        ? a
        : isValue(b, 2)
          ? call('square', a)
          : isValue(b, 3)
            ? call('cube', a)
            : isValue(b, -1)
              ? call('inv', a)
              : isValue(b, 0.5)
                ? call('sqrt', a)
                : null
    case 'neg':
      if (isCall(a, 'neg')) return a.args[0]
      if (isCall(a, '-')) return call('-', a.args[1], a.args[0])
      if (isCall(a, '*') && literal(a.args[0])) return call('*', constant(-literal(a.args[0])!.value), a.args[1])
      if (isCall(a, '/') && literal(a.args[0])) return call('/', constant(-literal(a.args[0])!.value), a.args[1])
      return null
    case 'abs':
      return isCall(a, 'neg') || isCall(a, 'abs') ? call('abs', a.args[0]) : isCall(a, 'square') ? a : null
    case 'square':
      return isCall(a, 'neg') || isCall(a, 'abs') ? call('square', a.args[0]) : null
    case 'cos':
      return isCall(a, 'neg') || isCall(a, 'abs') ? call('cos', a.args[0]) : null
    case 'inv':
      if (isCall(a, 'inv')) return null
      return isCall(a, '/') && !literal(a.args[1]) ? call('/', a.args[1], a.args[0]) : null
    case 'min':
    case 'max':
      return equal(a, b) ? a : null
    case 'if':
      if (literal(a) && a.kind === 'constant' && a.value === a.value) return a.value !== 0 ? b : c
      return null
    default:
      return null
  }
}

function sum(a: Expression, b: Expression): Expression | null {
  if (isValue(b, 0)) return a
  if (isValue(a, 0)) return b
  if (literal(a) && !literal(b)) return call('+', b, a)
  if (isCall(b, 'neg')) return call('-', a, b.args[0])
  if (isCall(a, 'neg')) return call('-', b, a.args[0])
  const k = literal(b)
  if (k) {
    // (x + 1) + 2, (x - 1) + 2, (1 - x) + 2
    if (isCall(a, '+') && literal(a.args[1])) return call('+', a.args[0], constant(literal(a.args[1])!.value + k.value))
    if (isCall(a, '-') && literal(a.args[0])) return call('-', constant(literal(a.args[0])!.value + k.value), a.args[1])
    return null
  }
  // constants go to the end, where they meet
  if (isCall(a, '+') && literal(a.args[1])) return call('+', call('+', a.args[0], b), a.args[1])
  if (isCall(b, '+') && literal(b.args[1])) return call('+', call('+', a, b.args[0]), b.args[1])
  return equal(a, b) ? call('*', constant(2), a) : null
}

function difference(a: Expression, b: Expression): Expression | null {
  if (isValue(b, 0)) return a
  if (isValue(a, 0)) return call('neg', b)
  if (literal(b)) return call('+', a, constant(-literal(b)!.value))
  if (isCall(b, 'neg')) return call('+', a, b.args[0])
  if (isCall(b, '-')) return call('-', call('+', a, b.args[1]), b.args[0])
  if (isCall(b, '+') && literal(b.args[1]))
    return call('+', call('-', a, b.args[0]), constant(-literal(b.args[1])!.value))
  if (isCall(a, '+') && literal(a.args[1])) return call('+', call('-', a.args[0], b), a.args[1])
  return null
}

function product(a: Expression, b: Expression): Expression | null {
  if (isValue(b, 1)) return a
  if (isValue(a, 1)) return b
  if (isValue(a, -1)) return call('neg', b)
  if (literal(b)) return call('*', b, a)
  if (isCall(a, 'neg') && isCall(b, 'neg')) return call('*', a.args[0], b.args[0])
  if (isCall(a, 'neg')) return call('neg', call('*', a.args[0], b))
  if (isCall(b, 'neg')) return call('neg', call('*', a, b.args[0]))
  // constants come first, where they meet
  const k = literal(a)
  if (k) {
    if (isCall(b, '*') && literal(b.args[0])) return call('*', constant(k.value * literal(b.args[0])!.value), b.args[1])
    if (isCall(b, '/') && literal(b.args[0])) return call('/', constant(k.value * literal(b.args[0])!.value), b.args[1])
    if (isCall(b, 'inv')) return call('/', a, b.args[0])
    return null
  }
  if (isCall(a, '*') && literal(a.args[0])) return call('*', a.args[0], call('*', a.args[1], b))
  if (isCall(b, '*') && literal(b.args[0])) return call('*', b.args[0], call('*', a, b.args[1]))
  if (isCall(b, 'inv')) return call('/', a, b.args[0])
  if (isCall(a, 'inv')) return call('/', b, a.args[0])
  return equal(a, b) ? call('square', a) : null
}

function quotient(a: Expression, b: Expression): Expression | null {
  if (isValue(b, 1)) return a
  const k = literal(b)
  if (k && k.value !== 0 && Number.isFinite(1 / k.value)) return call('*', constant(1 / k.value), a)
  if (isValue(a, 1)) return call('inv', b)
  if (isCall(a, 'neg') && isCall(b, 'neg')) return call('/', a.args[0], b.args[0])
  if (isCall(a, 'neg')) return call('neg', call('/', a.args[0], b))
  if (isCall(b, 'neg')) return call('neg', call('/', a, b.args[0]))
  if (isCall(a, '*') && literal(a.args[0])) return call('*', a.args[0], call('/', a.args[1], b))
  if (isCall(b, '*') && literal(b.args[0]) && literal(b.args[0])!.value !== 0)
    return call('*', constant(1 / literal(b.args[0])!.value), call('/', a, b.args[1]))
  return null
}
