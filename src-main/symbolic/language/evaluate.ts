import { badInput } from '../../../src-shared/errors.ts'
import { operatorNames, operators, type Expression, type Operator } from './expression.ts'
import { compile, opcodes, type Program } from './program.ts'

type Column = ArrayLike<number>
type Unary = (a: number) => number
type Binary = (a: number, b: number) => number

/** NaN if an argument is NaN, so that neither a condition nor its opposite holds. */
const compared = (test: (a: number, b: number) => boolean): Binary => {
  return (a, b) => (a !== a || b !== b ? NaN : test(a, b) ? 1 : 0)
}

/** Each operator on plain numbers: the reference for the native kernels. */
export const unaryOperators: Partial<Record<Operator, Unary>> = {
  not: (a) => (a !== a ? NaN : a === 0 ? 1 : 0),
  neg: (a) => -a,
  abs: Math.abs,
  square: (a) => a * a,
  cube: (a) => a * a * a,
  sqrt: Math.sqrt,
  inv: (a) => 1 / a,
  exp: Math.exp,
  log: Math.log,
  log10: Math.log10,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  tanh: Math.tanh,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  erf,
  step: (a) => (a !== a ? NaN : a >= 0 ? 1 : 0)
}

export const binaryOperators: Partial<Record<Operator, Binary>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': power,
  '>': compared((a, b) => a > b),
  '<': compared((a, b) => a < b),
  '>=': compared((a, b) => a >= b),
  '<=': compared((a, b) => a <= b),
  '==': compared((a, b) => a === b),
  '!=': compared((a, b) => a !== b),
  // false and NaN is false, true or NaN is true: one argument decides
  and: (a, b) => (a === 0 || b === 0 ? 0 : a !== a || b !== b ? NaN : 1),
  or: (a, b) => ((a !== 0 && a === a) || (b !== 0 && b === b) ? 1 : a !== a || b !== b ? NaN : 0),
  min: Math.min,
  max: Math.max
}

/** Like C's pow, except that 1^NaN and NaN^0 are NaN. */
function power(a: number, b: number): number {
  return a !== a || b !== b ? NaN : a === 1 ? 1 : Math.pow(a, b)
}

/** if(c, a, b) and clamp(x, low, high) on plain numbers. */
export function ternary(op: 'if' | 'clamp', a: number, b: number, c: number): number {
  if (op === 'if') return a !== a ? NaN : a !== 0 ? b : c
  return Math.min(Math.max(a, b), c)
}

const batch = 1024

/**
 * The formula's value in each row.
 * @param columns name -> one value for each row (at least `rows` values)
 * @throws HalolawError `bad-input` for an unknown column, with similar names
 */
export function evaluate(expression: Expression, columns: ReadonlyMap<string, Column>, rows: number): Float64Array {
  const program = compile(expression, [...columns.keys()])
  const inputs = [...columns.values()]
  for (const word of program.code) {
    if ((word & 255) !== opcodes.variable) continue
    const index = word >> 8
    if (inputs[index].length < rows)
      throw badInput(
        `Column "${program.variables[index]}" has ${inputs[index].length} rows where ${rows} are needed; give columns of one length.`
      )
  }
  const out = new Float64Array(rows)
  const stack = Array.from({ length: program.stackDepth }, () => new Float64Array(batch))
  for (let start = 0; start < rows; start += batch) {
    const count = Math.min(batch, rows - start)
    runBatch(program, inputs, start, count, stack)
    out.set(stack[0].subarray(0, count), start)
  }
  return out
}

/** 1 where the condition holds. With NaN, neither a comparison nor its opposite holds. */
export function evaluateCondition(
  expression: Expression,
  columns: ReadonlyMap<string, Column>,
  rows: number
): Uint8Array<ArrayBuffer> {
  const values = evaluate(expression, columns, rows)
  const out = new Uint8Array(rows)
  for (let i = 0; i < rows; i++) out[i] = values[i] === values[i] && values[i] !== 0 ? 1 : 0
  return out
}

function runBatch(
  program: Program,
  inputs: readonly Column[],
  start: number,
  count: number,
  stack: Float64Array[]
): void {
  let top = -1
  for (const word of program.code) {
    const kind = word & 255
    const arg = word >> 8
    if (kind === opcodes.variable) {
      const column = inputs[arg]
      const out = stack[++top]
      for (let i = 0; i < count; i++) out[i] = column[start + i]
      continue
    }
    if (kind < opcodes.firstOperator) {
      stack[++top].fill(program.constants[arg], 0, count)
      continue
    }
    const op = operatorNames[kind - opcodes.firstOperator]
    top -= operators[op] - 1
    apply(op, stack[top], stack[top + 1], stack[top + 2], count)
  }
}

/** Overwrites `a` with the result; the four common operators have separate loops for speed. */
function apply(op: Operator, a: Float64Array, b: Float64Array, c: Float64Array, count: number): void {
  if (op === '+') for (let i = 0; i < count; i++) a[i] += b[i]
  else if (op === '-') for (let i = 0; i < count; i++) a[i] -= b[i]
  else if (op === '*') for (let i = 0; i < count; i++) a[i] *= b[i]
  else if (op === '/') for (let i = 0; i < count; i++) a[i] /= b[i]
  else if (op === 'if' || op === 'clamp') for (let i = 0; i < count; i++) a[i] = ternary(op, a[i], b[i], c[i])
  else if (operators[op] === 2) {
    const f = binaryOperators[op]!
    for (let i = 0; i < count; i++) a[i] = f(a[i], b[i])
  } else {
    const f = unaryOperators[op]!
    for (let i = 0; i < count; i++) a[i] = f(a[i])
  }
}

/** Error function to full double precision: Maclaurin series near 0, Lentz's continued fraction of erfc beyond. */
function erf(x: number): number {
  if (x !== x) return NaN
  const a = Math.abs(x)
  if (a > 6) return Math.sign(x)
  if (a < 2) {
    let term = a
    let sum = a
    for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
      term *= (-a * a) / n
      sum += term / (2 * n + 1)
    }
    return Math.sign(x) * ((2 / Math.sqrt(Math.PI)) * sum)
  }
  // erfc(a) = exp(-a^2) / sqrt(pi) / (a + (1/2)/(a + 1/(a + (3/2)/(a + ...))))
  let fraction = a
  for (let k = 60; k >= 1; k--) fraction = a + k / 2 / fraction
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / fraction)
}
