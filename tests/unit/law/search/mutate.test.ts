import fc from 'fast-check'
import { expect, test } from 'vitest'
import { composeLaw, lawOf } from '../../../../src-main/law/graph-law.ts'
import { mergeConstants } from '../../../../src-main/law/rewrite/merge-constants.ts'
import { mutateLaw } from '../../../../src-main/law/search/mutate.ts'
import { Random } from '../../../../src-main/random.ts'
import {
  call,
  complexity,
  constant,
  evaluate,
  nameConstants,
  variable,
  variablesOf,
  type Expression,
  type Operator
} from '../../../../src-main/symbolic/index.ts'

const leaf = fc.oneof(
  fc.double({ min: 0.2, max: 3, noNaN: true }).map((value): Expression => constant(value, 'C')),
  fc.constantFrom('r', 'M_j').map(variable)
)
const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc
      .tuple(fc.constantFrom<Operator>('+', '-', '*', '/'), tie('tree'), tie('tree'))
      .map(([op, a, b]) => call(op, a, b)),
    tie('tree').map((a) => call('exp', call('neg', a)))
  )
}))

const columns = new Map([
  ['r', Float64Array.from([0.5, 7, 20, 49])],
  ['M_j', Float64Array.from([0.13, 1, 12, 0.4])]
])

test('merging constants never changes a value and never adds a node', () => {
  fc.assert(
    fc.property(tree, (expression) => {
      const merged = mergeConstants(expression)
      expect(complexity(merged)).toBeLessThanOrEqual(complexity(expression))
      const before = evaluate(nameConstants(expression), columns, 4)
      const after = evaluate(nameConstants(merged), columns, 4)
      before.forEach((value, row) => {
        if (Number.isFinite(value) && Math.abs(value) < 1e12 && Number.isFinite(after[row]))
          expect(Math.abs(after[row] - value)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)))
      })
    })
  )
})

test('constants in a chain become one', () => {
  const C = (value: number): Expression => constant(value, 'C')
  const x = variable('r')
  expect(mergeConstants(call('*', C(2), call('*', x, C(3))))).toEqual(call('*', x, C(6)))
  expect(mergeConstants(call('-', call('-', x, C(3)), C(2)))).toEqual(call('+', x, C(-5)))
  expect(mergeConstants(call('/', call('/', C(6), x), C(3)))).toEqual(call('/', C(2), x))
  expect(mergeConstants(call('-', C(6), call('-', C(1), x)))).toEqual(call('-', C(6), call('-', C(1), x)))
})

test('a mutation stays within its vocabulary and is a formula on the graph', () => {
  const start = lawOf(['(C3 + M_j) / (1 + (C4*r)^C5)'], 'C1 + C2*e', {
    C1: -0.4,
    C2: 0.1,
    C3: 0.3,
    C4: 0.05,
    C5: 9
  })
  const random = new Random(11)
  let formula = start
  for (let step = 0; step < 400; step++) {
    formula = mutateLaw(formula, random, { pair: ['M_j', 'r'], node: ['M_i', 'e1'] })
    expect(formula.messages.flatMap(variablesOf).every((name) => ['M_j', 'r'].includes(name))).toBe(true)
    expect(() => composeLaw(formula.messages, formula.node)).not.toThrow()
    if (step % 20 === 0) formula = start
  }
})
