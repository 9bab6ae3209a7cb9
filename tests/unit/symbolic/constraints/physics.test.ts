import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Random } from '../../../../src-main/random.ts'
import { fitHere } from '../../../../src-main/symbolic/regression/fit-thread.ts'
import * as s from '../../../../src-main/symbolic/index.ts'
import { fromExpression } from '../../../../src-main/symbolic/language/genome.ts'
import { inputsOf } from '../../../../src-main/symbolic/constraints/inputs.ts'
import { LimitChecker } from '../../../../src-main/symbolic/constraints/limits.ts'
import { PhysicsChecker } from '../../../../src-main/symbolic/constraints/physics.ts'
import { checkSymmetries, symmetricLeaves } from '../../../../src-main/symbolic/constraints/symmetry.ts'
import { smallExpression } from '../../../fixtures/expressions.ts'

type Ranges = Record<string, [number, number]>

function columnsOf(ranges: Ranges, rows = 200, seed = 1): Map<string, Float64Array> {
  const random = new Random(seed)
  return new Map(
    Object.entries(ranges).map(([name, [low, high]]) => [
      name,
      Float64Array.from({ length: rows }, () => low + (high - low) * random.uniform())
    ])
  )
}

function problem(formula: string, ranges: Ranges, demands: Partial<s.SearchProblem> = {}): s.SearchProblem {
  const columns = columnsOf(ranges)
  const variables = [...columns].map(([name, values]) => ({ name, values }))
  return { variables, target: s.evaluate(s.parse(formula), columns, 200), ...demands }
}

const quick: s.SearchOptions = {
  rounds: 3,
  populationSize: 50,
  islandsPerThread: 2,
  offspringPerRound: 100,
  sampleRows: 200
}

const at = (e: s.Expression, row: Record<string, number>): number =>
  s.evaluate(e, new Map(Object.entries(row).map(([name, value]) => [name, [value]])), 1)[0]

test('a search with an exchange symmetry gives only symmetric formulas, and finds the law', async () => {
  const ranges: Ranges = { a: [1, 3], b: [1, 3], r: [1, 2] }
  const { front, best } = await s.searchSymbolic(
    problem('2.5 * a * b / (a + b) / r^2', ranges, { symmetries: [s.readSymmetry('symmetric', 'a,b')] }),
    quick,
    { seed: 1, threads: 1 }
  )
  expect(best.loss).toBeLessThan(1e-15)
  fc.assert(
    fc.property(fc.constantFrom(...front), number(-9, 9), number(-9, 9), number(0.1, 9), ({ expression }, a, b, r) => {
      expectNear(at(expression, { a: b, b: a, r }), at(expression, { a, b, r }))
    })
  )
})

test('antisymmetric and odd laws are found without a constant beside them', async () => {
  const anti = await s.searchSymbolic(
    problem(
      '(a^2 - b^2) * exp(-r)',
      { a: [1, 3], b: [1, 3], r: [0, 2] },
      {
        symmetries: [s.readSymmetry('antisymmetric', 'a, b')]
      }
    ),
    quick,
    { seed: 1, threads: 1 }
  )
  expect(anti.best.loss).toBeLessThan(1e-15)
  for (const { expression } of anti.front)
    expectNear(at(expression, { a: 5, b: 0.5, r: 3 }), -at(expression, { a: 0.5, b: 5, r: 3 }))
  const odd = await s.searchSymbolic(
    problem('3 * sin(x) * x^2 * y', { x: [0.5, 2], y: [1, 2] }, { symmetries: [s.readSymmetry('odd', 'x')] }),
    quick,
    { seed: 1, threads: 1 }
  )
  expect(odd.best.loss).toBeLessThan(1e-15)
  for (const { expression } of odd.front) expectNear(at(expression, { x: -3, y: 4 }), -at(expression, { x: 3, y: 4 }))
})

