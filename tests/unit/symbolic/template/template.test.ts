import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Random } from '../../../../src-main/random.ts'
import { fromExpression, programOf, toExpression } from '../../../../src-main/symbolic/language/genome.ts'
import * as s from '../../../../src-main/symbolic/index.ts'
import { Composition } from '../../../../src-main/symbolic/template/composition.ts'
import { inputsOf, writeOut } from '../../../../src-main/symbolic/constraints/inputs.ts'
import { templateLeaves } from '../../../../src-main/symbolic/template/template.ts'
import { randomTree } from '../../../../src-main/symbolic/search/mutate.ts'
import { vocabularyOf } from '../../../../src-main/symbolic/language/vocabulary.ts'

type Ranges = Record<string, [number, number]>
const quick: s.SearchOptions = {
  rounds: 3,
  populationSize: 50,
  islandsPerThread: 2,
  offspringPerRound: 80,
  sampleRows: 200
}

function columnsOf(ranges: Ranges, rows = 200): Map<string, Float64Array> {
  const random = new Random(1)
  return new Map(
    Object.entries(ranges).map(([name, [low, high]]) => [
      name,
      Float64Array.from({ length: rows }, () => low + (high - low) * random.uniform())
    ])
  )
}

function search(formula: string, ranges: Ranges, template: string, demands: Partial<s.SearchProblem> = {}) {
  const columns = columnsOf(ranges)
  const variables = [...columns].map(([name, values]) => ({ name, values }))
  const target = s.evaluate(s.parse(formula), columns, 200)
  const read = s.readTemplate(template, Object.keys(ranges))
  return s.searchSymbolic({ variables, target, template: read, ...demands }, quick, { seed: 1, threads: 1 })
}

test.each([
  ['f(r) * g(m) + c', '3 * exp(-r / 2) * m^1.5 + 0.7', { r: [0.5, 4], m: [1, 5], z: [0, 1] }],
  ['f(r) * a * b + g(a)', 'a * b / (1 + r^2) + 2 * a^2', { a: [1, 3], b: [1, 3], r: [0.5, 3] }],
  ['sqrt(f(x) + g(y)) + c', 'sqrt(x + 2 * y^2) + 1', { x: [0.5, 3], y: [0.5, 3] }],
  ['f(x / y) * g(z)', 'exp(-(x / y)^2) * z', { x: [0.5, 3], y: [0.5, 3], z: [1, 2] }],
  ['f(x + g(y))', '3 * tanh(x + y^2)', { x: [-1, 1], y: [-1, 1] }]
] as [string, string, Ranges][])('%s finds %s', async (template, formula, ranges) => {
  const { best } = await search(formula, ranges, template)
  const wider = columnsOf(Object.fromEntries(Object.entries(ranges).map(([n, [a, b]]) => [n, [a, b + (b - a) / 2]])))
  const [values, truth] = [best.expression, s.parse(formula)].map((e) => s.evaluate(e, wider, 200))
  const off = Math.max(...values.map((v, i) => Math.abs(v - truth[i]) / (1e-3 + Math.abs(truth[i]))))
  expect(off, s.printText(best.expression)).toBeLessThan(1e-6)
})

test('a function used twice is the same in both places, to its constants', async () => {
  const { front } = await search('1.7 * sin(2.3 * x) - 1.7 * sin(2.3 * y)', { x: [0, 3], y: [0, 3] }, 'f(x) - f(y)')
  expect(front.at(-1)!.loss).toBeLessThan(1e-15)
  for (const { expression } of front) {
    const [here, there] = [
      [0.37, 2.1],
      [2.1, 0.37]
    ].map(([x, y]) => s.evaluate(expression, new Map(Object.entries({ x: [x], y: [y] })), 1)[0])
    expect(there + here, s.printText(expression)).toBe(0)
  }
  // what is named for a refit stays one constant, too
  const named = s.nameConstants(front.at(-1)!.expression)
  const uses: string[] = []
  s.walk(named, (node) => node.kind === 'constant' && node.name && uses.push(node.name))
  expect(uses.length).toBe(2 * s.constantsOf(named).length)
})

