import katex from 'katex'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readComplexity } from '../../../../src-main/symbolic/language/complexity-weights.ts'
import { fromExpression } from '../../../../src-main/symbolic/language/genome.ts'
import * as s from '../../../../src-main/symbolic/index.ts'
import { fitsUnits } from '../../../../src-main/symbolic/constraints/units.ts'

interface Row {
  /** How the operator is written with x, y, z */
  text: string
  value: (x: number, y: number, z: number) => number
  /** Where it has no value; null: it has one everywhere */
  outside: readonly [number, number] | null
  /** With lengths a and b and a time t: one that units allow, and one that they do not; null: they allow all */
  units: readonly [string, string | null]
  latex: string
  numpy: string
  sympy: string
  julia: string
  c: string
}

const bool = (condition: boolean): number => (condition ? 1 : 0)

/** The same text in all five languages. */
const everywhere = (text: string): Pick<Row, 'latex' | 'numpy' | 'sympy' | 'julia' | 'c'> => ({
  latex: text,
  numpy: text,
  sympy: text,
  julia: text,
  c: text
})
/** A comparison, or what else answers yes or no. */
const truth = (latex: string, numpy: string, sympy: string, julia: string, c: string) => ({
  latex,
  numpy: `np.where(${numpy}, 1, 0)`,
  sympy: `sp.Piecewise((1, ${sympy}), (0, True))`,
  julia: `ifelse(${julia}, 1.0, 0.0)`,
  c: `(${c} ? 1.0 : 0.0)`
})
const compared = (sign: string, latex = sign, sympy = `x ${sign} y`): ReturnType<typeof truth> =>
  truth(`x ${latex} y`, `x ${sign} y`, sympy, `x ${sign} y`, `x ${sign} y`)
const called = (
  name: string,
  latex = `\\${name}`,
  numpy = name,
  julia = name
): Pick<Row, 'latex' | 'numpy' | 'sympy' | 'julia' | 'c'> => ({
  latex: `${latex}\\left(x\\right)`,
  numpy: `np.${numpy}(x)`,
  sympy: `sp.${name}(x)`,
  julia: `${julia}(x)`,
  c: `${name}(x)`
})
const number = (op: string): readonly [string, string] => [`${op}(a / b)`, `${op}(a)`]

