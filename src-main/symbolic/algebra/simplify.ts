import { Collector } from './collect.ts'
import type { May } from './write-powers.ts'
import {
  call,
  constant,
  equal,
  operators,
  walk,
  type Call,
  type Expression,
  type Operator
} from '../language/expression.ts'
import { compareCost, literalOf } from './like-parts.ts'
import { binaryOperators, ternary, unaryOperators } from '../language/evaluate.ts'

/**
 * A shorter tree with the same value wherever all parts are finite (up to rounding), and NaN where the original is NaN: x - x, x / x
 * and sqrt(x)^2 stay, because they are NaN where x is infinite, 0 or negative. Where a part has a pole, the result may be finite: 1 /
 * (1/x - y/x) becomes x / (1 - y). Fitted (named) constants stay unchanged.
 * @param allowed operators that the result may introduce; default: all. `-` allows negation.
 */
export function simplify(expression: Expression, allowed?: ReadonlySet<Operator>): Expression {
  const used = new Set<Operator>()
  walk(expression, (node) => node.kind === 'call' && used.add(node.op))
  const may: May = (op) =>
    allowed === undefined || allowed.has(op) || used.has(op) || (op === 'neg' && (allowed.has('-') || used.has('-')))
  const collector = new Collector(may)
  // A pass skips parts that an earlier pass left unchanged.
  const settled = new WeakSet<Expression>()
  const isSettled = (node: Expression): boolean => node.kind !== 'call' || settled.has(node)
  const simplified = (node: Expression): Expression => {
    if (node.kind !== 'call' || settled.has(node)) return node
    const args = node.args.map(simplified)
    const whole = args.every((arg, k) => arg === node.args[k]) ? node : { ...node, args }
    const next = simplifyCall(whole, collector, may)
    if (next === whole && args.every(isSettled)) settled.add(whole)
    return next
  }
  let current = expression
  for (let pass = 0; pass < 20; pass++) {
    const next = simplified(current)
    if (equal(next, current)) return next
    current = next
  }
  return current
}

const isCall = (e: Expression, ...ops: Operator[]): e is Call => e.kind === 'call' && ops.includes(e.op)

function simplifyCall(e: Call, collector: Collector, may: May): Expression {
  return fold(e) ?? collector.collected(e) ?? rewrite(e, collector, may) ?? e
}

/** An operator on literals only becomes a literal, if its value is finite. */
function fold(e: Call): Expression | null {
  // an operator that a search defines keeps its name
  if (!(e.op in operators)) return null
  const values = e.args.map(literalOf)
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

/** Functions that are the same for -a and a */
const even: readonly Operator[] = ['cos', 'abs', 'square']
/** Functions without negative values */
const positive: readonly Operator[] = ['abs', 'square', 'exp', 'sqrt', 'acos']
/** The opposite of each comparison; both are NaN for NaN */
const opposite: Partial<Record<Operator, Operator>> = {
  '>': '<=',
  '<=': '>',
  '<': '>=',
  '>=': '<',
  '==': '!=',
  '!=': '=='
}

function rewrite(e: Call, collector: Collector, may: May): Expression | null {
  const [a, b, c] = e.args
  if (even.includes(e.op)) {
    const inner = isCall(a, 'abs') ? a.args[0] : collector.negated(a)
    if (inner && compareCost(inner, a) <= 0) return call(e.op, inner)
  }
  switch (e.op) {
    case '^':
      return powerOf(a, b, collector, may)
    case 'abs':
      return isCall(a, ...positive) ? a : null
    case 'sqrt':
      return isCall(a, 'square') && may('abs') ? call('abs', a.args[0]) : null
    case 'log':
      return isCall(a, 'exp') ? a.args[0] : null
    case 'cube':
    case 'sin':
    case 'tan':
    case 'tanh':
    case 'asin':
    case 'atan':
    case 'erf': {
      const inner = collector.negated(a)
      const turned = inner && call('neg', call(e.op, inner))
      return turned && may('neg') && compareCost(turned, e) <= 0 ? turned : null
    }
    case 'not': {
      const turned = a.kind === 'call' ? opposite[a.op] : undefined
      return turned && may(turned) ? call(turned, ...(a as Call).args) : null
    }
    case 'min':
    case 'max':
      return equal(a, b) ? a : null
    case 'if':
      if (literalOf(a) && a.kind === 'constant' && a.value === a.value) return a.value !== 0 ? b : c
      return isCall(a, 'not') ? call('if', a.args[0], c, b) : null
    default:
      return null
  }
}

function powerOf(base: Expression, exponent: Expression, collector: Collector, may: May): Expression | null {
  const known = literalOf(exponent)?.value
  if (known === undefined) return null
  if (known === 1) return base
  const named = { 2: 'square', 3: 'cube', [-1]: 'inv', 0.5: 'sqrt' }[known] as Operator | undefined
  if (named && may(named)) return call(named, base)
  const turned = known % 2 === 0 ? (isCall(base, 'abs') ? base.args[0] : collector.negated(base)) : null
  return turned && call('^', turned, exponent)
}