test('templates work together with units, symmetries, limits and every export', async () => {
  const ranges: Ranges = { a: [1, 3], b: [1, 3], r: [0.5, 4] }
  const columns = columnsOf(ranges)
  const target = s.evaluate(s.parse('6.7 * a * b / r^2 + 0 * r'), columns, 200)
  const { best, front } = await s.fitTable(
    {
      columns: new Map<string, ArrayLike<number>>([...columns, ['F', target]]),
      target: 'F',
      template: 'f(r) * g(a, b)',
      units: { a: 'kg', b: 'kg', r: 'm', F: 'N' },
      symmetries: [s.readSymmetry('symmetric', 'a,b')],
      limits: ['r -> inf: power -2'],
      validation: 0,
      operators: ['+', '-', '*', '/', '^', 'exp'],
      rounds: 3,
      time: 20
    },
    { seed: 1, threads: 1 }
  )
  expect(best.loss).toBeLessThan(1e-15)
  for (const written of [best.text, best.latex, best.python, best.sympy, best.julia, best.c])
    expect(written).toMatch(/6\.7.*a.*b|6\.7.*b.*a/)
  for (const { text } of front) {
    const at = (a: number, b: number, r: number) =>
      s.evaluate(s.parse(text), new Map(Object.entries({ a: [a], b: [b], r: [r] })), 1)[0]
    expect(at(5, 2, 3)).toBeCloseTo(at(2, 5, 3), 9)
    expect(Math.log10(at(5, 2, 3e30) / at(5, 2, 3e29))).toBeCloseTo(-2, 2)
  }
})

test('operators that only the template uses count for the units; shared constants are listed once', async () => {
  const ranges: Ranges = { x: [1, 3], y: [1, 3] }
  const columns = columnsOf(ranges)
  const target = s.evaluate(s.parse('x^1.7 * y^1.7'), columns, 200)
  const { best } = await s.fitTable(
    {
      columns: new Map<string, ArrayLike<number>>([...columns, ['z', target]]),
      target: 'z',
      template: 'f(x) * f(y)',
      operators: ['+', '-', '^'],
      units: { x: 'm', y: 'm', z: 'm^3.4' },
      validation: 0,
      rounds: 2
    },
    { seed: 1, threads: 1 }
  )
  expect(best.loss).toBeLessThan(1e-15)
  expect(best.constants).toMatchObject([{ name: 'C1', value: 1.7 }])
})

test('the composed law is the template with its functions inserted', () => {
  const ranges: Ranges = { x: [0.5, 2], y: [0.5, 2], z: [0.5, 2] }
  const columns = columnsOf(ranges, 20)
  const template = s.readTemplate('f(x, y / z) * c + g(f(z, x)) - c2 * h(x) * z', ['x', 'y', 'z'])
  const inputs = inputsOf(templateLeaves(template), ['x', 'y', 'z'])
  const composition = new Composition(template, inputs)
  const vocabulary = vocabularyOf(['+', '-', '*', '/', 'sin', 'exp'], 0)
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = new Random(seed)
      const functions = template.functions.map(({ arity }) =>
        randomTree(random, { ...vocabulary, variables: arity }, 1 + random.integer(6))
      )
      const parts = composition.withConstants(functions)
      expect(composition.accepts(parts)).toBe(true)
      const { law } = composition.compose(parts)
      const [f, g, h] = composition
        .split(parts)
        .map((part, k) => composition.write(part, k))
        .map((body, k) => ({ parameters: composition.argumentsOf(k), body }))
      const expected = s.parse('f(x, y / z) * 1 + g(f(z, x)) - 1 * h(x) * z', { functions: { f, g, h } })
      const [ours, theirs] = [writeOut(law, inputs), expected].map((e) => s.evaluate(e, columns, 20))
      expect(ours).toEqual(theirs)
      // the constants of a program are those of the parts, however often they occur in the law
      expect(programOf(law).parameters).toBeLessThanOrEqual(programOf(parts).parameters)
      const again = fromExpression(writeOut(law, inputs), ['x', 'y', 'z'])
      expect(s.printText(toExpression(again, ['x', 'y', 'z']))).toBe(s.printText(writeOut(law, inputs)))
      expect(composition.readBack(parts, law)).toEqual(parts)
      const stretches = [
        { scale: 2, offset: 3 },
        { scale: null, offset: 4 },
        { scale: 5, offset: null }
      ]
      expect(composition.relax(composition.stretch(parts, stretches), stretches)).toEqual({ parts, stretches })
    }),
    { numRuns: 100 }
  )
})

