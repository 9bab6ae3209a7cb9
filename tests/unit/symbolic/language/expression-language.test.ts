import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { needs } from '../../../fixtures/needs.ts'
import { comparedColumns, expectSameValues } from '../../../fixtures/same-values.ts'
import { aNumpyPython, numpyPython } from '../../../fixtures/python.ts'
import * as s from '../../../../src-main/symbolic/index.ts'
import { anyExpression, nonZeroExpression, smallExpression } from '../../../fixtures/expressions.ts'

test('precedence, associativity and chained comparisons', () => {
  const value = (text: string): number =>
    s.evaluate(
      s.parse(text),
      new Map([
        ['x', [2]],
        ['y', [3]]
      ]),
      1
    )[0]
  expect(value('1 + 2 * 3 ^ 2 ^ x / 9')).toBe(1 + (2 * 3 ** (2 ** 2)) / 9)
  expect(value('8 - 4 - 1')).toBe(3)
  expect(value('-x ^ 2')).toBe(-4)
  expect(value('-2 ^ 2')).toBe(-4)
  expect(value('2 ^ -x')).toBe(0.25)
  expect(value('1 < x < 3 and not y < 1')).toBe(1)
  expect(value('3 < x < 5')).toBe(0)
  expect(value('x > 1 & y > 5 | !(x == 3)')).toBe(1)
  expect(value('if(x >= 2, 1.5e1, pi) + min(x, y, 1)')).toBe(16)
  expect(value('x ** 2')).toBe(4)
})

test('print then parse gives the same tree', () => {
  fc.assert(
    fc.property(anyExpression, (e) => {
      const names = Object.fromEntries(s.constantsOf(e).map(({ name, value }) => [name, value]))
      const once = s.withConstants(e, new Map(Object.entries(names)))
      return s.equal(s.parse(s.printText(once, { constants: 'names' }), { constants: names }), once)
    }),
    { numRuns: 500 }
  )
})

test('simplify keeps every value', () => {
  const columns = new Map([
    ['x', [0.3, -1.7, 2.5, 0, 1]],
    ['y', [1.1, 0.4, -0.6, 3, 0]],
    ['M_i', [5, 0.1, 2, 1, 7]]
  ])
  fc.assert(
    fc.property(smallExpression, (e) => {
      const before = s.evaluate(e, columns, 5)
      const after = s.evaluate(s.simplify(e), columns, 5)
      before.forEach((v, i) => {
        if (Number.isFinite(v) && Math.abs(v) < 1e9)
          expect(Math.abs(after[i] - v)).toBeLessThan(1e-9 * (1 + Math.abs(v)))
        else if (Number.isNaN(v)) expect(Number.isFinite(after[i])).toBe(false)
      })
    }),
    { numRuns: 500 }
  )
})

test('derivatives agree with finite differences', () => {
  const e = s.parse(
    'sin(x) * exp(-y) / (1 + x^2) + log(y) * tanh(x * y) - sqrt(y) ^ x + atan(x) + erf(x / y) + cube(x)'
  )
  const at = (x: number, y: number, f = e): number =>
    s.evaluate(
      f,
      new Map([
        ['x', [x]],
        ['y', [y]]
      ]),
      1
    )[0]
  const h = 1e-6
  expect(at(0.7, 1.3, s.differentiate(e, 'x'))).toBeCloseTo((at(0.7 + h, 1.3) - at(0.7 - h, 1.3)) / (2 * h), 8)
  expect(at(0.7, 1.3, s.differentiate(e, 'y'))).toBeCloseTo((at(0.7, 1.3 + h) - at(0.7, 1.3 - h)) / (2 * h), 8)
})

test('a comparison with NaN holds nowhere, nor does its opposite', () => {
  const columns = new Map([['x', [1, NaN, -1]]])
  const holds = (text: string): number[] => [...s.evaluateCondition(s.parse(text), columns, 3)]
  expect(holds('x > 0')).toEqual([1, 0, 0])
  expect(holds('not x > 0')).toEqual([0, 0, 1])
  expect(holds('x != 5')).toEqual([1, 0, 1])
  expect(holds('x > 0 or 1 > 0')).toEqual([1, 1, 1])
  expect(holds('log(x) > -5')).toEqual([1, 0, 0])
})

