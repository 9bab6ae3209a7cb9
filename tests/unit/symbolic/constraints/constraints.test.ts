import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Random } from '../../../../src-main/random.ts'
import { readComplexity } from '../../../../src-main/symbolic/language/complexity-weights.ts'
import { ConstraintChecker } from '../../../../src-main/symbolic/constraints/constraints.ts'
import { fromExpression, genomeCosts } from '../../../../src-main/symbolic/language/genome.ts'
import { fitHere } from '../../../../src-main/symbolic/regression/fit-thread.ts'
import * as s from '../../../../src-main/symbolic/index.ts'
import { inputsOf } from '../../../../src-main/symbolic/constraints/inputs.ts'
import { smallExpression } from '../../../fixtures/expressions.ts'

const random = new Random(2)
const column = (): Float64Array => Float64Array.from({ length: 100 }, () => 0.3 + 2 * random.uniform())
const columns = new Map(['x', 'y', 'M_i', 'noise'].map((name) => [name, column()]))
const [x, y] = ['x', 'y'].map((name) => columns.get(name)!)
columns.set(
  'target',
  x.map((v, i) => Math.exp(v) * y[i] ** 1.5 + Math.sin(2 * v))
)
const operators = ['+', '-', '*', '/', '^', 'exp', 'log', 'sin']
const few = { time: undefined, rounds: 2, sampleRows: 64, operators }
const fit = (request: Partial<s.FitTableRequest>): Promise<s.FitTableResult> =>
  fitHere({ columns, target: 'target', ...few, ...request }, { seed: 3, threads: 1 })

/** Every call with the operators above it. */
function calls(e: s.Expression, above: string[] = []): { call: s.Call; above: string[] }[] {
  if (e.kind !== 'call') return []
  return [{ call: e, above }, ...e.args.flatMap((arg) => calls(arg, [...above, e.op]))]
}

test('the constraint checker agrees with a direct check of the tree', () => {
  const constraints: s.Constraints = {
    maxSize: 9,
    argumentSizes: { '^': [null, 1], exp: [3], if: [null, 2, null] },
    bans: [
      ['sqrt', 'log'],
      ['/', 'square']
    ],
    required: ['y']
  }
  const rules = new ConstraintChecker(constraints, 4, inputsOf(['x', 'y', 'M_i'].map(s.variable), []))
  const kinds = [['sin', 'cos', 'tan'], ['exp', 'tanh', 'erf'], ['log', 'log10'], ['asin', 'acos', 'atan'], ['if']]
  fc.assert(
    fc.property(smallExpression, (e) => {
      const bad = calls(e).some(
        ({ call, above }) =>
          kinds.some((kind) => kind.includes(call.op) && above.some((op) => kind.includes(op))) ||
          (call.op === 'log' && above.includes('sqrt')) ||
          (call.op === 'square' && above.includes('/')) ||
          (call.op === '^' && s.sizeOf(call.args[1]) > 1) ||
          (call.op === 'exp' && s.sizeOf(call.args[0]) > 3) ||
          (call.op === 'if' && s.sizeOf(call.args[1]) > 2)
      )
      const allowed = !bad && s.sizeOf(e) <= 9 && s.depthOf(e) <= 4
      const genome = fromExpression(e, ['x', 'y', 'M_i'])
      expect(rules.allows(genome)).toBe(allowed)
      expect(rules.admits(e)).toBe(allowed && s.variablesOf(e).includes('y'))
    }),
    { numRuns: 500 }
  )
})