const rows: Record<s.Operator, Row> = {
  '+': { text: 'x + y', value: (x, y) => x + y, outside: null, units: ['a + b', 'a + t'], ...everywhere('x + y') },
  '-': { text: 'x - y', value: (x, y) => x - y, outside: null, units: ['a - b', 'a - t'], ...everywhere('x - y') },
  '*': {
    text: 'x * y',
    value: (x, y) => x * y,
    outside: null,
    units: ['a * t', null],
    ...everywhere('x * y'),
    latex: 'x \\, y'
  },
  '/': {
    text: 'x / y',
    value: (x, y) => x / y,
    outside: [1, 0],
    units: ['a / t', null],
    ...everywhere('x / y'),
    latex: '\\frac{x}{y}'
  },
  '^': {
    text: 'x ^ y',
    value: (x, y) => x ** y,
    outside: [-1, 0.5],
    units: ['a ^ 2', 'a ^ b'],
    latex: '{x}^{y}',
    numpy: 'x**y',
    sympy: 'x**y',
    julia: 'x^y',
    c: 'pow(x, y)'
  },
  '>': { text: 'x > y', value: (x, y) => bool(x > y), outside: [NaN, 1], units: ['a > b', 'a > t'], ...compared('>') },
  '<': { text: 'x < y', value: (x, y) => bool(x < y), outside: [NaN, 1], units: ['a < b', 'a < t'], ...compared('<') },
  '>=': {
    text: 'x >= y',
    value: (x, y) => bool(x >= y),
    outside: [1, NaN],
    units: ['a >= b', 'a >= t'],
    ...compared('>=', '\\ge')
  },
  '<=': {
    text: 'x <= y',
    value: (x, y) => bool(x <= y),
    outside: [1, NaN],
    units: ['a <= b', 'a <= t'],
    ...compared('<=', '\\le')
  },
  '==': {
    text: 'x == y',
    value: (x, y) => bool(x === y),
    outside: [NaN, NaN],
    units: ['a == b', 'a == t'],
    ...compared('==', '=', 'sp.Eq(x, y)')
  },
  '!=': {
    text: 'x != y',
    value: (x, y) => bool(x !== y),
    outside: [NaN, 1],
    units: ['a != b', 'a != t'],
    ...compared('!=', '\\ne', 'sp.Ne(x, y)')
  },
  and: {
    text: 'x and y',
    value: (x, y) => bool(x !== 0 && y !== 0),
    outside: [NaN, 1],
    units: ['a > b and t > 0', null],
    ...truth(
      'x \\land y',
      'np.logical_and(x != 0, y != 0)',
      'sp.And(sp.Ne(x, 0), sp.Ne(y, 0))',
      '((x != 0.0) & (y != 0.0))',
      '((x != 0.0) && (y != 0.0))'
    )
  },
  or: {
    text: 'x or y',
    value: (x, y) => bool(x !== 0 || y !== 0),
    outside: [NaN, 0],
    units: ['a > b or t > 0', null],
    ...truth(
      'x \\lor y',
      'np.logical_or(x != 0, y != 0)',
      'sp.Or(sp.Ne(x, 0), sp.Ne(y, 0))',
      '((x != 0.0) | (y != 0.0))',
      '((x != 0.0) || (y != 0.0))'
    )
  },
  not: {
    text: 'not x',
    value: (x) => bool(x === 0),
    outside: [NaN, 0],
    units: ['not a > b', null],
    ...truth('\\lnot x', 'np.logical_not(x != 0)', 'sp.Not(sp.Ne(x, 0))', '!(x != 0.0)', '!(x != 0.0)')
  },
  neg: { text: '-x', value: (x) => -x, outside: null, units: ['-a + b', null], ...everywhere('-x') },
  abs: {
    text: 'abs(x)',
    value: Math.abs,
    outside: null,
    units: ['abs(a) + b', null],
    latex: '\\left|x\\right|',
    numpy: 'np.abs(x)',
    sympy: 'sp.Abs(x)',
    julia: 'abs(x)',
    c: 'fabs(x)'
  },
  square: {
    text: 'square(x)',
    value: (x) => x * x,
    outside: null,
    units: ['square(a) + b * b', 'square(a) + b'],
    latex: '{x}^{2}',
    numpy: 'np.square(x)',
    sympy: 'x**2',
    julia: 'x^2',
    c: 'pow(x, 2.0)'
  },
  cube: {
    text: 'cube(x)',
    value: (x) => x * x * x,
    outside: null,
    units: ['cube(a) + b * b * a', 'cube(a) + b'],
    latex: '{x}^{3}',
    numpy: 'x**3',
    sympy: 'x**3',
    julia: 'x^3',
    c: 'pow(x, 3.0)'
  },
  sqrt: {
    text: 'sqrt(x)',
    value: Math.sqrt,
    outside: [-1, 0],
    units: ['sqrt(a * b) + a', 'sqrt(a) + b'],
    ...called('sqrt'),
    latex: '\\sqrt{x}'
  },
  inv: {
    text: 'inv(x)',
    value: (x) => 1 / x,
    outside: [0, 0],
    units: ['inv(a) + 1 / b', 'inv(a) + b'],
    latex: '\\frac{1}{x}',
    numpy: '1 / x',
    sympy: '1 / x',
    julia: '1.0 / x',
    c: '1.0 / x'
  },
  exp: { text: 'exp(x)', value: Math.exp, outside: [800, 0], units: number('exp'), ...called('exp') },
  log: { text: 'log(x)', value: Math.log, outside: [-1, 0], units: number('log'), ...called('log', '\\ln') },
  log10: {
    text: 'log10(x)',
    value: Math.log10,
    outside: [0, 0],
    units: number('log10'),
    ...called('log10', '\\log_{10}'),
    sympy: 'sp.log(x, 10)'
  },
  sin: { text: 'sin(x)', value: Math.sin, outside: [Infinity, 0], units: number('sin'), ...called('sin') },
  cos: { text: 'cos(x)', value: Math.cos, outside: [Infinity, 0], units: number('cos'), ...called('cos') },
  tan: { text: 'tan(x)', value: Math.tan, outside: [Infinity, 0], units: number('tan'), ...called('tan') },
  tanh: { text: 'tanh(x)', value: Math.tanh, outside: null, units: number('tanh'), ...called('tanh') },
  asin: {
    text: 'asin(x)',
    value: Math.asin,
    outside: [1.5, 0],
    units: number('asin'),
    ...called('asin', '\\arcsin', 'arcsin')
  },
  acos: {
    text: 'acos(x)',
    value: Math.acos,
    outside: [-1.5, 0],
    units: number('acos'),
    ...called('acos', '\\arccos', 'arccos')
  },
  atan: {
    text: 'atan(x)',
    value: Math.atan,
    outside: null,
    units: number('atan'),
    ...called('atan', '\\arctan', 'arctan')
  },
  // by Simpson's rule
  erf: {
    text: 'erf(x)',
    value: erfBySimpson,
    outside: null,
    units: number('erf'),
    ...called('erf', '\\operatorname{erf}'),
    numpy: 'np.vectorize(math.erf)(x)'
  },
  min: {
    text: 'min(x, y)',
    value: (x, y) => Math.min(x, y),
    outside: [NaN, 1],
    units: ['min(a, b)', 'min(a, t)'],
    latex: '\\min\\left(x, y\\right)',
    numpy: 'np.minimum(x, y)',
    sympy: 'sp.Min(x, y)',
    julia: 'min(x, y)',
    c: 'fmin(x, y)'
  },
  max: {
    text: 'max(x, y)',
    value: (x, y) => Math.max(x, y),
    outside: [1, NaN],
    units: ['max(a, b)', 'max(a, t)'],
    latex: '\\max\\left(x, y\\right)',
    numpy: 'np.maximum(x, y)',
    sympy: 'sp.Max(x, y)',
    julia: 'max(x, y)',
    c: 'fmax(x, y)'
  },
  clamp: {
    text: 'clamp(x, y, z)',
    value: (x, y, z) => Math.min(Math.max(x, y), z),
    outside: [NaN, 1],
    units: ['clamp(a, b, 2 * b)', 'clamp(a, t, b)'],
    latex: '\\operatorname{clamp}\\left(x, y, z\\right)',
    numpy: 'np.clip(x, y, z)',
    sympy: 'sp.Min(sp.Max(x, y), z)',
    julia: 'min(max(x, y), z)',
    c: 'fmin(fmax(x, y), z)'
  },
  step: {
    text: 'step(x)',
    value: (x) => bool(x >= 0),
    outside: [NaN, 0],
    units: ['step(a) * t', null],
    latex: '\\operatorname{step}\\left(x\\right)',
    numpy: 'np.heaviside(x, 1.0)',
    sympy: 'sp.Heaviside(x, 1)',
    julia: 'ifelse(x >= 0.0, 1.0, 0.0)',
    c: '(x >= 0.0 ? 1.0 : 0.0)'
  },
  if: {
    text: 'if(x, y, z)',
    value: (x, y, z) => (x !== 0 ? y : z),
    outside: [NaN, 1],
    units: ['if(t > 0, a, b)', 'if(t > 0, a, t)'],
    latex: '\\begin{cases} y & \\text{if } x \\\\ z & \\text{otherwise} \\end{cases}',
    numpy: 'np.where(x != 0, y, z)',
    sympy: 'sp.Piecewise((y, sp.Ne(x, 0)), (z, True))',
    julia: 'ifelse(x != 0.0, y, z)',
    c: '(x != 0.0 ? y : z)'
  }
}

