import { expect, test } from 'vitest'
import { Random } from '../../../../src-main/random.ts'
import { drawRows } from '../../../../src-main/symbolic/table/draw-rows.ts'
import { FitTable } from '../../../../src-main/symbolic/fit/fitting.ts'
import { fromExpression } from '../../../../src-main/symbolic/language/genome.ts'
import * as s from '../../../../src-main/symbolic/index.ts'

const random = new Random(8)
const rows = 260_000
const column = (): Float64Array => Float64Array.from({ length: rows }, () => 0.5 + 2 * random.uniform())
const [x, y] = [column(), column()]
const target = x.map((v, i) => (1.37 * v) / (0.61 + y[i] ** 2) + 0.1 * random.normal())

const few = {
  rounds: 1,
  populationSize: 30,
  islandsPerThread: 1,
  offspringPerRound: 40,
  maxComplexity: 9,
  sampleRows: 200
}

test('a large table is searched on a part of it, and its formulas are fitted and ranked on all rows', async () => {
  const variables = [
    { name: 'x', values: x },
    { name: 'y', values: y }
  ]
  const { front } = await s.searchSymbolic(
    { variables, target },
    { ...few, guesses: [s.parse('1.2 * x / (0.7 + square(y))')] },
    { seed: 1, threads: 2 }
  )
  const columns = new Map(variables.map(({ name, values }) => [name, values]))
  for (const { expression, loss } of front) {
    const values = s.evaluate(expression, columns, rows)
    const mse = values.reduce((sum, v, i) => sum + (v - target[i]) ** 2, 0) / rows
    expect(Math.abs(mse / loss - 1)).toBeLessThan(1e-9)
  }
  const best = front.at(-1)!
  expect(best.loss).toBeLessThan(0.0101)
  // constants as good as all rows make them, not as the sample of 200 does: standard errors are about 1e-3
  const truth = s.evaluate(s.parse('1.37 * x / (0.61 + y^2)'), columns, rows)
  const values = s.evaluate(best.expression, columns, rows)
  const off = values.reduce((sum, v, i) => sum + (v - truth[i]) ** 2, 0) / rows
  expect(Math.sqrt(off)).toBeLessThan(1.5e-3)
})

test('a sum that already exceeds the loss to beat stops early', () => {
  const table = new FitTable([x, y], target, null, { kind: 'mse' })
  const genome = fromExpression(s.parse('x + 3 * y'), ['x', 'y'])
  const loss = table.lossOf(genome)
  expect(table.lossOf(genome, loss * 1.001)).toBe(loss)
  expect(table.lossOf(genome, loss * 0.999)).toBe(Infinity)
})

test('rows are drawn once each', () => {
  for (const [all, count] of [
    [10, 20],
    [1000, 400],
    [100_000, 500]
  ]) {
    const drawn = drawRows(all, count, new Random(1))
    expect(drawn.length).toBe(Math.min(all, count))
    expect(new Set(drawn).size).toBe(drawn.length)
    expect(Math.max(...drawn)).toBeLessThan(all)
    expect(drawn).toEqual(drawRows(all, count, new Random(1)))
  }
})
