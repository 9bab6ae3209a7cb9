import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Random } from '../../../../src-main/random.ts'
import * as s from '../../../../src-main/symbolic/index.ts'
import { evaluateProgram, jacobianProgram } from '../../../../src-main/symbolic/language/native-evaluate.ts'
import { smallExpression } from '../../../fixtures/expressions.ts'

/** Distance in units in the last place between two doubles of the same sign. */
function ulps(a: number, b: number): number {
  if (Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b)) || a === b) return 0
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Infinity
  const step = Math.max(2 ** -1074, 2 ** (Math.floor(Math.log2(Math.max(Math.abs(a), Math.abs(b)))) - 52))
  return Math.abs(a - b) / step
}

const run = (text: string, columns: Record<string, Float64Array>, precision?: s.Precision): Float64Array => {
  const names = Object.keys(columns)
  return evaluateProgram(s.compile(s.parse(text), names), Object.values(columns), columns[names[0]].length, precision)
}

const random = new Random(3)
const spread = (count: number, low: number, high: number): Float64Array =>
  Float64Array.from({ length: count }, () => low + (high - low) * random.uniform())
const special = Float64Array.of(
  0,
  -0,
  1,
  -1,
  Infinity,
  -Infinity,
  NaN,
  5e-324,
  1e-310,
  1.7976931348623157e308,
  709.9,
  -745.5,
  -746,
  0.5
)

test.each([
  ['exp', Math.exp, spread(20_000, -750, 712)],
  ['exp', Math.exp, spread(20_000, -2, 2)],
  ['log', Math.log, spread(20_000, 0, 3)],
  ['log', Math.log, Float64Array.from(spread(20_000, -320, 308), (e) => 10 ** e)],
  ['sin', Math.sin, spread(20_000, -20, 20)],
  ['cos', Math.cos, spread(20_000, -20, 20)],
  ['sin', Math.sin, spread(20_000, -1e7, 1e7)],
  ['cos', Math.cos, spread(20_000, -1e6, 1e6)]
] as const)('%s is within 2 units in the last place', (name, reference, x) => {
  for (const values of [x, special]) {
    const out = run(`${name}(x)`, { x: values })
    let worst = 0
    out.forEach((v, i) => (worst = Math.max(worst, ulps(v, reference(values[i])))))
    expect(worst).toBeLessThanOrEqual(2)
  }
})

// V8's Math is fdlibm's, itself within 1 unit of the exact value
test.each([
  ['tanh', Math.tanh, spread(20_000, -3, 3)],
  ['tanh', Math.tanh, spread(5_000, -30, 30)],
  ['atan', Math.atan, spread(20_000, -4, 4)],
  ['atan', Math.atan, Float64Array.from(spread(5_000, -300, 300), (e) => Math.sign(e) * 10 ** e)],
  ['asin', Math.asin, spread(20_000, -1, 1)],
  ['acos', Math.acos, spread(20_000, -1, 1)],
  ['tan', Math.tan, spread(20_000, -20, 20)],
  ['log10', Math.log10, Float64Array.from(spread(20_000, -320, 308), (e) => 10 ** e)],
  ['log10', Math.log10, spread(20_000, 0, 3)]
] as const)('%s is within 2 units in the last place of the plain evaluator', (name, reference, x) => {
  for (const values of [
    x,
    special,
    Float64Array.of(1e-9, -1e-300, 0.5, -0.5, 0.4375, 0.6875, 1.1875, 2.4375, 1 - 1e-16, 0.632)
  ]) {
    let worst = 0
    run(`${name}(x)`, { x: values }).forEach((v, i) => {
      const exact = reference(values[i])
      worst = Math.max(worst, ulps(v, exact))
      expect(Number.isNaN(v)).toBe(Number.isNaN(exact))
    })
    expect(worst).toBeLessThanOrEqual(2)
  }
})

test('erf is within 2 units in the last place of mpmath', () => {
  const exact = [
    [1e-300, 1.1283791670955126e-300],
    [1e-9, 1.1283791670955127e-9],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [0.84, 0.7651427114549945],
    [1, 0.8427007929497149],
    [1.25, 0.9229001282564583],
    [2, 0.9953222650189527],
    [3.5, 0.9999992569016276],
    [5.5, 0.9999999999999927]
  ]
  const out = run('erf(x)', { x: Float64Array.from(exact, ([x]) => x) })
  exact.forEach(([, value], i) => expect(ulps(out[i], value)).toBeLessThanOrEqual(2))
})

