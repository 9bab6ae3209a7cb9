import { expect, test } from 'vitest'
import { Random } from '../../../../src-main/random.ts'
import { fitHere } from '../../../../src-main/symbolic/regression/fit-thread.ts'
import * as s from '../../../../src-main/symbolic/index.ts'

function table(formula: string, ranges: Record<string, [number, number]>, rows = 300, seed = 1): s.SearchProblem {
  const random = new Random(seed)
  const variables = Object.entries(ranges).map(([name, [low, high]]) => ({
    name,
    values: Float64Array.from({ length: rows }, () => low + (high - low) * random.uniform())
  }))
  const target = s.evaluate(s.parse(formula), new Map(variables.map((v) => [v.name, v.values])), rows)
  return { variables, target }
}

/** Largest relative difference on fresh rows of a range half as wide again. */
function errorOutside(expression: s.Expression, formula: string, ranges: Record<string, [number, number]>): number {
  const wider = Object.fromEntries(
    Object.entries(ranges).map(([n, [a, b]]) => [n, [a, b + (b - a) / 2] as [number, number]])
  )
  const { variables, target } = table(formula, wider, 200, 9)
  const values = s.evaluate(expression, new Map(variables.map((v) => [v.name, v.values])), 200)
  return Math.max(...values.map((v, i) => Math.abs(v - target[i]) / (1e-3 + Math.abs(target[i]))))
}

const quick: s.SearchOptions = {
  rounds: 8,
  populationSize: 50,
  islandsPerThread: 2,
  offspringPerRound: 100,
  sampleRows: 256
}

test.each([
  ['3.5 * m * v ^ 2 / r', { m: [1, 3], v: [1, 2], r: [1, 5] }],
  ['q * sin(a - b) + 2', { q: [1, 3], a: [0, 3], b: [0, 2] }],
  ['1.5 * exp(-x^2 / 2) * y', { x: [-2, 2], y: [1, 2] }],
  ['m / sqrt(1 - v^2 / c^2)', { m: [1, 5], v: [1, 2], c: [3, 10] }]
] as [string, Record<string, [number, number]>][])('finds %s', async (formula, ranges) => {
  const { best } = await s.searchSymbolic(table(formula, ranges), quick, { seed: 3, threads: 1 })
  expect(errorOutside(best.expression, formula, ranges), s.printText(best.expression)).toBeLessThan(1e-6)
})

test('the absolute loss ignores outliers', async () => {
  const problem = table('2 * x + y ^ 2', { x: [0, 3], y: [0, 3] })
  for (let i = 0; i < 300; i += 10) problem.target[i] += 50
  const { front } = await s.searchSymbolic(
    problem,
    { ...quick, loss: 'mae', operators: ['+', '-', '*', '/', '^'] },
    { seed: 1, threads: 1 }
  )
  // the outliers leave every formula such a loss that the choice may take a simpler one; the most exact has the law
  const { expression } = front.at(-1)!
  expect(errorOutside(expression, '2 * x + y ^ 2', { x: [0, 3], y: [0, 3] }), s.printText(expression)).toBeLessThan(
    1e-3
  )
})

test('the same seed and thread count give the same front', async () => {
  const problem = table('exp(x) / (1 + y * x) + sin(3 * y)', { x: [0, 2], y: [0, 2] })
  const run = async (): Promise<string[]> => {
    const { front } = await s.searchSymbolic(
      problem,
      { ...quick, rounds: 2, maxComplexity: 20, sampleRows: 128 },
      { seed: 5, threads: 2 }
    )
    return front.map((m) => `${m.complexity} ${m.loss} ${s.printText(m.expression)}`)
  }
  expect(await run()).toEqual(await run())
})

