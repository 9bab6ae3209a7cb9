import { expect, test } from 'vitest'
import { Random } from '../../../../src-main/random.ts'
import * as s from '../../../../src-main/symbolic/index.ts'

const random = new Random(3)
const pick = <T>(from: readonly T[]): T => from[random.integer(from.length)]
const operators: s.Operator[] = [
  ...([
    '+',
    '-',
    '*',
    '/',
    '+',
    '-',
    '*',
    '/',
    '^',
    'neg',
    'inv',
    'square',
    'cube',
    'sqrt',
    'abs',
    'exp',
    'log'
  ] as const),
  ...(['sin', 'cos', 'tanh', 'acos', 'min', 'max', '>', '<', '<=', 'if', 'clamp', 'step'] as const)
]

/** A random formula of few variables and constants, so that different ones often say the same. */
function formula(nodes: number): s.Expression {
  if (nodes <= 1) return random.uniform() < 0.25 ? s.constant(pick([-2, -1, 0.5, 1, 2])) : s.variable(pick(['x', 'y']))
  const op = pick(operators)
  const args: s.Expression[] = []
  for (let left = nodes - 1, missing: number = s.operators[op]; missing > 0; missing--) {
    const share = missing === 1 ? left : Math.max(1, random.integer(left))
    args.push(formula(share))
    left -= share
  }
  return s.call(op, ...args)
}

test('formulas of one form and constants have one value wherever both have one', () => {
  const rows = 40
  const columns = new Map(
    ['x', 'y'].map((name) => [name, Float64Array.from({ length: rows }, () => 3 * random.normal())])
  )
  const forms = new Map<string, { text: string; values: Float64Array }[]>()
  let merged = 0
  for (let k = 0; k < 8000; k++) {
    const e = formula(2 + random.integer(7))
    const { text, constants } = s.formOf(e)
    if (!constants.every((value) => Math.abs(value) < 1e6 && Math.abs(value) > 1e-6)) continue
    const key = `${text} ${constants.map((value) => value.toPrecision(7)).join(' ')}`
    const values = s.evaluate(e, columns, rows)
    // beside a pole (1 / 0 > x) a value says nothing
    s.walk(e, (part) =>
      s.evaluate(part, columns, rows).forEach((value, i) => Number.isFinite(value) || (values[i] = NaN))
    )
    const shown = s.printText(e)
    const others = forms.get(key) ?? []
    for (const other of others) {
      if (other.text === shown) continue
      merged++
      values.forEach((value, i) => {
        const both = Math.abs(value) < 1e6 && Math.abs(other.values[i]) < 1e6
        const close = Math.abs(value - other.values[i]) < 1e-5 * (1 + Math.abs(value))
        if (both && !close)
          expect.fail(
            `${shown} and ${other.text} are ${value} and ${other.values[i]} at ${columns.get('x')![i]}, ${columns.get('y')![i]}: ${key}`
          )
      })
    }
    if (others.length < 20) forms.set(key, [...others, { text: shown, values }])
  }
  expect(merged).toBeGreaterThan(3000)
})

test.each([
  ['abs(x)^2', 'x^2'],
  ['sqrt(x)^2 * y', 'x * y'],
  ['sqrt(x) * sqrt(y)', 'sqrt(x * y)'],
  ['sqrt(x) / sqrt(y)', '(x / y)^0.5'],
  ['x^2.3 * y^2.3', '(x * y)^2.3'],
  ['(x^3)^2', 'x^6'],
  ['(2 * x)^2', '4 * x^2'],
  ['(3 * x)^2.5', '15.588457268119896 * x^2.5'],
  ['sqrt(x^2 * y)', 'abs(x) * sqrt(y)'],
  ['abs(x) * abs(y)', 'abs(x * y)'],
  ['exp(a) * exp(b)', 'exp(a + b)'],
  ['exp(a)^2.5', 'exp(2.5 * a)'],
  ['1 / exp(a)', 'exp(-a)'],
  ['exp(2 * log(x) + 1)', '2.718281828459045 * x^2'],
  ['exp(a * log(x))', 'x^a'],
  ['x^(y + 2)', 'x^y * x^2'],
  ['1 / x^y', 'x^-y'],
  ['log(exp(x) * 2)', 'x + log(2)'],
  ['log(a) - log(b)', 'log(a / b)'],
  ['2 * log(a) + log(b)', 'log(a^2 * b)'],
  ['log(sqrt(x))', '0.5 * log(x)'],
  ['x * y^-1', 'inv(y / x)'],
  ['1 / (1 / x)', 'x'],
  ['-(a - b)', 'b - a'],
  ['sin(y - x)', '-sin(x - y)'],
  ['cos(x + 0.3)', 'sin(x + 1.8707963267948966)'],
  ['sin(x + pi)', '-sin(x)'],
  ['tanh(-x)', '-tanh(x)'],
  ['x * y + x * z', 'x * (y + z)'],
  ['x^2 + x', 'x * (x + 1)'],
  ['1 / (x / y + 2)', 'y / (x + 2 * y)'],
  ['(a + b) / c + d', 'a / c + b / c + d'],
  ['min(x, y)', '-max(-y, -x)'],
  ['max(2 * x, 2 * y)', '2 * max(x, y)'],
  ['x > y', 'y - x < 0'],
  ['if(x <= 2, a, b)', 'if(3 * x > 6, b, a)'],
  ['clamp(x, -1, 1)', 'min(max(x, -1), 1)'],
  ['step(x)', 'x >= 0']
])('%s and %s are of one form', (one, other) => {
  const [a, b] = [one, other].map((text) => s.formOf(s.parse(text)))
  expect(a.text).toBe(b.text)
  expect(a.constants.map((value) => value.toFixed(9))).toEqual(b.constants.map((value) => value.toFixed(9)))
})

test.each([
  ['sqrt(x^2)', 'x'],
  ['abs(x) / y', 'abs(x / y)'],
  ['x > y', 'x >= y'],
  ['sin(x)', 'cos(x)'],
  ['min(x, y)', 'max(x, y)'],
  ['x^2.5', 'x^2'],
  ['exp(x)^2', 'exp(x^2)']
])('%s and %s are of different forms', (one, other) => {
  expect(s.formOf(s.parse(one)).text).not.toBe(s.formOf(s.parse(other)).text)
})
