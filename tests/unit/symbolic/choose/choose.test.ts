import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Random } from '../../../../src-main/random.ts'
import { chooseFormulas } from '../../../../src-main/symbolic/choose/choose.ts'
import { judgeConstants } from '../../../../src-main/symbolic/choose/constant-errors.ts'
import { evidence, negativeLogLikelihood } from '../../../../src-main/symbolic/fit/description-length.ts'
import { bestOf } from '../../../../src-main/symbolic/search/hall-of-fame.ts'
import * as s from '../../../../src-main/symbolic/index.ts'
import { holdOut, tableOf } from '../../../../src-main/symbolic/choose/judging-table.ts'
import { lossShape } from '../../../../src-main/symbolic/fit/loss-shape.ts'
import { withFewestDigits } from '../../../../src-main/symbolic/choose/rounding.ts'
import { treeOf } from '../../../fixtures/expressions.ts'

const form = (text: string): s.Form => s.formOf(s.parse(text))

test('one form for a law written in many ways, its constants invariant', () => {
  const families = [
    ['1/(1 + 2*x)', '0.5/(0.5 + x)', '3/(3 + 6*x)', '1.5*inv(1.5 + x*3)', '-1/(-1 - 2*x)'],
    [
      '(0.3 + m) / (5 + (2*r)^4.7)',
      '(0.6 + 2*m) * 0.5 / (2.5*2 + 2^4.7 * r^4.7)',
      '(m + 0.3) * 3 / (15 + 3*(r*2)^4.7)'
    ],
    ['sqrt(2*x) + 1', '1 + x^0.5 * sqrt(2)', '1 - -(2*x)^0.5'],
    ['exp(2*x + 1) * y', 'y * (exp(2*x) * 2.718281828459045)', 'y * exp(x * 2 + 0.5) / exp(-0.5)'],
    ['log(3*x) - y', '-y + log(x) + log(3)', 'log(10) * log10(3*x) - y'],
    ['m * m / (x * x) + 0.1', 'square(m) * x^-2 + 0.1', '0.1 + (m / x)^2', '(m / x / x) * m + 0.1'],
    ['sin(1 - x)', '-sin(x - 1)'],
    ['min(x, y + 1) + x', 'x + min(1 + y, x)']
  ]
  for (const [first, ...others] of families)
    for (const other of others) {
      expect(form(other).text, other).toBe(form(first).text)
      form(other).constants.forEach((value, k) => expect(value, other).toBeCloseTo(form(first).constants[k], 9))
    }
  const texts = new Set(families.map(([first]) => form(first).text))
  expect(texts.size).toBe(families.length)
  // constants of other values, another number of them
  expect(form('2.2/(0.9 + x)').text).toBe(form('1/(1 + 2*x)').text)
  expect(s.freeConstants(form('1/(0.5 + x)'))).toBe(1)
  expect(s.freeConstants(form('2/(0.5 + x)'))).toBe(2)
  expect(form('x^2').text).not.toBe(form('x^3').text)
  expect(form('x^2.2').text).toBe(form('x^16').text)
  expect(form('x + y').text).not.toBe(form('x * y').text)
})

test('reordering a formula does not change its form', () => {
  const tree = treeOf(
    fc.oneof(
      fc.constantFrom(-2, 0.5, 1, 3).map((value) => s.constant(value)),
      fc.constantFrom('x', 'y', 'z').map(s.variable)
    ),
    ['+', '-', '*', '/', 'neg', 'square', 'sqrt', 'exp', 'log', 'sin', 'max', '^']
  )
  const turned = (e: s.Expression): s.Expression =>
    s.mapExpression(e, (node) => {
      if (node.kind !== 'call') return node
      const [a, b] = node.args
      if (node.op === '+' || node.op === '*' || node.op === 'max') return s.call(node.op, b, a)
      if (node.op === '-') return s.call('+', s.call('neg', b), a)
      if (node.op === '/') return s.call('*', s.call('inv', b), a)
      if (node.op === 'square') return s.call('*', a, a)
      return node
    })
  fc.assert(
    fc.property(tree, (e) => {
      const [one, other] = [s.formOf(e), s.formOf(turned(e))]
      // what vanishes or overflows by rounding is no form
      fc.pre(one.constants.every((value) => Number.isFinite(value) && Math.abs(value) > 1e-9 && Math.abs(value) < 1e9))
      expect(other.text).toBe(one.text)
    }),
    { numRuns: 400, seed: 7 }
  )
})