test('symmetries that leave only 0 are refused, and the error names them', () => {
  const check = (...list: [s.Symmetry['kind'], string][]) =>
    checkSymmetries(
      list.map(([kind, names]) => s.readSymmetry(kind, names)),
      ['a', 'b', 'c', 'x']
    )
  expect(() => check(['odd', 'x'], ['even', 'x'])).toThrow('odd in x and even in x')
  expect(() => check(['symmetric', 'a,b'], ['antisymmetric', 'b,a'])).toThrow('Only the formula 0 is')
  expect(() => check(['even', 'x'], ['symmetric', 'a,b'], ['odd', 'a'], ['even', 'b'])).toThrow(
    'is symmetric in a, b and odd in a and even in b at once;'
  )
  expect(() => check(['antisymmetric', 'a,b'], ['antisymmetric', 'b,c'], ['symmetric', 'a,c'])).toThrow(
    'Only the formula 0 is'
  )
  // (a - b)(b - c)(a - c), and a b, have these symmetries.
  check(['antisymmetric', 'a,b'], ['antisymmetric', 'b,c'], ['antisymmetric', 'a,c'])
  check(['symmetric', 'a,b'], ['odd', 'a'], ['odd', 'b'])
  expect(() => check(['odd', 'xx'])).toThrow('"xx"')
  expect(() => s.readSymmetry('symmetric', 'a')).toThrow('two different variables')
  expect(() => s.readSymmetry('odd', 'a,b')).toThrow('one variable')
})

test('the test of symmetries agrees with brute force', () => {
  const columns = columnsOf({ x: [-2, 2], y: [-2, 2], M_i: [-2, 2] })
  const names = [...columns.keys()]
  const inputs = inputsOf(names.map(s.variable), names)
  const demands = {
    symmetries: [s.readSymmetry('symmetric', 'x,y'), s.readSymmetry('odd', 'x'), s.readSymmetry('even', 'M_i')],
    limits: [],
    units: null,
    penalty: 10
  }
  const requirements = new PhysicsChecker(demands, inputs, null, columns, new Float64Array(200))
  const random = new Random(3)
  const rows = Array.from({ length: 60 }, () => ({
    x: 6 * random.uniform() - 3,
    y: 6 * random.uniform() - 3,
    M_i: 6 * random.uniform() - 3
  }))
  const holds = (e: s.Expression, image: (row: (typeof rows)[0]) => (typeof rows)[0], sign: number): boolean =>
    rows.every((row) => {
      const [here, there] = [at(e, row), at(e, image(row))]
      return Number.isFinite(here) || Number.isFinite(there)
        ? Math.abs(there - sign * here) <= 1e-9 * Math.max(1, Math.abs(here))
        : true
    })
  fc.assert(
    fc.property(smallExpression, (e) => {
      const broken = requirements.violations(e)
      // a symmetry reported to hold does hold; one reported as broken may be hard to decide (values are rarely finite)
      if (!broken.includes('symmetric in x, y'))
        expect(holds(e, ({ x, y, M_i }) => ({ x: y, y: x, M_i }), 1) || isRare(e)).toBe(true)
      if (!broken.includes('odd in x')) expect(holds(e, (row) => ({ ...row, x: -row.x }), -1) || isRare(e)).toBe(true)
    }),
    { numRuns: 200 }
  )
  /** Formulas of steps and conditions may differ in few places only. */
  function isRare(e: s.Expression): boolean {
    return (
      /[<>]|step|if|min|max|clamp|and|or|not|abs|erf|tanh|atan/.test(s.printText(e)) || s.variablesOf(e).length === 0
    )
  }
  expect(requirements.violations(s.parse('x * y * cos(M_i)'))).toEqual([])
  expect(requirements.violations(s.parse('x * y^2'))).toEqual(['symmetric in x, y'])
  expect(requirements.violations(s.parse('x * y + M_i'))).toEqual(['odd in x', 'even in M_i'])
  // by its form, not by the luck of constants that happen to agree
  expect(requirements.allowsForm(fromExpression(s.parse('x * y'), names))).toBe(true)
})

test('the inputs of symmetric searches are symmetric', () => {
  const leaves = symmetricLeaves([s.readSymmetry('symmetric', 'a,b')], ['a', 'b', 'r'], ['+', '-', '*', 'square'])
  expect(leaves.map((leaf) => s.printText(leaf))).toEqual(['r', 'a + b', 'a * b', 'square(a - b)'])
  const odd = symmetricLeaves([s.readSymmetry('odd', 'x')], ['x', 'y'], ['*'])
  expect(odd.map((leaf) => s.printText(leaf))).toEqual(['x', 'y', 'x * x'])
})

