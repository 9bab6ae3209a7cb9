import { expect, test } from 'vitest'
import { Random } from '../../../../../src-main/random.ts'
import { toExpression } from '../../../../../src-main/symbolic/language/genome.ts'
import { complexity, defaultOperators, evaluate, parse } from '../../../../../src-main/symbolic/index.ts'
import { quadraticLaws } from '../../../../../src-main/symbolic/search/seeds/quadratic-laws.ts'

const names = ['x', 'y', 'z', 'u']

function rows(seed: number, reach: number): Float64Array[] {
  const random = new Random(seed)
  return names.map((_, k) => Float64Array.from({ length: 300 }, () => reach * (1 + k) * (random.uniform() - 0.2)))
}

function valuesOf(formula: string, columns: Float64Array[]): Float64Array {
  return evaluate(parse(formula), new Map(names.map((name, k) => [name, columns[k]])), 300)
}

test.each([
  ['sqrt((x - y)^2 + (z - u)^2)', 10],
  ['10 / (5 + (x - 1)^2 + (y - 2)^2 + (z - 3)^2 + (u + 1)^2)', 24],
  ['x * y - 3 * z * u', 9],
  ['exp(-(x^2 + 2 * y^2) / 4)', 14],
  ['2 / sqrt(1 + (x + y - 2 * z)^2)', 13],
  ['4 - 0.5 * (x - 0.25 * u)^2 + z', 14]
])('a quadratic form inside a function is found, and written with few squares: %s', (formula, size) => {
  const columns = rows(1, 2)
  const laws = quadraticLaws(columns, [0, 1, 2, 3], valuesOf(formula, columns), new Set(defaultOperators)).map(
    (genome) => toExpression(genome, names)
  )
  const fresh = rows(2, 3)
  const truth = valuesOf(formula, fresh)
  const errors = laws.map((expression) => {
    const values = evaluate(expression, new Map(names.map((name, k) => [name, fresh[k]])), 300)
    const worst = Math.max(...values.map((value, i) => Math.abs(value - truth[i]) / (1 + Math.abs(truth[i]))))
    // another form of the same law family may not be finite outside its rows
    return Number.isFinite(worst) ? worst : Infinity
  })
  const best = errors.indexOf(Math.min(...errors))
  expect(errors[best]).toBeLessThan(1e-6)
  expect(complexity(laws[best])).toBeLessThanOrEqual(size)
})

test('other forms give no seed, nor do targets outside the domain of the functions', () => {
  const random = new Random(3)
  const noise = Float64Array.from({ length: 300 }, () => random.normal())
  expect(quadraticLaws(rows(1, 2), [0, 1, 2, 3], noise, new Set(defaultOperators))).toEqual([])
  expect(quadraticLaws([], [], noise, new Set(defaultOperators))).toEqual([])
})