/** y = slope x + offset + noise that grows with x. */
function line(rows: number, noise: number, seed = 1, slope = 2, offset = 0.7): s.SearchProblem {
  const random = new Random(seed)
  const x = Float64Array.from({ length: rows }, () => 3 * random.uniform())
  return {
    variables: [{ name: 'x', values: x }],
    target: x.map((value) => slope * value + offset + noise * (0.2 + value) * random.normal())
  }
}

const fitted = { C1: 2, C2: 0.7 }
const law = s.parse('C1 * x + C2', { constants: fitted })

test('standard errors of least squares are those of the normal equations (HC0)', async () => {
  const problem = line(400, 0.3)
  const [x, y] = [problem.variables[0].values, problem.target]
  const sum = (value: (i: number) => number): number => x.reduce((total, _, i) => total + value(i), 0)
  const [sx, sxx, n] = [sum((i) => x[i]), sum((i) => x[i] ** 2), x.length]
  const det = n * sxx - sx * sx
  const slope = (n * sum((i) => x[i] * y[i]) - sx * sum((i) => y[i])) / det
  const offset = (sum((i) => y[i]) - slope * sx) / n
  // influence of each row on slope and offset
  const variance = [0, 0]
  x.forEach((value, i) => {
    const r = y[i] - slope * value - offset
    variance[0] += ((n * value - sx) * r) ** 2 / det ** 2
    variance[1] += ((sxx - sx * value) * r) ** 2 / det ** 2
  })
  const at = s.withConstants(
    law,
    new Map([
      ['C1', slope],
      ['C2', offset]
    ])
  )
  const { constants, squares } = await judgeConstants(at, tableOf(problem), { kind: 'mse' })
  constants.forEach(({ standardError }, k) => expect(standardError! / Math.sqrt(variance[k])).toBeCloseTo(1, 9))
  expect(squares[0]).toBeCloseTo(sxx, 6)
  // a weight of two is a row twice
  const doubled = await judgeConstants(
    at,
    { ...tableOf(problem), weights: new Float64Array(400).fill(2) },
    { kind: 'mse' }
  )
  expect(doubled.constants[0].standardError! / constants[0].standardError!).toBeCloseTo(1, 9)
})

test('standard errors of least absolute errors agree with fits to fresh noise; undetermined constants have none', async () => {
  const estimates: number[] = []
  const errors: number[] = []
  for (let seed = 0; seed < 120; seed++) {
    // no simple number is near, to which a constant would be rounded
    const problem = line(200, 0.05, seed, 2.123, 0.618)
    const { front } = await chooseFormulas(
      [{ expression: s.parse('2.1 * x + 0.61'), complexity: 5, loss: 1 }],
      problem,
      { fitting: new Uint32Array(), validation: new Uint32Array([0]) },
      { loss: { kind: 'mae' }, floor: 1e-12 }
    )
    const [{ value, standardError }] = front[0].constants
    estimates.push(value)
    errors.push(standardError!)
  }
  const mean = estimates.reduce((a, b) => a + b) / estimates.length
  const spread = Math.sqrt(estimates.reduce((total, v) => total + (v - mean) ** 2, 0) / (estimates.length - 1))
  const medianError = errors.sort((a, b) => a - b)[60]
  expect(medianError / spread).toBeGreaterThan(0.7)
  expect(medianError / spread).toBeLessThan(1.4)
  const open = s.parse('C1 * C2 * x', { constants: { C1: 1.5, C2: 1.1 } })
  const { constants } = await judgeConstants(open, tableOf(line(50, 0.1)), { kind: 'mse' })
  expect(constants.map(({ standardError }) => standardError)).toEqual([null, null])
})

test('slopes and curvatures are the derivatives of each loss', () => {
  const [prediction, target, weight] = [
    [1.3, 2.5, 0.4],
    [1, 3, 0.9],
    [1, 2, 0.5]
  ].map((values) => Float64Array.from(values))
  const losses: [s.Loss, (p: number, t: number) => number][] = [
    [{ kind: 'mse' }, (p, t) => (p - t) ** 2],
    [{ kind: 'mae' }, (p, t) => Math.sqrt((p - t) ** 2 + 0.01)],
    [{ kind: 'quantile', tau: 0.8 }, (p, t) => Math.sqrt((p - t) ** 2 + 0.01) / 2 - 0.3 * (p - t)],
    [
      { kind: 'huber', delta: 0.4 },
      (p, t) => (Math.abs(p - t) < 0.4 ? (p - t) ** 2 / 2 : 0.4 * (Math.abs(p - t) - 0.2))
    ],
    [{ kind: 'poisson' }, (p, t) => 2 * (t * Math.log(t / p) - t + p)],
    [s.readLoss('prediction - target + prediction^4'), (p, t) => p - t + p ** 4]
  ]
  const e = 1e-4
  for (const [loss, value] of losses) {
    const { slope, curvature } = lossShape(loss, prediction, target, weight, 0.1)
    prediction.forEach((p, i) => {
      const [low, mid, high] = [-e, 0, e].map((d) => weight[i] * value(p + d, target[i]))
      expect(slope[i], loss.kind).toBeCloseTo((high - low) / (2 * e), 6)
      expect(curvature[i], loss.kind).toBeCloseTo((high - 2 * mid + low) / e ** 2, 4)
    })
  }
})

