import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lawComplexity, lawOf, type GraphLaw } from '../../../../src-main/law/graph-law.ts'
import { lawShapeOf } from '../../../../src-main/law/fit/fit-journal.ts'
import { rescaled, withoutNeedlessScales } from '../../../../src-main/law/rewrite/scales.ts'
import { tidy } from '../../../../src-main/law/rewrite/tidy.ts'
import { withOtherWindows } from '../../../../src-main/law/rewrite/windows.ts'
import {
  call,
  complexity,
  constant,
  evaluate,
  nameConstants,
  parse,
  printText,
  variable,
  type Expression
} from '../../../../src-main/symbolic/index.ts'
import { lawExpression } from '../../../fixtures/expressions.ts'

const tree = lawExpression(['r', 'M_j', 'M_i'], (inner) => call('^', inner, constant(1.7, 'C')))
/** Two receivers with three neighbours each */
const pairs = new Map([
  ['r', [0.5, 7, 20, 49, 3, 11]],
  ['M_j', [0.13, 1, 12, 0.4, 2, 0.7]],
  ['M_i', [0.3, 0.3, 0.3, 4, 4, 4]]
])

const near = (value: number, other: number): boolean =>
  !Number.isFinite(value) || Math.abs(value) > 1e9 || Math.abs(value - other) <= 1e-6 * Math.max(1, Math.abs(value))

test('leaving out needless scales changes no value and makes nothing longer', () => {
  fc.assert(
    fc.property(tree, (expression) => {
      const shorter = withoutNeedlessScales(expression)
      expect(complexity(shorter)).toBeLessThanOrEqual(complexity(expression))
      const before = evaluate(nameConstants(expression), pairs, 6)
      const after = evaluate(nameConstants(shorter), pairs, 6)
      before.forEach((value, row) => expect(near(value, after[row])).toBe(true))
    }),
    { numRuns: 500 }
  )
})

test('a factor goes into the constants of a formula, where they can take it', () => {
  fc.assert(
    fc.property(tree, fc.double({ min: 0.1, max: 9, noNaN: true }), (expression, factor) => {
      const then = rescaled(expression, factor)
      if (!then) return
      const before = evaluate(nameConstants(expression), pairs, 6)
      const after = evaluate(nameConstants(then), pairs, 6)
      before.forEach((value, row) => expect(near(factor * value, after[row])).toBe(true))
    })
  )
})

/** The law's value for both receivers */
function valuesOf({ messages, node }: GraphLaw): Float64Array {
  const columns = new Map([['M_i', [0.3, 4]]])
  messages.forEach((message, k) => {
    const each = evaluate(message, pairs, 6)
    columns.set(`e${k + 1}`, [each[0] + each[1] + each[2], each[3] + each[4] + each[5]])
  })
  return evaluate(node, columns, 2)
}

test('tidying a law changes no value when factors move between message and node', () => {
  const node = tree.map((part) => call('+', constant(0.4, 'C'), call('*', part, variable('e1'))))
  fc.assert(
    fc.property(tree, node, (message, node) => {
      const law = { messages: [nameConstants(message, 'C', 50)], node: nodeOf(nameConstants(node)) }
      const tidied = tidy(law)
      expect(lawComplexity(tidied)).toBeLessThanOrEqual(lawComplexity(law))
      const after = valuesOf(tidied)
      valuesOf(law).forEach((value, row) => expect(near(value, after[row])).toBe(true))
    })
  )
})

/** The tree's pair variables have no place in a node function. */
const nodeOf = (e: Expression): Expression =>
  e.kind === 'call'
    ? { ...e, args: e.args.map(nodeOf) }
    : e.kind === 'variable' && e.name !== 'e1'
      ? variable('M_i')
      : e

test("a law is written one way: the paper's with mass needs six constants, not seven", () => {
  const constants = { C1: -0.4, C2: 3.5, C3: 0.1, C4: 0.3, C5: 6, C6: 0.055, C7: 16 }
  const paper = tidy(lawOf(['(C4 + M_j) / (C5 + (C6*r)^C7)'], 'C1 + e / (C2 + C3*M_i)', constants))
  expect(lawComplexity(paper)).toBe(20)
  const inside = tidy(lawOf(['(C4 + M_j) / (C5 + (C6*r)^C7) / (C2 + C3*M_i)'], 'C1 + e', constants))
  expect(lawShapeOf(inside)).toBe(lawShapeOf(paper))
  const apart = tidy(lawOf(['(C4 + M_j) / (C5 + (C6*r)^C7) / (C2 + C3*M_i)'], 'C1 + e', constants), { apart: true })
  expect(apart.messages[0]).not.toEqual(inside.messages[0])
})

test('other windows have the height, width and steepness of the one they stand for', () => {
  const constants = { C1: 1, C2: 0.055, C3: 8, C4: 0.3 }
  const others = withOtherWindows(parse('(C4 + M_j) / (C1 + (C2*r)^C3)', { constants }))
  expect(others.length).toBeGreaterThan(2)
  const at = (e: Expression, r: number): number =>
    evaluate(
      nameConstants(e),
      new Map([
        ['r', [r]],
        ['M_j', [0.7]]
      ]),
      1
    )[0]
  for (const window of others.slice(0, 3)) {
    expect(at(window, 1), printText(window)).toBeCloseTo(1, 1)
    expect(at(window, 1 / 0.055), printText(window)).toBeCloseTo(0.5, 1)
    expect(at(window, 30), printText(window)).toBeLessThan(0.06)
  }
  expect(withOtherWindows(parse('C1 + M_j', { constants }))).toEqual([])
})