function erfBySimpson(x: number): number {
  const steps = 2000
  const f = (t: number): number => Math.exp(-t * t)
  let sum = f(0) + f(x)
  for (let k = 1; k < steps; k++) sum += (k % 2 ? 4 : 2) * f((k * x) / steps)
  return ((2 / Math.sqrt(Math.PI)) * sum * x) / steps / 3
}

const names = ['x', 'y', 'z']
const samples = [
  [0.6, 1.7, 2.2],
  [0.8, 0.3, -1.1],
  [0.35, 0.35, 0.2]
]

test('every operator has a row', () => {
  expect(Object.keys(rows).sort()).toEqual([...s.operatorNames].sort())
})

test.each(Object.entries(rows))(
  '%s is read, evaluated, differentiated, printed, and knows units and costs',
  (op, row) => {
    const e = s.parse(row.text)
    expect(e).toEqual(s.call(op as s.Operator, ...names.slice(0, s.operators[op as s.Operator]).map(s.variable)))
    expect(s.printText(e)).toBe(row.text)
    expect(s.printLatex(e)).toBe(row.latex)
    expect(() => katex.renderToString(row.latex, { throwOnError: true, strict: 'error' })).not.toThrow()
    expect(s.printNumpy(e)).toBe(row.numpy)
    expect(s.printSympy(e)).toBe(row.sympy)
    expect(s.printJulia(e)).toBe(row.julia)
    expect(s.printC(e)).toBe(row.c)

    const evaluators = [
      (columns: Float64Array[]) =>
        s.evaluate(e, new Map(names.map((name, k) => [name, columns[k]])), columns[0].length),
      (columns: Float64Array[]) => s.evaluateProgram(s.compile(e, names), columns, columns[0].length),
      (columns: Float64Array[]) => s.jacobianProgram(s.compile(e, names), columns, columns[0].length).values
    ]
    const columns = names.map((_, k) => Float64Array.from(samples, (sample) => sample[k]))
    for (const evaluator of evaluators) {
      evaluator(columns).forEach((value, i) => {
        const [x, y, z] = samples[i]
        expect(Math.abs(value - row.value(x, y, z))).toBeLessThan(1e-12)
      })
      // a row out of the domain rejects a formula: it has no finite value, and no other row loses its own
      if (!row.outside) continue
      const [first, second] = row.outside
      const out = evaluator([Float64Array.of(first, 0.6), Float64Array.of(second, 1.7), Float64Array.of(1, 2.2)])
      expect(out[0]).not.toSatisfy(Number.isFinite)
      expect(Math.abs(out[1] - row.value(0.6, 1.7, 2.2))).toBeLessThan(1e-12)
    }

    // both derivatives against differences, away from edges
    const jacobian = s.jacobianProgram(s.compile(e, names), columns, samples.length)
    const isEdge = (i: number): boolean => i === 2
    names.forEach((name, k) => {
      const plain = s.evaluate(s.differentiate(e, name), new Map(names.map((n, c) => [n, columns[c]])), samples.length)
      samples.forEach((sample, i) => {
        if (isEdge(i)) return
        const h = 1e-6
        const at = (d: number): number => {
          const [x, y, z] = sample.map((value, c) => (c === k ? value + d : value))
          return row.value(x, y, z)
        }
        const slope = (at(h) - at(-h)) / (2 * h)
        expect(Math.abs(plain[i] - slope), `d/d${name}`).toBeLessThan(1e-7 * (1 + Math.abs(slope)))
        const native = jacobian.byVariable[k]?.[i] ?? 0
        expect(Math.abs(native - slope), `native d/d${name}`).toBeLessThan(1e-7 * (1 + Math.abs(slope)))
      })
    })

    const of = ['a', 'b', 't']
    const system = s.readUnits({ a: 'm', b: 'm', t: 's', target: '1' }, of, 'target')
    const fits = (text: string): boolean => fitsUnits(fromExpression(s.parse(text), of), system, 'any')
    expect(fits(row.units[0])).toBe(true)
    if (row.units[1] !== null) expect(fits(row.units[1])).toBe(false)

    const leaves = s.operators[op as s.Operator]
    expect(s.complexity(e, readComplexity(`${op}:7`, names))).toBe(7 + leaves)
    const dear = ['^', 'exp', 'log', 'if'].includes(op)
    expect(s.complexity(e, readComplexity('paper', names))).toBe((dear ? 3 : 1) + leaves)
  }
)