test('BIC is that of the likelihood, MDL pays for nodes, integers and digits', () => {
  const residuals = [0.3, -0.1, 0.25, -0.4]
  const mse = residuals.reduce((sum, r) => sum + r * r, 0) / 4
  const normal = residuals.reduce((sum, r) => sum + r ** 2 / (2 * mse) + Math.log(2 * Math.PI * mse) / 2, 0)
  expect(negativeLogLikelihood({ kind: 'mse' }, mse, 4)).toBeCloseTo(normal, 12)
  const mae = residuals.reduce((sum, r) => sum + Math.abs(r), 0) / 4
  const laplace = residuals.reduce((sum, r) => sum + Math.abs(r) / mae + Math.log(2 * mae), 0)
  expect(negativeLogLikelihood({ kind: 'mae' }, mae, 4)).toBeCloseTo(laplace, 12)

  const { bic, mdl } = evidence(s.parse('C1 * x + 3', { constants: { C1: 2 } }), normal, 4, [300])
  expect(bic).toBeCloseTo(2 * normal + Math.log(4), 12)
  // five nodes of four kinds: * + x and constants; 2 known to sqrt(3 / 300) = 0.1
  expect(mdl).toBeCloseTo(normal + 5 * Math.log(4) + Math.log(3) + Math.log(2 / 0.1), 12)
  expect(evidence(s.parse('C1 * x', { constants: { C1: 0.001 } }), 0, 4, [300]).mdl).toBeCloseTo(3 * Math.log(3), 12)
})

test('validation rows are a seeded share, and none of a small table', () => {
  const split = holdOut(1000, 0.2, 3)!
  expect(split.validation).toHaveLength(200)
  expect(new Set([...split.validation, ...split.fitting]).size).toBe(1000)
  expect(holdOut(1000, 0.2, 3)).toEqual(split)
  expect(holdOut(1000, 0.2, 4)).not.toEqual(split)
  expect(holdOut(39, 0.2, 3)).toBeNull()
  expect(holdOut(1000, 0, 3)).toBeNull()
})

test('what fits the searched rows alone is not the best, equivalent forms are one, constants lose needless digits', async () => {
  const problem = line(100, 0.05)
  const split = {
    fitting: Uint32Array.from([0, 1, 2, 3]),
    validation: Uint32Array.from({ length: 96 }, (_, k) => k + 4)
  }
  const member = (text: string, loss: number): { expression: s.Expression; complexity: number; loss: number } => {
    const expression = s.parse(text)
    return { expression, complexity: s.complexity(expression), loss }
  }
  const candidates = [
    member('1.234', 3),
    member('2.01 * x + 0.69', 0.01),
    // the same with a constant too many, not fitted well
    member('(1.9 * x + 0.9) * 1.01', 0.02),
    member('2.01 * x + 0.69 + 0.000123 * exp(2.9 * x)', 1e-6)
  ]
  const { front, best } = await chooseFormulas(candidates, problem, split, { loss: { kind: 'mse' }, floor: 1e-20 })
  expect(s.formOf(best.expression).text).toBe('x + C')
  expect(front.filter(({ expression }) => s.formOf(expression).text === 'x + C')).toHaveLength(1)
  expect(best.constants.map(({ name }) => name)).toEqual(['C1', 'C2'])
  for (const entry of front) {
    expect(entry.validationLoss).toBeGreaterThan(0)
    const values = (e: s.Expression): Float64Array => s.evaluate(e, new Map([['x', problem.variables[0].values]]), 100)
    const loss = (e: s.Expression): number =>
      values(e).reduce((sum, v, i) => sum + (v - problem.target[i]) ** 2 / 100, 0)
    expect(loss(entry.expression) / entry.loss).toBeCloseTo(1, 6)
    expect(loss(entry.rounded)).toBeLessThanOrEqual(1.0011 * entry.loss)
  }
  expect(s.printText(best.rounded).length).toBeLessThan(20)
  // the validation loss is that of the constants that the searched rows gave
  const early = s.evaluate(s.parse('2.01 * x + 0.69'), new Map([['x', problem.variables[0].values]]), 100)
  const held = [...split.validation].reduce((sum, i) => sum + (early[i] - problem.target[i]) ** 2 / 96, 0)
  expect(best.validationLoss! / held).toBeCloseTo(1, 9)
})

