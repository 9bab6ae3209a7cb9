import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Random } from '../../../../src-main/random.ts'
import { FitTable } from '../../../../src-main/symbolic/fit/fitting.ts'
import { fromExpression, type Genome } from '../../../../src-main/symbolic/language/genome.ts'
import type { Loss } from '../../../../src-main/symbolic/fit/loss.ts'
import { evaluate, parse } from '../../../../src-main/symbolic/index.ts'

const rows = 1013
const names = ['x', 'y']
const columnsOf = (random: Random, scale = 1): Float64Array[] =>
  names.map(() => Float64Array.from({ length: rows }, () => scale * (0.5 + 2 * random.uniform())))
const genomeOf = (text: string): Genome => fromExpression(parse(text), names)

const losses: Loss[] = [
  { kind: 'mse' },
  { kind: 'mae' },
  { kind: 'huber', delta: 0.3 },
  { kind: 'quantile', tau: 0.7 },
  { kind: 'poisson' }
]

test('a first fit in 32 bits gives the losses of 64 bits', () => {
  const forms = [
    'x * y',
    '0.7 * x / (y + 0.4)',
    'exp(0.3 * x) - log(y)',
    'sin(x * y) + 2.1 ^ y',
    'sqrt(x) + abs(y - 1.3)'
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...losses),
      fc.constantFrom(...forms),
      fc.boolean(),
      fc.boolean(),
      fc.double({ min: -100, max: 100, noNaN: true }),
      fc.integer({ min: 1, max: 1000 }),
      (loss, text, free, weighted, mean, seed) => {
        const random = new Random(seed)
        const columns = columnsOf(random)
        const shift = loss.kind === 'poisson' ? 20 : free ? mean : 0
        const target = columns[0].map((x, i) => shift + x * x + columns[1][i] + 0.2 * random.normal())
        const weights = weighted ? columns[0].map(() => random.uniform()) : null
        const table = new FitTable(columns, target, weights, loss)
        const genome = genomeOf(text)
        const exact = table.fit(genome, free ? 'scaled' : 'plain', 0, 0)
        const first = table.firstFit(genome, free ? 'scaled' : 'plain', 0, 0)
        const near = (a: number, b: number): void => expect(Math.abs(a - b)).toBeLessThanOrEqual(2e-4 * Math.abs(b))
        near(first.scaledLoss, exact.scaledLoss)
        near(first.plainLoss, exact.plainLoss)
        near(first.ratioLoss, exact.ratioLoss)
      }
    ),
    { numRuns: 200 }
  )
})

test.each(losses.slice(0, 4))('a first fit ends as low as a fit in 64 bits: $kind', (loss) => {
  const random = new Random(4)
  const columns = columnsOf(random)
  const target = columns[0].map((x, i) => 3 * Math.exp(-0.8 * x) + columns[1][i] ** 1.7 + 0.05 * random.normal())
  const table = new FitTable(columns, target, null, loss)
  const start = '0.5 * exp(-0.5 * x) + y ^ 1.2'
  const exact = table.fit(genomeOf(start), 'scaled', 60, 1e-5).scaledLoss
  expect(table.firstFit(genomeOf(start), 'scaled', 60, 1e-5).scaledLoss).toBeLessThan(1.01 * exact)
})

test('an exact law is fitted to the last digits', () => {
  const random = new Random(5)
  const columns = columnsOf(random)
  for (const [law, start] of [
    ['2.5 * x / (1.7 + y ^ 2)', '2 * x / (1.2 + y ^ 2)'],
    ['sin(1.3 * x) * y', 'sin(1.1 * x) * y'],
    ['400 + x * y', 'x * y']
  ]) {
    const table = new FitTable(columns, valuesOf(law, columns), null, { kind: 'mse' })
    expect(table.firstFit(genomeOf(start), 'scaled', 40, 1e-12).scaledLoss, law).toBeLessThan(1e-22)
  }
  // as near as a millionth is not exact
  const near = new FitTable(
    columns,
    valuesOf('x * y', columns).map((v, i) => v * (1 + (i % 2 ? 1e-6 : -1e-6))),
    null,
    { kind: 'mse' }
  )
  const { scaledLoss } = near.firstFit(genomeOf('x * y'), 'scaled', 10, 1e-9)
  expect(scaledLoss).toBeCloseTo(near.fit(genomeOf('x * y'), 'scaled', 10, 1e-9).scaledLoss, 20)
})

test('what leaves the range of floats is fitted in 64 bits', () => {
  const random = new Random(6)
  const small = columnsOf(random)
  const tall = new FitTable(small, valuesOf('x * y', small), null, { kind: 'mse' })
  const grown = '(10000 * x) ^ 20 / (9999 * y) ^ 19'
  expect(tall.firstFit(genomeOf(grown), 'scaled', 0, 0)).toEqual(tall.fit(genomeOf(grown), 'scaled', 0, 0))
  for (const scale of [1e15, 1e-15]) {
    const columns = columnsOf(random, scale)
    const target = columns[0].map((x, i) => x / columns[1][i] + random.normal())
    const table = new FitTable(columns, target, null, { kind: 'mse' })
    const text = 'x ^ 3 / (y ^ 3 + 0.3)'
    expect(table.firstFit(genomeOf(text), 'scaled', 6, 1e-3)).toEqual(table.fit(genomeOf(text), 'scaled', 6, 1e-3))
  }
})

function valuesOf(text: string, [x, y]: Float64Array[]): Float64Array {
  return evaluate(
    parse(text),
    new Map([
      ['x', x],
      ['y', y]
    ]),
    rows
  )
}
