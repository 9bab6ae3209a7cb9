import { expect, test } from 'vitest'
import { Random } from '../../../../../src-main/random.ts'
import { Completion } from '../../../../../src-main/symbolic/search/seeds/completion.ts'
import { FitTable } from '../../../../../src-main/symbolic/fit/fitting.ts'
import { toExpression } from '../../../../../src-main/symbolic/language/genome.ts'
import { defaultOperators, evaluate, parse } from '../../../../../src-main/symbolic/index.ts'
import { lawSeeds } from '../../../../../src-main/symbolic/search/seeds/law-seeds.ts'
import { vocabularyOf } from '../../../../../src-main/symbolic/language/vocabulary.ts'

test('gravity in coordinates: powers of some variables times a quadratic form of the others', () => {
  const random = new Random(1)
  const ranges: Record<string, [number, number]> = { m: [1, 2], n: [1, 2], x: [3, 4], u: [1, 2], y: [3, 4], v: [1, 2] }
  const names = Object.keys(ranges)
  const columns = names.map((name) => {
    const [low, high] = ranges[name]
    return Float64Array.from({ length: 400 }, () => low + (high - low) * random.uniform())
  })
  const target = evaluate(
    parse('6.67 * m * n / ((x - u)^2 + (y - v)^2)'),
    new Map(names.map((n, k) => [n, columns[k]])),
    400
  )
  const table = new FitTable(columns, target, null, { kind: 'mse' })
  const completion = new Completion(
    table,
    vocabularyOf(['+', '-', '*', '/'], names.length),
    names.map(() => 1),
    null
  )
  const seeds = lawSeeds({ columns, target }, completion, new Set(defaultOperators), new Random(1), () => true)
  const errors = seeds.map((seed) => {
    const values = evaluate(toExpression(seed, names), new Map(names.map((n, k) => [n, columns[k]])), 400)
    return Math.max(...values.map((value, i) => Math.abs(value / target[i] - 1)))
  })
  expect(Math.min(...errors.filter(Number.isFinite))).toBeLessThan(1e-6)
})