const ends: [string, string, boolean][] = [
  ['r -> inf: 0', '1 / r', true],
  ['r -> inf: 0', 'm * exp(-r / 3) + 2 / r', true],
  ['r -> inf: 0', '1 / r + 0.3', false],
  ['r -> inf: 0', 'sin(r)', false],
  ['r -> inf: 0', 'exp(r)', false],
  ['r -> inf: 1', 'exp(r) / (1 + exp(r))', true],
  ['r -> inf: 1', 'sqrt(1 + 1 / r)', true],
  ['r -> inf: inf', 'log(r)', true],
  ['r -> inf: inf', 'm - 1 / r', false],
  ['r -> -inf: -inf', 'r^3 * m', true],
  ['r -> inf: power -2', '3 * m / (r^2 + r + 1)', true],
  ['r -> inf: power -2', 'm / r^2.1', false],
  ['r -> inf: power 1', 'sqrt(r^2 + 1)', true],
  ['r -> 0: finite', 'sin(r) / r', true],
  ['r -> 0: finite', 'log(r)', false],
  ['r -> 0: finite', '1 / sqrt(r)', false],
  ['r -> 0: finite', '1 / (r + m)', true],
  ['r -> 0+: power -1', 'm / r + 5', true],
  ['r -> 0: 0', 'm * r * log(r)', true],
  ['r -> 1: 0', 'm * (r - 1)', true],
  ['r -> 1: finite', 'm / (r - 1)', false],
  ['m -> 0: power 2', 'm^2 / r', true],
  ['r: decreasing', 'm / r', true],
  ['r: increasing', 'm * r^3', true],
  ['r: increasing', 'm * (r - 2)^2', false],
  ['positive', 'm * r', true],
  ['positive', 'm * r - 2', false],
  ['negative', '-m / r', true]
]

test.each(ends)('%s of %s is %s', (limit, formula, holds) => {
  const columns = columnsOf({ m: [0.5, 2], r: [0.5, 4] })
  const check = new LimitChecker([s.readLimit(limit, ['m', 'r'])], columns, Float64Array.of(1, 2, 3))
  expect(check.violations(s.evaluate(s.parse(formula), check.columns, check.rows))).toEqual(holds ? [] : [0])
})

test('limits of powers are those of calculus', () => {
  const columns = columnsOf({ x: [0.5, 4], y: [1, 2] })
  const power = fc.double({ min: -4, max: 4, noNaN: true }).filter((p) => Math.abs(p) > 0.3)
  fc.assert(
    fc.property(power, power, number(0.1, 20), (p, q, c) => {
      const law = s.parse(`${c} * y * x^(${p}) + y^2 * x^(${q})`)
      const broken = (text: string): boolean => {
        const check = new LimitChecker([s.readLimit(text, ['x', 'y'])], columns, Float64Array.of(1, 2, 3))
        return check.violations(s.evaluate(law, check.columns, check.rows)).length > 0
      }
      expect(broken('x -> inf: 0')).toBe(!(p < 0 && q < 0))
      expect(broken('x -> 0: 0')).toBe(!(p > 0 && q > 0))
      expect(broken(`x -> inf: power ${Math.max(p, q)}`)).toBe(false)
      expect(broken(`x -> 0: power ${Math.min(p, q)}`)).toBe(false)
      expect(broken('x: increasing')).toBe(!(p > 0 && q > 0) && (p < 0 && q < 0 ? true : broken('x: increasing')))
    }),
    { numRuns: 60 }
  )
})

test('limits that cannot be read or contradict each other are refused', async () => {
  const read = (text: string) => () => s.readLimit(text, ['r', 'm'])
  expect(read('r goes to 0')).toThrow('cannot be read; write "r -> inf: 0"')
  expect(read('q -> inf: 0')).toThrow('"q"')
  expect(read('r -> there: 0')).toThrow('"there" is not a number')
  expect(read('r -> inf: power x')).toThrow('"x" is not a number')
  expect(read('r: rising')).toThrow('cannot be read')
  const search = (...limits: string[]) =>
    s.searchSymbolic(
      problem('m / r', { r: [1, 2], m: [1, 2] }, { limits: limits.map((text) => s.readLimit(text, ['r', 'm'])) }),
      { ...quick, rounds: 1 },
      { seed: 1, threads: 1 }
    )
  await expect(search('r -> inf: 0', 'r -> inf: 1')).rejects.toThrow('contradict each other')
  await expect(search('r: increasing', 'r: decreasing')).rejects.toThrow('contradict each other')
  await expect(search('r -> inf: power 7', 'r -> 0: 12.34')).rejects.toThrow(
    'No formula was found that has a finite value in every row and satisfies "r -> inf: power 7" and satisfies "r -> 0: 12.34"'
  )
})