test('a search for a template resumes exactly from its checkpoint', async () => {
  const columns = columnsOf({ x: [0.5, 3], y: [0.5, 3] })
  const problem: s.SearchProblem = {
    variables: [...columns].map(([name, values]) => ({ name, values })),
    target: s.evaluate(s.parse('sin(x) * exp(y) + tanh(x * y)'), columns, 200),
    template: s.readTemplate('f(x) * g(y) + c', ['x', 'y'])
  }
  const operators: s.Operator[] = ['+', '*', '/', 'exp', 'sin']
  const options = { ...quick, operators, offspringPerRound: 30, populationSize: 20 }
  const texts = ({ front }: s.SearchResult) => front.map(({ loss, expression }) => `${loss} ${s.printText(expression)}`)
  let checkpoint: s.SearchCheckpoint | null = null
  const onCheckpoint = (latest: s.SearchCheckpoint) => (checkpoint = JSON.parse(JSON.stringify(latest)))
  await s.searchSymbolic(problem, { ...options, rounds: 1 }, { seed: 2, threads: 1, onCheckpoint })
  const resumed = await s.searchSymbolic(
    problem,
    { ...options, rounds: 2 },
    { seed: 2, threads: 1, resume: s.readCheckpoint(checkpoint) }
  )
  const straight = await s.searchSymbolic(problem, { ...options, rounds: 2 }, { seed: 2, threads: 1 })
  expect(texts(resumed)).toEqual(texts(straight))
})

test('impossible templates are refused', async () => {
  const read = (text: string) => () => s.readTemplate(text, ['m_i', 'm_j', 'r'])
  expect(read('f(m_k) + c')).toThrow('there is no "m_k"; did you mean "m_i" or "m_j"?')
  expect(read('m_i * r + c')).toThrow('has no unknown function; name at least one, as in "f(m_i) + c"')
  expect(read('f(r) + f(r, m_i)')).toThrow('f takes 1 argument in one place and 2 in another')
  expect(read('f() + c')).toThrow('f has no argument')
  expect(read('f(2) + r')).toThrow('an argument of f has no variable')
  expect(read('sine(r) + f(r)')).toThrow('there is no function "sine"; did you mean "sin"')
  expect(read('f(r) +')).toThrow('ends where a value should follow')
  expect(s.readTemplate('f(r) * c1 + C', ['r']).constants).toEqual(['c1', 'C'])
  const ranges: Ranges = { x: [1, 2], y: [1, 2] }
  const odd = { symmetries: [s.readSymmetry('odd', 'x')] }
  await expect(search('x + y', ranges, 'exp(f(x)) + exp(g(y))', odd)).rejects.toThrow(
    'has the form exp(f(x)) + exp(g(y)) and is odd in x'
  )
  const units = s.readUnits({ x: 'm', y: 's' }, ['x', 'y'], 'z')
  await expect(search('x + y', ranges, 'f(x + y)', { units })).rejects.toThrow('In the template "f(x + y)"')
})