test('printed text reads back with every number and name, alone and in every place', () => {
  const numbers = [
    1e-300,
    5e-324,
    1e21,
    1e22,
    2 ** 53,
    2 ** 53 + 2,
    123456789012345680000,
    1.7976931348623157e308,
    Math.PI,
    1 / 3,
    0
  ]
  const leaf = fc.oneof(
    fc
      .constantFrom(...numbers, ...numbers.map((value) => -value), Infinity, -Infinity, NaN)
      .map((value) => s.constant(value)),
    fc.constantFrom('x', 'pi', 'M_i', 'e', 'if', 'a b', '2d', 'x-y', 'Ω_m', '%').map(s.variable)
  )
  const call = (args: fc.Arbitrary<s.Expression>): fc.Arbitrary<s.Expression> =>
    fc
      .tuple(fc.constantFrom(...s.operatorNames), fc.array(args, { minLength: 3, maxLength: 3 }))
      .map(([op, all]) => s.call(op, ...all.slice(0, s.operators[op])))
  fc.assert(
    fc.property(call(fc.oneof(leaf, call(fc.oneof(leaf, call(leaf))))), (e) => {
      expect(s.equal(s.parse(s.printText(e)), e), s.printText(e)).toBe(true)
    }),
    { numRuns: 5000 }
  )
})
