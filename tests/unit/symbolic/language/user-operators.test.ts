import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Random } from '../../../../src-main/random.ts'
import { FitTable } from '../../../../src-main/symbolic/fit/fitting.ts'
import { fromExpression, join, toExpression, type Genome } from '../../../../src-main/symbolic/language/genome.ts'
import * as s from '../../../../src-main/symbolic/index.ts'
import { UserOperators, readDefinitions } from '../../../../src-main/symbolic/language/user-operators.ts'
import { opcodes } from '../../../../src-main/symbolic/language/program.ts'
import { randomTree } from '../../../../src-main/symbolic/search/mutate.ts'
import { vocabularyOf } from '../../../../src-main/symbolic/language/vocabulary.ts'

const random = new Random(6)
const rows = 80
const names = ['x', 'y']
const [x, y] = names.map(() => Float64Array.from({ length: rows }, () => 0.3 + 2 * random.uniform()))
const columns = new Map([
  ['x', x],
  ['y', y]
])
const userOperators = new UserOperators(
  readDefinitions(['twice(a) = a + a', 'gauss(u) = exp(-u^2 / 2)', 'window(r, c) = 1 / (1 + (r / c)^4) * gauss(r - c)'])
)
const table = new FitTable([x, y], x, null, { kind: 'mse' }, userOperators)
const vocabulary = vocabularyOf(['+', '*', '/', 'sin'], 2, userOperators.opcodes)
const treeFrom = (seed: number): Genome => randomTree(new Random(seed), vocabulary, 12)

test('a formula with user operators has the value of the formula written out', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const genome = treeFrom(seed)
      const expression = toExpression(genome, names, userOperators)
      // by the same kernels, for sin of a large number hangs on every digit
      const values = s.evaluateProgram(s.compile(userOperators.expandExpression(expression), names), [x, y], rows)
      const mse = values.reduce((sum, v, i) => sum + (v - x[i]) ** 2, 0) / rows
      const loss = table.lossOf(genome)
      if (Number.isFinite(mse)) expect(Math.abs(loss - mse)).toBeLessThanOrEqual(1e-9 * (1 + mse))
      else expect(loss).toBe(Infinity)
      // there and back, as text as well
      const text = s.printText(expression)
      expect(s.parse(text, { functions: userOperators.functions })).toEqual(expression)
      expect(fromExpression(expression, names, { userOperators }).ops).toEqual(genome.ops)
      const plain = userOperators.expand(genome)
      expect(toExpression(plain, names)).toEqual(userOperators.expandExpression(expression))
    }),
    { numRuns: 200 }
  )
})

test('a node is found again in the formula written out', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const genome = treeFrom(seed)
      // mark one node at a time by a number that occurs nowhere else
      const node = Math.abs(seed) % genome.ops.length
      const marked = { ops: genome.ops.slice(), args: genome.args.slice() }
      const isLeaf = genome.ops[node] < opcodes.firstOperator
      if (!isLeaf) return
      marked.ops[node] = opcodes.constant
      marked.args[node] = 12345.678
      const plain = userOperators.expand(marked)
      const places = plain.args.flatMap((arg, i) => (arg === 12345.678 ? [i] : []))
      const place = userOperators.place(genome, node)
      if (place >= 0) expect(places).toEqual([place])
      else expect(places.length).toBeGreaterThan(0)
    }),
    { numRuns: 200 }
  )
})

test('constants of an argument that is written twice are one constant', () => {
  const line = new FitTable(
    [x, y],
    Float64Array.from(x, (v) => 6 * v),
    null,
    { kind: 'mse' },
    userOperators
  )
  const genome = join(userOperators.codeOf('twice')!, fromExpression(s.parse('1.5 * x'), names))
  expect(line.fit(genome, 'plain', 20, 1e-12).plainLoss).toBeLessThan(1e-20)
  expect(genome.args[0]).toBeCloseTo(3, 9)
})

test('a search uses an operator that is defined, at its userOperators cost, and writes it out', async () => {
  const target = x.map((v, i) => 2 * Math.exp(-((v - y[i]) ** 2) / 2) + 0.3 * v)
  const { front } = await s.fitTable(
    {
      columns: new Map([...columns, ['t', target]]),
      target: 't',
      operators: ['+', '-', '*'],
      define: ['gauss(u) = exp(-u^2 / 2)'],
      complexity: 'gauss:2',
      rounds: 6,
      maxComplexity: 14
    },
    { seed: 1, threads: 1 }
  )
  const last = front.at(-1)!
  expect(last.loss, last.text).toBeLessThan(1e-10)
  expect(last.text).toContain('exp(')
  // the text parses without the definition
  const values = s.evaluate(s.parse(last.text), columns, rows)
  expect(Math.max(...values.map((v, i) => Math.abs(v - target[i])))).toBeLessThan(1e-4)
  expect(last.complexity).toBeLessThanOrEqual(12)
})

test.each([
  ['gauss x = exp(x)', 'is malformed'],
  ['sin(x) = x + 1', 'operator "sin" already exists'],
  ['f(a, a) = a + 1', 'different names'],
  ['f(a,b,c,d) = a+b+c+d', 'one to three'],
  ['f(a, b) = a + 1', 'does not use its argument "b"'],
  ['f(a) = a + z', 'no "z"'],
  ['f(a) = a', 'only returns its argument'],
  ['f(a) == a + 1', 'is malformed']
])('%s is refused', (text, sentence) => {
  expect(() => readDefinitions([text])).toThrow(sentence)
})
