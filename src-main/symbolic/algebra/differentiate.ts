import { call, constant, type Call, type Expression } from '../language/expression.ts'
import { simplify } from './simplify.ts'

/**
 * The derivative with respect to a variable, or to a fitted constant of that name. Comparisons, logic and step have derivative 0; abs,
 * min, max and clamp have the derivative of the active branch.
 */
export function differentiate(expression: Expression, name: string): Expression {
  return simplify(derivative(expression, name))
}

const zero = constant(0)
const one = constant(1)
const isZero = (e: Expression): boolean => e.kind === 'constant' && e.value === 0 && e.name === undefined

const add = (a: Expression, b: Expression): Expression => (isZero(a) ? b : isZero(b) ? a : call('+', a, b))
const times = (a: Expression, b: Expression): Expression => (isZero(a) || isZero(b) ? zero : call('*', a, b))
const minus = (a: Expression): Expression => (isZero(a) ? zero : call('neg', a))

function derivative(e: Expression, name: string): Expression {
  if (e.kind === 'variable') return e.name === name ? one : zero
  if (e.kind === 'constant') return e.name === name ? one : zero
  return chain(
    e,
    e.args.map((arg) => derivative(arg, name))
  )
}

function chain(e: Call, d: Expression[]): Expression {
  const [a, b, c] = e.args
  const [da, db, dc] = d
  if (d.every(isZero)) return zero
  const square = (x: Expression): Expression => call('*', x, x)
  switch (e.op) {
    case '+':
      return add(da, db)
    case '-':
      return add(da, minus(db))
    case '*':
      return add(times(da, b), times(a, db))
    case '/':
      return isZero(db) ? call('/', da, b) : call('/', add(times(da, b), minus(times(a, db))), square(b))
    case '^': {
      const byBase = times(da, times(b, call('^', a, call('-', b, one))))
      return add(byBase, times(db, call('*', e, call('log', a))))
    }
    case 'neg':
      return minus(da)
    case 'abs':
      return times(da, call('if', call('>=', a, zero), one, constant(-1)))
    case 'square':
      return times(da, call('*', constant(2), a))
    case 'cube':
      return times(da, call('*', constant(3), square(a)))
    case 'sqrt':
      return call('/', da, call('*', constant(2), e))
    case 'inv':
      return minus(call('/', da, square(a)))
    case 'exp':
      return times(da, e)
    case 'log':
      return call('/', da, a)
    case 'log10':
      return call('/', da, call('*', constant(Math.LN10), a))
    case 'sin':
      return times(da, call('cos', a))
    case 'cos':
      return minus(times(da, call('sin', a)))
    case 'tan':
      return times(da, call('+', one, square(e)))
    case 'tanh':
      return times(da, call('-', one, square(e)))
    case 'asin':
      return call('/', da, call('sqrt', call('-', one, square(a))))
    case 'acos':
      return minus(call('/', da, call('sqrt', call('-', one, square(a)))))
    case 'atan':
      return call('/', da, call('+', one, square(a)))
    case 'erf':
      return times(da, call('*', constant(2 / Math.sqrt(Math.PI)), call('exp', call('neg', square(a)))))
    case 'min':
      return call('if', call('<=', a, b), da, db)
    case 'max':
      return call('if', call('>=', a, b), da, db)
    case 'clamp':
      return call('if', call('<', a, b), db, call('if', call('>', a, c), dc, da))
    case 'if':
      return call('if', a, db, dc)
    default:
      return zero
  }
}