test('the power is within 2 units in the last place of the C library', () => {
  const x = Float64Array.from(spread(20_000, -5, 5), (e) => 10 ** e)
  const y = spread(20_000, -20, 20)
  const out = run('x ^ y', { x, y })
  let worst = 0
  out.forEach((v, i) => (worst = Math.max(worst, ulps(v, x[i] ** y[i]))))
  expect(worst).toBeLessThanOrEqual(2)
  const a = Float64Array.of(-2, -2, 0, 0, 0, Infinity, 1, NaN, 2, -8, 1e300, 1e-300)
  const b = Float64Array.of(3, 0.5, 2, -1, 0, -1, 1e308, 0, Infinity, 1 / 3, 2, 2)
  expect([...run('a ^ b', { a, b })]).toEqual([-8, NaN, 0, Infinity, 1, 0, 1, NaN, Infinity, NaN, Infinity, 0])
})

const columns = new Map([
  ['x', spread(1300, -3, 3)],
  ['y', spread(1300, 0.1, 4)],
  ['M_i', spread(1300, -1, 9)]
])
const names = [...columns.keys()]

test('native values equal the plain evaluator', () => {
  fc.assert(
    fc.property(smallExpression, (e) => {
      const native = evaluateProgram(s.compile(e, names), [...columns.values()], 1300)
      const single = evaluateProgram(s.compile(e, names), [...columns.values()], 1300, 'single')
      s.evaluate(e, columns, 1300).forEach((v, i) => {
        if (Math.abs(native[i] - v) <= 1e-9 * (1 + Math.abs(v)) || Object.is(native[i], v)) return
        // sin of something vast, or a jump, may differ by the last digit before it
        if (!/sin|cos|step|[<>=]|tan|exp|\^/.test(s.printText(e))) expect(native[i], s.printText(e)).toBe(v)
        expect(Number.isNaN(native[i]), s.printText(e)).toBe(Number.isNaN(v))
      })
      expect(single.length).toBe(1300)
    }),
    { numRuns: 300 }
  )
})

test.each([
  ['exp', Math.exp, spread(20_000, -87, 88)],
  ['log', Math.log, Float64Array.from(spread(20_000, -37, 38), (e) => 10 ** e)],
  ['log', Math.log, spread(20_000, 0, 3)],
  ['sin', Math.sin, spread(20_000, -50, 50)],
  ['cos', Math.cos, spread(20_000, -50, 50)],
  ['sin', Math.sin, spread(20_000, -1e4, 1e4)]
] as const)('%s in 32 bits is within 2 units in the last place', (name, reference, values) => {
  const x = values.map(Math.fround)
  let worst = 0
  run(`${name}(x)`, { x }, 'single').forEach((v, i) => {
    const exact = reference(x[i])
    const step = 2 ** (Math.floor(Math.log2(Math.abs(exact))) - 23)
    // near a zero of sin or cos the argument's own reduction counts
    worst = Math.max(worst, Math.abs(v - exact) / Math.max(step, name === 'exp' ? 0 : 2 ** -30))
  })
  expect(worst).toBeLessThanOrEqual(2)
  const [inf, nan] = [Infinity, NaN]
  const limits = { exp: [inf, 0, nan, 1], log: [inf, nan, nan, -inf], sin: [nan, nan, nan, 0], cos: [nan, nan, nan, 1] }
  expect([...run(`${name}(x)`, { x: Float64Array.of(inf, -inf, nan, 0) }, 'single')]).toEqual(limits[name])
})

test('the power in 32 bits is within 2 units in the last place', () => {
  const x = Float64Array.from(spread(20_000, -5, 5), (e) => Math.fround((e > 0 ? 1 : -1) * 10 ** e))
  const whole = spread(20_000, -9, 9).map(Math.round)
  const any = spread(20_000, -7, 7).map(Math.fround)
  for (const [a, y] of [
    [x, whole],
    [x.map(Math.abs), any]
  ]) {
    let worst = 0
    run('x ^ y', { x: a, y }, 'single').forEach((v, i) => {
      const exact = a[i] ** y[i]
      if (Math.abs(exact) > 1e-37 && Math.abs(exact) < 3e38)
        worst = Math.max(worst, Math.abs(v - exact) / 2 ** (Math.floor(Math.log2(Math.abs(exact))) - 23))
    })
    expect(worst).toBeLessThanOrEqual(2)
  }
  const a = Float64Array.of(-2, -2, 0, 0, 0, Infinity, 1, NaN, 2, -8, 1e30, 1e-30, -1e30)
  const b = Float64Array.of(3, 0.5, 2, -1, 0, -1, 1e30, 0, Infinity, 1 / 3, 2, 2, 3)
  expect([...run('a ^ b', { a, b }, 'single')]).toEqual([
    -8,
    NaN,
    0,
    Infinity,
    1,
    0,
    1,
    NaN,
    Infinity,
    NaN,
    Infinity,
    0,
    -Infinity
  ])
})

