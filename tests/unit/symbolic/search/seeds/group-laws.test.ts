import { expect, test } from 'vitest'
import { Random } from '../../../../../src-main/random.ts'
import { Completion } from '../../../../../src-main/symbolic/search/seeds/completion.ts'
import { FitTable } from '../../../../../src-main/symbolic/fit/fitting.ts'
import { toExpression } from '../../../../../src-main/symbolic/language/genome.ts'
import { groupGenome, groupLaws } from '../../../../../src-main/symbolic/search/seeds/group-laws.ts'
import { defaultOperators, evaluate, parse } from '../../../../../src-main/symbolic/index.ts'
import { vocabularyOf } from '../../../../../src-main/symbolic/language/vocabulary.ts'

const names = ['a', 'b', 'c', 'd']

function rows(seed: number, beyond: number): Float64Array[] {
  const random = new Random(seed)
  return names.map(() => Float64Array.from({ length: 250 }, () => 1 + (2 + beyond) * random.uniform()))
}

function valuesOf(formula: string, columns: Float64Array[]): Float64Array {
  return evaluate(parse(formula), new Map(names.map((name, k) => [name, columns[k]])), 250)
}

test.each([
  '0.3 * a * b^3 / (c^2 * (exp(0.2 * a * b / d) - 1))',
  '2 * a / sqrt(1 - 0.1 * b^2 / c)',
  'sqrt(3 + 5 * a^2 * b / (c^4 * d))',
  '-4 * a^2 * (b + d) / c^5',
  '0.5 * c * exp(-a * b / (2 * d))',
  '7 * a * tanh(0.3 * b * d / c)',
  '0.25 * b / d * log(9 * a)'
])('a law of one dimensionless group is found from its rows alone: %s', (formula) => {
  const columns = rows(3, 0)
  const target = valuesOf(formula, columns)
  const logarithms = (values: Float64Array): Float64Array => values.map((value) => Math.log(Math.abs(value)))
  const laws = groupLaws(
    columns.map(logarithms),
    logarithms(target),
    new Set(defaultOperators),
    new Random(1),
    () => false
  )
  const best = laws.toSorted((a, b) => a.error - b.error)[0]
  expect(best.error).toBeLessThan(1e-8)
  const table = new FitTable(columns, target, null, { kind: 'mse' })
  const completion = new Completion(table, vocabularyOf(defaultOperators, names.length), [2, 2, 2, 2], null)
  const written = toExpression(groupGenome(best, [0, 1, 2, 3], completion), names)
  const fresh = rows(4, 1)
  const truth = valuesOf(formula, fresh).map(Math.abs)
  const found = evaluate(written, new Map(names.map((name, k) => [name, fresh[k]])), 250)
  found.forEach((value, i) => {
    // outside the rows the law itself may not be finite
    if (Number.isFinite(truth[i])) expect(Math.abs(Math.abs(value) / truth[i] - 1)).toBeLessThan(1e-6)
  })
})

test('other laws leave a residual', () => {
  const columns = rows(5, 0)
  const random = new Random(6)
  const target = Float64Array.from({ length: 250 }, () => random.normal())
  for (const law of groupLaws(
    columns.map((c) => c.map(Math.log)),
    target,
    new Set(['exp', '-']),
    new Random(1),
    () => false
  ))
    expect(law.error).toBeGreaterThan(0.5)
})