test('the front satisfies a limit beyond the data; with a penalty, formulas list the limits they break', async () => {
  // within the data the law is nearly linear
  const planted = problem('m * r / (1 + 0.05 * r^2)', { m: [1, 2], r: [0.5, 2] })
  const random = new Random(2)
  planted.target.forEach((y, i) => (planted.target[i] = y + 0.02 * random.normal()))
  const limits = [s.readLimit('r -> inf: 0', ['m', 'r'])]
  const hard = await s.searchSymbolic({ ...planted, limits }, quick, { seed: 1, threads: 1 })
  // as far out as the formula has a value: exp(r) in a sine has none at a million
  const farthest = (e: s.Expression): number =>
    [1e6, 1e4, 300, 30].map((r) => at(e, { m: 1.5, r })).find(Number.isFinite) ?? NaN
  for (const { expression } of hard.front) expect(Math.abs(farthest(expression))).toBeLessThan(0.05)
  const soft = await s.searchSymbolic(
    { ...planted, limits, penalty: 1.5 },
    { ...quick, rounds: 2 },
    { seed: 1, threads: 1 }
  )
  const columns = new Map(planted.variables.map((v) => [v.name, v.values]))
  expect(soft.front.some(({ breaks }) => breaks)).toBe(true)
  for (const { expression, loss, breaks } of soft.front) {
    const values = s.evaluate(expression, columns, 200)
    const mse = values.reduce((sum, v, i) => sum + (v - planted.target[i]) ** 2, 0) / 200
    expect(Math.abs(mse - loss)).toBeLessThan(1e-9 + 1e-6 * mse)
    if (breaks) expect(breaks).toEqual(['r -> inf: 0'])
  }
})

const made = (values: (i: number) => number): Float64Array => Float64Array.from({ length: 40 }, (_, i) => values(i))

test('units that forbid every formula are refused, and those that forbid an operator everywhere give a warning', async () => {
  const columns = new Map([
    ['x', made((i) => 1 + (i % 7))],
    ['t', made((i) => 2 + (i % 5))],
    ['y', made((i) => (1 + (i % 7)) * (2 + (i % 5)) + 3)]
  ])
  const fit = (request: Partial<s.FitTableRequest>) =>
    fitHere({ columns, target: 'y', time: 0.5, ...request }, { threads: 1, seed: 1 })
  const units = { x: 'm', t: 's', y: 'kg' }
  await expect(fit({ units, unitsOfConstants: 'plain' })).rejects.toThrow(
    /^The units forbid every formula: x \(m\), t \(s\) cannot be combined by .* into the unit of "y" \(kg\) with constants/
  )
  await expect(fit({ units, operators: ['+', '-', 'neg'] })).rejects.toThrow('The units forbid every formula')
  await expect(fit({ units: { x: 'm', t: 's' }, operators: ['exp', 'log'] })).rejects.toThrow(
    'The units leave no operator of exp log that could act on x (m), t (s) anywhere'
  )
  // half a metre second is a sum of nothing, but a product of both
  const { warnings, front } = await fit({ units: { ...units, y: 'm*s' }, unitsOfConstants: 'plain' })
  expect(warnings).toEqual(['Left out, because the units allow them nowhere: exp log sin cos tanh asin acos.'])
  for (const { text } of front) expect(text).toMatch(/x.*t|t.*x/)
  await expect(fit({ units: { x: 'm', t: 's' }, symmetries: [s.readSymmetry('symmetric', 'x,t')] })).rejects.toThrow(
    'their units differ'
  )
})

function number(min: number, max: number): fc.Arbitrary<number> {
  return fc.double({ min, max, noNaN: true })
}

/** Within 1e-6 of each other; what is not finite is near what is not finite. */
function expectNear(received: number, expected: number): void {
  if (!Number.isFinite(received) && !Number.isFinite(expected)) return
  expect(Math.abs(received - expected) / Math.max(1e-6, Math.abs(received), Math.abs(expected))).toBeLessThan(1e-6)
}