test('a row has the same value in however many rows it stands', () => {
  fc.assert(
    fc.property(
      smallExpression,
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom('double' as const, 'single' as const),
      (e, rows, precision) => {
        const program = s.compile(e, names)
        const all = evaluateProgram(program, [...columns.values()], 1300, precision)
        const exactly = [...columns.values()].map((column) => column.slice(0, rows))
        expect([...evaluateProgram(program, exactly, rows, precision)], s.printText(e)).toEqual([
          ...all.subarray(0, rows)
        ])
      }
    ),
    { numRuns: 200 }
  )
})

test('32-bit evaluation is close to 64-bit', () => {
  const text = 'exp(-x^2 / y) * sin(M_i) + log(y) ^ 2 / (1 + y ^ 2.1) - sqrt(y) * cos(x)'
  const all = Object.fromEntries(columns)
  const exact = run(text, all)
  run(text, all, 'single').forEach((v, i) =>
    expect(Math.abs(v - exact[i])).toBeLessThan(3e-6 * (1 + Math.abs(exact[i])))
  )
})

test('Jacobians agree with finite differences, including for a constant that occurs twice', () => {
  const texts = [
    'C1 + y / (C2 + (C3 * y) ^ C4)',
    'C1 * sin(C2 * x + C3) + C1 * cos(x) * C4',
    'exp(C1 * x) / (1 + exp(-C2 * x)) + tanh(C3 * x) - log(y + C4 ^ 2)',
    'if(x > C1, C2 * y, abs(C3 * x)) + max(C4 * x, y) + clamp(C1 * x, C2, C3 * 5)',
    'asin(C1 * x / 9) + acos(C2 * y / 9) + atan(C3 * x) + erf(C4 * x) + tan(C1 / 5) + log10(y * C2)',
    'sqrt(y * C1) + inv(y + C2) + cube(C3 * x) + square(C4 - x) - (-C1) * (x - C2) / C3',
    // parts that stand several times, by themselves and within each other
    'sin(C1 * x) * sin(C1 * x) + (sin(C1 * x) - C2) / (2 + sin(x * C1))',
    '(C1 + y) ^ (C1 + y) / ((C1 + y) ^ (C1 + y) + C2) - if(C3 > x, C3 * y, C3 * y + C4 * y)',
    'C1 - C1 + (C2 * y) * (C2 * y) / (C3 + max(C2 * y, C2 * y)) + x'
  ]
  const values = { C1: 0.7, C2: 1.3, C3: 0.4, C4: 1.9 }
  const rows = 300
  const inputs = [...columns.values()]
  for (const text of texts) {
    const program = s.compile(s.parse(text, { constants: values }), names)
    const { values: f, byParameter, byVariable } = jacobianProgram(program, inputs, rows)
    expect([...f]).toEqual([...evaluateProgram(program, inputs, rows)])
    const h = 1e-6
    const check = (exact: Float64Array, low: Float64Array, high: Float64Array): void => {
      let bad = 0
      exact.forEach((d, i) => {
        const estimate = (high[i] - low[i]) / (2 * h)
        if (!(Math.abs(d - estimate) < 1e-5 * (1 + Math.abs(d)))) bad++
      })
      // a row may lie on the kink of a comparison
      expect(bad, text).toBeLessThanOrEqual(1)
    }
    byParameter.forEach((exact, p) => {
      const at = (d: number): Float64Array => {
        const constants = program.constants.slice()
        constants[p] += d
        return evaluateProgram({ ...program, constants }, inputs, rows)
      }
      check(exact, at(-h), at(h))
    })
    byVariable.forEach((exact, v) => {
      const at = (d: number): Float64Array =>
        evaluateProgram(
          program,
          inputs.map((column, k) => (k === v ? column.map((value) => value + d) : column)),
          rows
        )
      check(exact, at(-h), at(h))
    })
  }
})

test('a branch not taken does not spoil the derivative', () => {
  const program = s.compile(s.parse('if(x > 0, C1 * log(x), C1 * x)', { constants: { C1: 2 } }), ['x'])
  const x = Float64Array.of(-1, 0, 2)
  expect([...jacobianProgram(program, [x], 3).byParameter[0]].map((v) => Math.round(v * 1e6) / 1e6)).toEqual([
    -1, 0, 0.693147
  ])
})