test('the best formula is chosen by the requested loss', () => {
  const front = [0.1, 0.5, 0.4].map((score, k) => ({ expression: law, complexity: k, loss: 3 - k, score }))
  expect(bestOf(front, 0)).toBe(front[2])
  const heldOut = [1, 1.4, 9]
  expect(bestOf(front, 0, (member) => heldOut[member.complexity])).toBe(front[1])
})

test('rounding keeps the loss with few digits', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 50, noNaN: true }), fc.double({ min: -9, max: 9, noNaN: true }), (a, b) => {
      const expression = s.parse('C1 * x + C2', { constants: { C1: a, C2: b } })
      const lossOf = (e: s.Expression): number => {
        const values = new Map(s.constantsOf(e).map(({ name, value }) => [name, value]))
        return 1 + (values.get('C1')! - a) ** 2 + (values.get('C2')! - b) ** 2
      }
      const rounded = withFewestDigits(expression, lossOf, 0)
      expect(lossOf(rounded)).toBeLessThanOrEqual(1.001)
      for (const { value } of s.constantsOf(rounded)) expect(Number(value.toPrecision(5))).toBe(value)
    })
  )
})

test('several seeds count how often a form returns; impossible shares and numbers of seeds are refused', async () => {
  const { variables, target } = line(80, 0.02)
  const columns = new Map<string, ArrayLike<number>>([
    ['x', variables[0].values],
    ['y', target]
  ])
  const request = { columns, target: 'y', operators: ['+', '*'], rounds: 3, maxComplexity: 6 }
  const result = await s.fitTable({ ...request, seeds: 3 }, { threads: 1, seed: 5 })
  expect(result.stability).toEqual({ seeds: 3, best: 3 })
  expect(result.best.returns).toBe(3)
  expect(result.rows).toEqual({ fitting: 64, validation: 16 })
  for (const entry of result.front) expect(entry.returns).toBeGreaterThanOrEqual(1)
  const [slope] = result.best.constants!
  expect(Math.abs(slope.value - 2)).toBeLessThan(5 * slope.standardError!)
  await expect(s.fitTable({ ...request, seeds: 0 })).rejects.toThrow('whole number from 1')
  await expect(s.fitTable({ ...request, validation: 0.95 })).rejects.toThrow('between 0 and 0.9')
  const few = new Map([...columns].map(([name, values]) => [name, Array.from(values).slice(0, 20)]))
  const small = await s.fitTable({ ...request, columns: few, validation: 0.3 }, { threads: 1 })
  expect(small.warnings.join(' ')).toContain('There are no validation rows: 20 rows are too few')
  expect(small.best.validationLoss).toBeNull()
  await expect(s.fitTable({ ...request, seeds: 2 }, { threads: 1, onCheckpoint: () => undefined })).rejects.toThrow(
    'A checkpoint holds one search'
  )
})

test('numbers inside user operators stay unchanged and are not fitted', async () => {
  const random = new Random(4)
  const x = Array.from({ length: 120 }, () => 1 + 2 * random.uniform())
  const y = x.map((v) => 2.57 * Math.exp((-v * v) / 2.345) + 0.31 + 0.01 * random.normal())
  const columns = new Map([
    ['x', x],
    ['y', y]
  ])
  const request = { columns, target: 'y', rounds: 4, operators: ['+', '*'], define: ['bell(x) = exp(-x^2 / 2.345)'] }
  const { front } = await s.fitTable(request, { threads: 1, seed: 1 })
  const law = front.find(({ text }) => text.includes('2.345'))!
  expect(law.form).toContain('2.345')
  // Only the factor is fitted: near its least squares over the bell of the user's width, on the rows not held out.
  const bell = x.map((v) => Math.exp((-v * v) / 2.345))
  const factor = bell.reduce((sum, b, i) => sum + b * y[i], 0) / bell.reduce((sum, b) => sum + b * b, 0)
  expect(law.constants!.map(({ value }) => value)).toEqual([expect.closeTo(factor, 1)])
})
