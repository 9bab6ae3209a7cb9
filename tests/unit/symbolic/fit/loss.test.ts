import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as s from '../../../../src-main/symbolic/index.ts'
import { FitTable } from '../../../../src-main/symbolic/fit/fitting.ts'
import { fromExpression, toExpression } from '../../../../src-main/symbolic/language/genome.ts'

const rows = 60
const row = Array.from({ length: rows }, (_, i) => i)
const x = Float64Array.from(row, (i) => ((i * 37) % 61) / 20)
const u = Float64Array.from(row, (i) => ((i * 53 + 7) % 67) / 67)
const y = x.map((v, i) => 1 + 2 * v + 3 * u[i] ** 3)
const counts = x.map((v, i) => Math.max(0, Math.floor(Math.exp(0.3 + 0.5 * v) + 2 * u[i] - 0.5)))
const weights = u.map((v) => 1 + v)

/** The fitted formula and its loss. */
function fit(
  formula: string,
  target: Float64Array,
  loss: string,
  options: { free?: boolean; weights?: Float64Array } = {}
) {
  const table = new FitTable([x], target, options.weights ?? null, s.readLoss(loss))
  const genome = fromExpression(s.parse(formula), ['x'])
  const result = table.fit(genome, options.free ? 'scaled' : 'plain', 200, 1e-10)
  return {
    ...result,
    constants: genome.args.filter((_, i) => genome.ops[i] === 1),
    expression: toExpression(genome, ['x'])
  }
}

// scipy 1.x: linprog for quantile and mae, BFGS and Nelder-Mead for the others
test.each([
  ['quantile:0.8', 'x * 1.1 + 0.5', y, 0.28035509687, null],
  ['mae', 'x * 1.1 + 0.5', y, 0.64654632408, null],
  ['huber:0.3', 'x * 1.1 + 0.5', y, 0.15301237200431, [2.02818071, 1.33429694]],
  ['poisson', 'exp(0.1 * x + 0.01)', counts, 0.16898618596364, [0.5229219, 0.25009664]],
  ['log(1 + (prediction - target)^2)', 'x * 2.1 + 1.3', y, 0.4003125359261, [2.01566216, 1.45255515]],
  ['abs(prediction - target)', 'x * 1.1 + 0.5', y, 0.64654632408, null],
  [
    'if(target > prediction, 0.8 * (target - prediction), 0.2 * (prediction - target))',
    'x * 1.1 + 0.5',
    y,
    0.28035509687,
    null
  ]
] as const)('%s of %s is as small as scipy makes it', (loss, formula, target, least, constants) => {
  const result = fit(formula, Float64Array.from(target), loss)
  expect(result.plainLoss).toBeGreaterThan(least * (1 - 1e-9))
  expect(result.plainLoss).toBeLessThan(least * (1 + 1e-4))
  constants?.forEach((value, k) => expect(Math.abs(result.constants[k] - value)).toBeLessThan(2e-4))
  // the same line as outer scale and offset, found in a few steps
  if (formula.startsWith('x *'))
    expect(fit('x', Float64Array.from(target), loss, { free: true }).scaledLoss).toBeLessThan(least * 1.06)
})

test('weights count as rows that stand several times, in every loss', () => {
  const times = u.map((v) => 1 + Math.floor(3 * v))
  const again = (values: Float64Array): Float64Array =>
    Float64Array.from(row.flatMap((i) => Array<number>(times[i]).fill(values[i])))
  for (const loss of [
    'mse',
    'mae',
    'huber:0.3',
    'quantile:0.3',
    'poisson',
    'abs(prediction - target)^1.5',
    'weight * (prediction - target)^2'
  ]) {
    const genome = () => fromExpression(s.parse('exp(0.3 * x) + 0.2'), ['x'])
    const once = new FitTable([x], counts, times, s.readLoss(loss)).fit(genome(), 'plain', 60, 1e-10)
    const repeated = new FitTable([again(x)], again(counts), null, s.readLoss(loss)).fit(genome(), 'plain', 60, 1e-10)
    expect(Math.abs(once.plainLoss - repeated.plainLoss)).toBeLessThan(1e-5 * repeated.plainLoss)
  }
  // scipy, Nelder-Mead
  const formula = fit('x * 1.1 + 0.5', y, 'weight * abs(prediction - target)^1.5', { weights })
  expect(Math.abs(formula.plainLoss / 0.7179335719106 - 1)).toBeLessThan(1e-5)
})

