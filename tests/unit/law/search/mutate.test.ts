import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildNeighbours } from '../../../../src-main/graph/neighbours.ts'
import { evaluateLaw } from '../../../../src-main/law/fit/evaluate-law.ts'
import { composeLaw, lawComplexity, lawOf } from '../../../../src-main/law/graph-law.ts'
import { mergeConstants } from '../../../../src-main/law/rewrite/merge-constants.ts'
import { completions, mutateLaw } from '../../../../src-main/law/search/mutate.ts'
import { parseLaw } from '../../../../src-main/law/text/parse-law.ts'
import { Random } from '../../../../src-main/random.ts'
import {
  call,
  complexity,
  constant,
  constantsOf,
  evaluate,
  nameConstants,
  printText,
  variable,
  variablesOf,
  type Expression
} from '../../../../src-main/symbolic/index.ts'
import { lawExpression } from '../../../fixtures/expressions.ts'
import { everyHalo, randomCatalog } from '../scene.ts'

const tree = lawExpression(['r', 'M_j'], (inner) => call('exp', call('neg', inner)))

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
    // A law on the graph: composing keeps every part, and gives each constant its own name.
    const composed = composeLaw(formula.messages, formula.node)
    expect(composed.messages).toHaveLength(formula.messages.length)
    const constants = [composed.node, ...composed.messages].flatMap((part) => constantsOf(part)).map(({ name }) => name)
    expect(new Set(constants).size).toBe(constants.length)
    if (step % 20 === 0) formula = start
  }
})

test('the terms, factors and sums that completions add change no value before a fit', async () => {
  const catalog = randomCatalog(200, 60, 3)
  const graph = { catalog, neighbours: buildNeighbours(catalog, 25) }
  const halos = everyHalo(catalog)
  // Without a window of distance, whose replacement by another kind would change values
  const start = parseLaw('delta = 0.5 * e - 0.4, e = sum(0.02 * (M_j + 0.3))', 25)
  const vocabulary = { pair: ['M_j', 'r', 'v_j', 'cos_j'], node: ['M_i', 'v_i', 'e1'], sums: 2 }
  const before = await evaluateLaw(start, graph, halos)
  const longer = completions(start, vocabulary).filter((law) => lawComplexity(law) > lawComplexity(start))
  expect(longer.some(({ messages }) => messages.length === 2)).toBe(true)
  expect(longer.some(({ messages }) => printText(messages[0]).includes('v_j * cos_j'))).toBe(true)
  for (const { messages, node } of longer) {
    const after = await evaluateLaw(composeLaw(messages, node), graph, halos)
    expect(Math.max(...after.map((value, row) => Math.abs(value - before[row])))).toBeLessThan(1e-10)
  }
})
