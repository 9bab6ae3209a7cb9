import { expect, test } from 'vitest'
import { Random } from '../../../../src-main/random.ts'
import { smoothedTarget } from '../../../../src-main/symbolic/table/denoise.ts'
import * as s from '../../../../src-main/symbolic/index.ts'
import { importances, selectVariables } from '../../../../src-main/symbolic/table/select-variables.ts'

const random = new Random(12)
const rows = 1500
const names = Array.from({ length: 10 }, (_, k) => `v${k}`)
const variables = names.map((name) => ({
  name,
  values: Float64Array.from({ length: rows }, () => 2 * random.uniform() - 1)
}))
const [v0, v1, v2, v3] = variables.map(({ values }) => values)

test('the variables that matter are found, alone or together', () => {
  // v1 and v2 say nothing alone: the mean of v1 * v2 is 0 whatever one of them is
  const target = v0.map((v, i) => 2 * Math.sin(2 * v) + 3 * v1[i] * v2[i] + 0.2 * random.normal())
  const ranked = importances(variables, target, 1)
  expect(
    ranked
      .slice(0, 3)
      .map(({ name }) => name)
      .sort()
  ).toEqual(['v0', 'v1', 'v2'])
  expect(ranked.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12)
  expect(importances(variables, target, 1)).toEqual(ranked)
  const { selected, sentence } = selectVariables(variables, target, 3, [], 1)
  expect(selected.map(({ name }) => name)).toEqual(['v0', 'v1', 'v2'])
  expect(sentence).toMatch(/Selected 3 of 10 variables.*"v0" \d+\.\d %.*left out: "v/)
  expect(selectVariables(variables, target, 4, ['v9'], 1).selected.map(({ name }) => name)).toContain('v9')
  expect(selectVariables(variables, target, 12, [], 1)).toMatchObject({ sentence: null })
  expect(() => selectVariables(variables, target, 1, ['v1', 'v2'], 1)).toThrow('2 variables are required')
  expect(() => selectVariables(variables, target, 0, [], 1)).toThrow('at least 1')
})

test('a fit with selected variables names them and the reason', async () => {
  const target = v0.map((v, i) => v * v3[i])
  const { warnings, best } = await s.fitTable(
    {
      columns: new Map([...variables.map(({ name, values }) => [name, values] as const), ['t', target]]),
      target: 't',
      select: 2,
      rounds: 1,
      operators: ['+', '*', '-']
    },
    { threads: 1, seed: 2 }
  )
  expect(warnings.join(' ')).toContain('Selected 2 of 10 variables')
  expect(s.variablesOf(s.parse(best.text)).sort()).toEqual(['v0', 'v3'])
})

test('smoothing removes most of the noise and little of the curve', () => {
  const truth = v0.map((v, i) => Math.sin(3 * v) + v1[i] ** 2)
  const noisy = truth.map((v) => v + 0.3 * random.normal())
  const all = Uint32Array.from(truth, (_, i) => i)
  const rms = (values: Float64Array): number =>
    Math.sqrt(values.reduce((sum, v, i) => sum + (v - truth[i]) ** 2, 0) / values.length)
  const smooth = smoothedTarget([v0, v1], noisy, all, all)
  expect(rms(smooth)).toBeLessThan(0.5 * rms(noisy))
  // a plane stays a plane, whatever the columns' units
  const plane = v0.map((v, i) => 3 * v - 2 * v1[i])
  const scaled = smoothedTarget([v0.map((v) => 1e6 * v), v1], plane, all.slice(0, 200), all)
  scaled.forEach((v, i) => expect(Math.abs(v - plane[i])).toBeLessThan(0.05))
  // within the targets around it: counts stay counts or fractions between them
  const counts = truth.map((_, i) => (i % 7 === 0 ? 3 : 0))
  expect(Math.min(...smoothedTarget([v0], counts, all, all))).toBeGreaterThanOrEqual(0)
  // too few rows to smooth, and a column that is the same everywhere
  expect([...smoothedTarget([v0, v1], noisy, all.slice(0, 2), all.slice(0, 3))]).toEqual([noisy[0], noisy[1]])
  expect(smoothedTarget([v0.map(() => 1), v1], noisy, all.slice(0, 20), all).every(Number.isFinite)).toBe(true)
})

test('the losses of a denoised search are those of the original rows', async () => {
  const target = v0.map((v, i) => 2 * v * v1[i] + 1 + 0.4 * random.normal())
  const { front } = await s.searchSymbolic(
    { variables: variables.slice(0, 2), target },
    { rounds: 1, denoise: true, operators: ['+', '-', '*'], maxComplexity: 9, sampleRows: 400 },
    { threads: 1, seed: 2 }
  )
  const columns = new Map(variables.map(({ name, values }) => [name, values]))
  for (const { expression, loss } of front) {
    const values = s.evaluate(expression, columns, rows)
    const mse = values.reduce((sum, v, i) => sum + (v - target[i]) ** 2, 0) / rows
    expect(Math.abs(mse / loss - 1)).toBeLessThan(1e-9)
  }
  expect(front.at(-1)!.loss).toBeLessThan(0.18)
})
