import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as s from '../../../../src-main/symbolic/index.ts'
import { smallExpression, treeOf } from '../../../fixtures/expressions.ts'

/** What searches leave behind: sums, products and signs within each other. */
const arithmetic = treeOf(
  fc.oneof(
    fc.constantFrom(-3, -2, -1, -0.5, 0.25, 1, 2, 1 / 3).map((value) => s.constant(value)),
    fc.constantFrom('x', 'y', 'z').map(s.variable)
  ),
  ['+', '-', '*', '/', 'neg', 'inv', 'square', 'cube', '^', 'exp', 'log', 'sqrt', 'abs', 'sin', 'tanh'],
  5
)
const generic = { x: [0.31, -1.73, 2.51, 0.77], y: [1.13, 0.41, -0.67, 3.3], z: [-0.59, 1.91, 0.83, 2.2] }
const special = { x: [0, 0, 1, -1, 2, 0.5], y: [0, 1, 1, 1, -2, 0], z: [0, -1, -1, 0, 2, 0.25] }
const rows = new Map(
  (['x', 'y', 'z', 'M_i'] as const).map((name) => {
    const from = name === 'M_i' ? 'z' : name
    return [name, [...generic[from], ...special[from]]]
  })
)
const count = 10

/** For each row the largest absolute value of any part of a formula; Infinity where one is a pole, NaN counts as nothing. */
function largestParts(e: s.Expression): number[] {
  const largest = new Array<number>(count).fill(0)
  s.walk(e, (part) => {
    s.evaluate(part, rows, count).forEach((value, i) => (largest[i] = Math.max(largest[i], Math.abs(value) || 0)))
  })
  return largest
}

test.each([
  ['all operators', smallExpression],
  ['sums and products', arithmetic]
])('simplify keeps every value and every gap: %s', (_, tree) => {
  fc.assert(
    fc.property(tree, (e) => {
      const simple = s.simplify(e)
      const [before, after] = [e, simple].map((one) => s.evaluate(one, rows, count))
      const largest = largestParts(e)
      before.forEach((value, i) => {
        const shown = `${s.printText(e)} => ${s.printText(simple)} in row ${i}: ${value}, ${after[i]}`
        // where a part is infinite, a pole of two terms may be one of their sum
        if (largest[i] === Infinity) return
        if (Number.isNaN(value)) expect(Number.isFinite(after[i]), shown).toBe(false)
        else if (largest[i] < 1e5) expect(Math.abs(after[i] - value) < 1e-8 * (1 + Math.abs(value)), shown).toBe(true)
      })
    }),
    { numRuns: 2500, seed: 4 }
  )
})

test('a simplified formula costs no more, is simplified to itself, and uses no operator that is not allowed', () => {
  const few = new Set<s.Operator>(['+', '*', 'exp'])
  fc.assert(
    fc.property(arithmetic, (e) => {
      const simple = s.simplify(e)
      expect(s.complexity(simple)).toBeLessThanOrEqual(s.complexity(e))
      expect(s.printText(s.simplify(simple))).toBe(s.printText(simple))
      const used = new Set<s.Operator>(few)
      s.walk(e, (part) => part.kind === 'call' && used.add(part.op))
      s.walk(s.simplify(e, few), (part) => {
        if (part.kind === 'call') expect(used.has(part.op) || (part.op === 'neg' && used.has('-')), part.op).toBe(true)
      })
    }),
    { numRuns: 1000 }
  )
})

test.each([
  ['-(a*(a/(-1-b)))', 'square(a) / (b + 1)'],
  ['a + -1*b', 'a - b'],
  ['a - b*-2', 'a + 2 * b'],
  ['-(a-b)*c', 'c * (b - a)'],
  ['2*(x+1)+3', '2 * x + 5'],
  ['1-(1-x)', 'x'],
  ['a/(b/c)', 'a * c / b'],
  ['m1*m2/r/r*G', 'm1 * m2 * G / square(r)'],
  ['x*y + x*z', 'x * (y + z)'],
  ['x/y + z/y', '(x + z) / y'],
  ['x/3*y', 'x * y / 3'],
  ['sin(-x)*2', '-2 * sin(x)'],
  ['cos(y - x) * cos(-x)', 'cos(y - x) * cos(x)'],
  ['exp(a)*exp(b)/exp(c)', 'exp(a + b - c)'],
  ['2*exp(x+log(3))', '6 * exp(x)'],
  ['x * exp(-r)', 'x * exp(-r)'],
  ['log(exp(1)*x) + 3', 'log(x) + 4'],
  ['3*sqrt(4*x)', '6 * sqrt(x)'],
  ['abs(-2*x)*y', '2 * abs(x) * y'],
  ['abs(x)^2 + square(-y)', 'square(x) + square(y)'],
  ['sqrt(square(x))', 'abs(x)'],
  ['not (x > y)', 'x <= y'],
  // these hold in a part of the domain only
  ['x - x', 'x - x'],
  ['x / x', 'x / x'],
  ['square(sqrt(x))', 'square(sqrt(x))'],
  ['exp(log(x))', 'exp(log(x))'],
  ['log(x) + log(y)', 'log(x) + log(y)']
])('%s is written %s', (text, simple) => {
  expect(s.printText(s.simplify(s.parse(text)), { digits: 12 })).toBe(simple)
})

test('like terms and factors meet in sums and products of many parts', () => {
  const names = Array.from({ length: 60 }, (_, k) => `x${k}`)
  const twice = [...names, ...names.toReversed()].join(' + ')
  expect(s.printText(s.simplify(s.parse(twice)))).toBe(names.map((name) => `2 * ${name}`).join(' + '))
  const squares = s.simplify(s.parse([...names, ...names].join(' * ')))
  expect(s.complexity(squares)).toBeLessThan(s.complexity(s.parse(names.map((name) => `${name}^2`).join(' * '))))
})
