import { expect, test } from 'vitest'
import { Random } from '../../../../src-main/random.ts'
import { fromExpression } from '../../../../src-main/symbolic/language/genome.ts'
import * as s from '../../../../src-main/symbolic/index.ts'
import { fitsUnits } from '../../../../src-main/symbolic/constraints/units.ts'

const names = ['m', 'v', 'x', 't', 'free']
const system = s.readUnits({ m: 'kg', v: 'm/s', x: 'm', t: 's', E: 'J' }, names, 'E')

test.each([
  ['m * v^2', true, true],
  ['m * square(v) + m * (x / t)^2', true, true],
  ['m * v', true, false],
  ['0.5 * m * v', true, true], // the constant may carry a unit
  ['x + t', false, false],
  ['x + 2 * t', true, false],
  ['exp(x / (v * t))', true, false],
  ['exp(x)', false, false],
  ['exp(x / free)', true, false],
  ['sqrt(x^2 + (v * t)^2) * m * v / t', true, true],
  ['if(x > v * t, m, 2)', true, false],
  ['if(x > t, m, 2)', false, false],
  ['max(x, t)', false, false],
  ['m ^ x', false, false]
])('units of %s', (text, whole, asTarget) => {
  const genome = fromExpression(s.parse(text), names)
  expect(fitsUnits(genome, system, 'any')).toBe(whole)
  expect(fitsUnits(genome, system, 'target')).toBe(asTarget)
})

test('a search with units gives only formulas of consistent units', async () => {
  const random = new Random(4)
  const variables = ['m', 'v', 'x', 't'].map((name) => ({
    name,
    values: Float64Array.from({ length: 200 }, () => 1 + random.uniform())
  }))
  const target = s.evaluate(
    s.parse('0.5 * m * v^2 + m * (x / t)^2'),
    new Map(variables.map((w) => [w.name, w.values])),
    200
  )
  const columns = new Map<string, ArrayLike<number>>([
    ...variables.map((w) => [w.name, w.values] as const),
    ['E', target]
  ])
  const units = { m: 'kg', v: 'm/s', x: 'm', t: 's', E: 'J' }
  const { front, best } = await s.fitTable({ columns, target: 'E', units, time: 20 }, { seed: 1, threads: 1 })
  const order = ['m', 'v', 'x', 't']
  const system = s.readUnits(units, order, 'E')
  for (const { text } of front)
    expect(fitsUnits(fromExpression(s.parse(text), order), system, 'target'), text).toBe(true)
  expect(best.loss).toBeLessThan(1e-3)
})

test('an unreadable unit is refused', () => {
  expect(() => s.readUnits({ m: 'kg + s' }, ['m'], 'y')).toThrow('"kg + s" of column "m"')
  expect(() => s.readUnits({ q: 'kg' }, ['m'], 'y')).toThrow('"q"')
})