test('the best constant is the mean, the median, the quantile', () => {
  const numbers = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 3, maxLength: 50 })
  const lossOf = (loss: string, target: Float64Array, value: number): number =>
    new FitTable([target], target, null, s.readLoss(loss)).lossOf(fromExpression(s.constant(value), []))
  fc.assert(
    fc.property(numbers, fc.constantFrom(0.1, 0.25, 0.5, 0.9), (values, tau) => {
      const target = Float64Array.from(values)
      const mean = target.reduce((sum, v) => sum + v, 0) / target.length
      const spread = Math.max(...target) - Math.min(...target)
      const sorted = target.slice().sort()
      const best = {
        mse: mean,
        mae: sorted[Math.floor(target.length / 2)],
        [`quantile:${tau}`]: sorted[Math.min(target.length - 1, Math.floor(tau * target.length))]
      }
      for (const [loss, value] of Object.entries(best)) {
        const genome = fromExpression(s.constant(mean + 0.3 * spread + 0.1), [])
        const least = new FitTable([target], target, null, s.readLoss(loss)).fit(genome, 'plain', 200, 1e-10).plainLoss
        expect(least, loss).toBeLessThanOrEqual(lossOf(loss, target, value) * (1 + 1e-3) + 1e-6 * spread)
      }
      const positive = target.map((v) => Math.abs(v) + 0.1)
      const rate = positive.reduce((sum, v) => sum + v, 0) / positive.length
      const genome = fromExpression(s.constant(rate * 2.3), [])
      new FitTable([positive], positive, null, s.readLoss('poisson')).fit(genome, 'plain', 200, 1e-12)
      expect(Math.abs(genome.args[0] / rate - 1)).toBeLessThan(1e-4)
    }),
    { numRuns: 60 }
  )
})

test('a rate below 0 is rejected, and a line is found that avoids it', () => {
  expect(fit('x - 1', counts, 'poisson').plainLoss).toBe(Infinity)
  const free = fit('x - 1', counts, 'poisson', { free: true })
  // the Poisson line with identity link, by scipy: a floor for any line
  expect(free.scaledLoss).toBeLessThan(fit('3', counts, 'poisson').plainLoss)
})

test('an impossible loss is refused', async () => {
  const wrong: [string, string][] = [
    ['mea', 'no loss "mea"'],
    ['huber', 'positive'],
    ['huber:-1', 'positive'],
    ['quantile:1.5', 'between 0 and 1'],
    ['mse:3', 'no parameter'],
    ['(target - 1)^2', 'does not depend on the prediction'],
    ['abs(prediction - goal)', 'no "goal"']
  ]
  for (const [text, sentence] of wrong) expect(() => s.readLoss(text)).toThrow(sentence)
  const search = (loss: string): Promise<unknown> =>
    s.searchSymbolic(
      { variables: [{ name: 'x', values: x }], target: y.map((v) => v - 3) },
      { loss, rounds: 1 },
      { threads: 1 }
    )
  await expect(search('poisson')).rejects.toThrow('counts, which are not negative')
  await expect(search('abs(prediction - target) - 5')).rejects.toThrow('must not be negative')
})

test('a search with the median ignores outliers on one side, and its quantile lies above', async () => {
  const target = x.map((v, i) => v * v + 1 + (i % 4 === 0 ? 30 : 0))
  const quick = { rounds: 3, populationSize: 40, islandsPerThread: 1, offspringPerRound: 80, maxComplexity: 12 }
  const columns = new Map([['x', x]])
  const { front } = await s.searchSymbolic(
    { variables: [{ name: 'x', values: x }], target },
    { ...quick, loss: 'quantile:0.5', operators: ['+', '*', '-'] },
    { seed: 1, threads: 1 }
  )
  const law = front.find((m) => Math.abs(m.loss - 3.75) < 1e-3)
  if (!law)
    throw new Error(
      `no formula has the loss 3.75: ${front.map((m) => `${m.loss} ${s.printText(m.expression)}`).join('; ')}`
    )
  expect([...s.evaluate(law.expression, columns, 5)].every((v, i) => Math.abs(v - x[i] ** 2 - 1) < 1e-2)).toBe(true)
})