test('every formula of a front satisfies the constraints', async () => {
  const { front } = await fit({
    constraints: {
      maxSize: 11,
      argumentSizes: { '^': [null, 1], exp: [1] },
      bans: [['*', 'sin']],
      required: ['x', 'noise']
    },
    maxDepth: 5,
    forbidden: ['M_i']
  })
  expect(front.length).toBeGreaterThan(1)
  for (const { text } of front) {
    const e = s.parse(text)
    expect(s.sizeOf(e), text).toBeLessThanOrEqual(11)
    expect(s.depthOf(e), text).toBeLessThanOrEqual(5)
    expect(s.variablesOf(e), text).toEqual(expect.arrayContaining(['x', 'noise']))
    expect(s.variablesOf(e), text).not.toContain('M_i')
    for (const { call, above } of calls(e)) {
      if (call.op === '^') expect(s.sizeOf(call.args[1]), text).toBe(1)
      if (call.op === 'exp') expect(s.sizeOf(call.args[0]), text).toBe(1)
      if (call.op === 'sin') expect(above, text).not.toContain('*')
    }
  }
})

test.each([
  [{ constraints: { required: ['M_i'] }, forbidden: ['M_i'] }, 'both forbidden and requested'],
  [{ variables: ['x', 'y'], forbidden: ['x'] }, 'both forbidden and requested'],
  [{ forbidden: ['mass'] }, 'no column "mass"'],
  [{ constraints: { required: ['z'] } }, 'required, but it is not among'],
  [{ constraints: { required: ['x', 'y'] }, operators: ['exp', 'log'] }, 'none of the operators exp log joins two'],
  [{ constraints: { required: ['x', 'y', 'M_i'], maxSize: 4 } }, 'takes at least 5 nodes; 4 are allowed'],
  [{ constraints: { required: ['x', 'y', 'M_i'] }, maxDepth: 2 }, 'takes at least 3 levels'],
  [{ constraints: { required: ['x', 'y', 'M_i'] }, maxComplexity: 4 }, 'costs at least 5'],
  [{ constraints: { maxSize: 2 }, operators: ['+', '*'] }, 'leaves no room for any of the operators'],
  [{ constraints: { maxSize: 0 } }, 'at least 1'],
  [{ constraints: { argumentSizes: { tan: [3] } } }, 'names the operator "tan", which the search does not use'],
  [{ constraints: { argumentSizes: { '^': [1] } } }, '"^" has 2 arguments'],
  [{ constraints: { argumentSizes: { exp: [0] } } }, 'limited to 0 nodes'],
  [{ constraints: { bans: [['exp', 'coss']] } }, 'which the search does not use'],
  [{ constraints: { required: ['x'] }, guesses: ['y + 1'] }, 'guess "y + 1" violates the constraints'],
  [{ complexity: 'exp:3 sine:1' }, 'did you mean "sin"'],
  [{ complexity: 'exp' }, 'is malformed; write a cost from 0 to 1000 such as "exp:3"'],
  [{ complexity: 'exp:-1' }, 'from 0 to 1000']
] as [Partial<s.FitTableRequest>, string][])('%j is refused', async (request, sentence) => {
  await expect(fit(request)).rejects.toThrow(sentence)
})

test('sizes and bans are read from text', () => {
  expect(s.readArgumentSizes('^:*,1 exp:5')).toEqual({ '^': [null, 1], exp: [5] })
  expect(s.readBans('exp(exp), sin(cos)')).toEqual([
    ['exp', 'exp'],
    ['sin', 'cos']
  ])
  expect(() => s.readArgumentSizes('^=1')).toThrow('malformed')
  expect(() => s.readBans('exp exp')).toThrow('malformed')
})

test('the complexity of a formula is the sum of the costs of its parts', () => {
  const weights = readComplexity('exp:4 ^:2.5 variable:2 y:0.5 constant:3 +:0', ['x', 'y', 'M_i'])
  expect(s.complexity(s.parse('exp(x) + y ^ 2'), weights)).toBe(4 + 2 + 0 + 0.5 + 2.5 + 3)
  expect(readComplexity('paper', [])).toBe(s.paperWeights)
  expect(s.complexity(s.parse('exp(x) ^ 2'), readComplexity('plain', []))).toBe(4)
  fc.assert(
    fc.property(smallExpression, (e) => {
      const names = ['x', 'y', 'M_i']
      expect(genomeCosts(weights, [2, 0.5, 2])(fromExpression(e, names))).toBeCloseTo(s.complexity(e, weights), 9)
    })
  )
})