test('the front falls, its losses are those of its formulas, and guesses count', async () => {
  const problem = table('x * y + cos(x * y) / (1 + x)', { x: [0, 2], y: [0, 2] })
  const guess = s.parse('x * y + cos(x * y) / (1.1 + x)')
  const { front } = await s.searchSymbolic(problem, { ...quick, rounds: 2, guesses: [guess] }, { seed: 5, threads: 1 })
  front.slice(1).forEach((m, k) => {
    expect(m.loss).toBeLessThan(front[k].loss)
    expect(m.complexity).toBeGreaterThan(front[k].complexity)
  })
  const columns = new Map(problem.variables.map((v) => [v.name, v.values]))
  for (const { expression, loss, complexity } of front) {
    const values = s.evaluate(expression, columns, 300)
    const mse = values.reduce((sum, v, i) => sum + (v - problem.target[i]) ** 2, 0) / 300
    expect(Math.abs(mse - loss)).toBeLessThan(1e-9 + 1e-6 * loss)
    expect(complexity).toBe(s.complexity(expression))
  }
  expect(front.at(-1)!.loss).toBeLessThan(1e-20)
})

test('a search ends at once when cancelled', async () => {
  const controller = new AbortController()
  const problem = table('exp(x) / (1 + y * x) + sin(3 * y) * x ^ 1.7', { x: [0, 2], y: [0, 2] })
  const search = s.searchSymbolic(
    problem,
    { time: 600 },
    { signal: controller.signal, threads: 1, onFront: () => controller.abort() }
  )
  await expect(search).rejects.toMatchObject({ code: 'cancelled' })
})

test('an impossible table is refused', async () => {
  const columns = new Map<string, ArrayLike<number>>([
    ['y', [1, 2, 3, 4, NaN]],
    ['x', [1, 2, 3, 4, 5]],
    ['c', [7, 7, 7, 7, 7]],
    ['n', [NaN, NaN, NaN, NaN, NaN]]
  ])
  const fit = (request: Partial<s.FitTableRequest>): Promise<s.FitTableResult> =>
    fitHere({ columns, target: 'y', variables: ['x'], time: 0.2, ...request }, { threads: 1 })
  await expect(fit({ target: 'z' })).rejects.toThrow('no column "z"')
  await expect(fit({ variables: ['x', 'y'] })).rejects.toThrow('also named as a variable')
  await expect(fit({ variables: ['c'] })).rejects.toThrow('No variable remains')
  await expect(fit({ target: 'c' })).rejects.toThrow('in every row')
  await expect(fit({ variables: ['n'] })).rejects.toThrow('No row has finite values')
  await expect(fit({ operators: ['+', 'sine'] })).rejects.toThrow('did you mean "sin"')
  await expect(fit({ operators: [] })).rejects.toThrow('no operator')
  await expect(fit({ time: -1 })).rejects.toThrow('must be positive')
  await expect(fit({ maxComplexity: 0 })).rejects.toThrow('at least 1')
  await expect(
    fit({
      columns: new Map([
        ['y', [1]],
        ['x', [2]]
      ])
    })
  ).rejects.toThrow('needs at least 3')
  await expect(
    fit({
      columns: new Map([
        ['y', []],
        ['x', []]
      ])
    })
  ).rejects.toThrow('no rows')
  const { warnings, best } = await fit({ variables: ['x', 'c'] })
  expect(warnings.join(' ')).toContain('1 of 5 rows were left out')
  expect(warnings.join(' ')).toContain('"c" is 7 in every row')
  expect(best.text).toBe('x')
})

test('a processor-time budget counts the processor time of the search, not the time on the clock', async () => {
  const random = new Random(5)
  const problem = table('x + y', { x: [0, 1], y: [0, 1] })
  for (let i = 0; i < problem.target.length; i++) problem.target[i] = random.normal()
  const before = process.cpuUsage()
  const { seconds } = await s.searchSymbolic(problem, { time: 1, clock: 'processor' }, { threads: 2 })
  const { user, system } = process.cpuUsage(before)
  const used = (user + system) / 1e6
  expect(seconds).toBeGreaterThan(0.9)
  expect(used).toBeGreaterThanOrEqual(seconds)
  expect(used).toBeLessThan(4)
})