test('errors name the column of the mistake and similar names', () => {
  const columns = new Map([
    ['delta', [1]],
    ['mass', [2]]
  ])
  const run = (text: string): unknown => s.evaluateCondition(s.parse(text), columns, 1)
  expect(() => run('detla > 1')).toThrow('did you mean "delta"')
  expect(() => s.parse('delta > * 2')).toThrow('column 9')
  expect(() => s.parse('(a + 2')).toThrow('column 1')
  expect(() => s.parse('sine(x)')).toThrow('did you mean "sin"')
  expect(() => s.parse('if(a, b)')).toThrow('takes 3 arguments, not 2')
  expect(() => s.parse('')).toThrow('empty')
  expect(() => s.parse('a $ b')).toThrow('column 3')
  expect(() => s.parse('('.repeat(5000))).toThrow('nested')
  expect(() => s.parse('1' + '+1'.repeat(9000))).toThrow('more than')
  expect(() => s.parse('rr + 1', { variables: ['r'] })).toThrow('did you mean "r"')
})

test('every text is parsed or refused with an error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+*/^<>=!&|(), xy0-9.eandortif]*$/)), (text) => {
      try {
        s.parse(text)
      } catch (error) {
        expect((error as { code?: string }).code).toBe('bad-input')
      }
    }),
    { numRuns: 500 }
  )
})

test('complexity with the paper weights', () => {
  // C1 + e / (C2 + C3 * M_i): four operators, two variables, three constants
  expect(s.complexity(s.parse('C1 + e / (C2 + C3 * M_i)', { constants: { C1: 1, C2: 2, C3: 3 } }))).toBe(9)
  expect(s.complexity(s.parse('exp(x) ^ 2'))).toBe(8)
  expect(s.complexity(s.parse('exp(x) ^ 2'), {})).toBe(4)
})

test('text with few brackets', () => {
  const e = s.parse('C1 + M_j / (C2 + (C3 * r) ^ 2.1)', { constants: { C1: -0.40612345, C2: 1, C3: 0.0556 } })
  expect(s.printText(e, { digits: 4 })).toBe('-0.4061 + M_j / (1 + (0.0556 * r) ^ 2.1)')
  expect(s.printText(e, { constants: 'names' })).toBe('C1 + M_j / (C2 + (C3 * r) ^ 2.1)')
  expect(s.printLatex(e, { constants: 'names' })).toBe(
    'C_{1} + \\frac{M_{j}}{C_{2} + \\left(C_{3} \\, r\\right)^{2.1}}'
  )
  expect(s.printLatex(s.parse('2 * (m * h) + (a - b)'))).toBe('2 \\, m \\, h + a - b')
  expect(s.printLatex(s.parse('(a < b) + (x + -y)'))).toBe('(a < b) + x - y')
  expect(s.printNumpy(s.parse('exp(a) * b / (0.5 + r^2.1)'))).toBe('np.exp(a) * b / (0.5 + r**2.1)')
  expect(s.printNumpy(s.parse('`Mass [Msun]` * lambda'))).toBe('columns["Mass [Msun]"] * columns["lambda"]')
})

test('functions of the user by formula', () => {
  const kernel = { parameters: ['a', 'b'], body: s.parse('1 / (a + b^2)') }
  expect(s.printText(s.parse('kernel(2, x) + 1', { functions: { kernel } }))).toBe('1 / (2 + x ^ 2) + 1')
})

needs(numpyPython !== undefined, aNumpyPython)('NumPy agrees with what is printed', () => {
  const expressions = fc.sample(nonZeroExpression, { numRuns: 120, seed: 7 }).map((e) => s.simplify(e))
  const script = [
    'import numpy as np, math, json, warnings',
    "warnings.simplefilter('ignore')",
    ...[...comparedColumns].map(([name, values]) => `${name} = np.array(${JSON.stringify(values)})`),
    'out = []',
    ...expressions.map((e) => `out.append([float(v) for v in np.broadcast_to(${s.printNumpy(e)}, (3,))])`),
    'print(json.dumps([[v if math.isfinite(v) else None for v in row] for row in out]))'
  ].join('\n')
  const rows = JSON.parse(execFileSync(numpyPython!, ['-c', script], { encoding: 'utf8' })) as (number | null)[][]
  expect(expectSameValues(expressions, rows)).toBeGreaterThan(60)
})
