import { expect, test } from 'vitest'
import {
  bothOf,
  boxExpression,
  rangesExpression,
  toRoundStep
} from '../../../../src-renderer/state/mask-expressions.ts'
import { evaluateCondition, parse } from '../../../../src-main/symbolic/index.ts'

const box = { low: [0, 0, 0], high: [500, 500, 500] }

test('a range is written as the expression language reads it', () => {
  expect(rangesExpression([{ column: 'mass', low: 2.5e13, high: null }])).toBe('mass > 2.5e13')
  expect(rangesExpression([{ column: 'Delta20', low: -0.25, high: 1.5 }])).toBe('Delta20 > -0.25 and Delta20 < 1.5')
  expect(rangesExpression([{ column: 'x', low: null, high: null }])).toBe('')
})

test('a slab to the side of the box is bounded on its inner side only', () => {
  expect(boxExpression([400, 0, 0], [500, 500, 500], box)).toBe('x > 400')
  expect(boxExpression([100, 50, 0], [200, 260, 500], box)).toBe('x > 100 and x < 200 and y > 50 and y < 260')
  expect(boxExpression([0, 0, 0], [500, 500, 500], box)).toBe('')
})

test('an expression has every digit of what was drawn', () => {
  const low = 123.456789012345
  expect(Number(/x > (\S+)/.exec(boxExpression([low, 0, 0], [500, 500, 500], box))![1])).toBe(low)
  expect(rangesExpression([{ column: 'mass', low: 31622776601683.793, high: null }])).toBe(
    'mass > 3.1622776601683793e13'
  )
})

test('drawn regions end at round steps of about a 500th of the side', () => {
  expect([400.2, 50.6, 0.3].map((value) => toRoundStep(value, 500))).toEqual([400, 51, 0])
  expect(toRoundStep(33.333333, 100)).toBe(33.4)
  expect(toRoundStep(12_345.6, 75_000)).toBe(12_400)
  expect(toRoundStep(0.123456, 1)).toBe(0.124)
})

test('conditions join with and; an or inside one keeps its meaning', () => {
  expect(bothOf('x > 400', '')).toBe('x > 400')
  expect(bothOf('x > 400 or y > 400', 'z < 100')).toBe('(x > 400 or y > 400) and z < 100')
})

test('the written expression selects the halos that were drawn', () => {
  const text = bothOf(
    'delta > 1 or delta < -0.5',
    `${rangesExpression([{ column: 'mass', low: 2e13, high: null }])} and ${boxExpression([120, 0, 30], [180, 500, 60], box)}`
  )
  const columns = new Map(
    [
      ['x', [150, 150, 190, 150]],
      ['y', [400, 400, 400, 400]],
      ['z', [40, 40, 40, 40]],
      ['delta', [1.2, 0.2, 1.2, 1.2]],
      ['mass', [3e13, 3e13, 3e13, 1e13]]
    ].map(([name, values]) => [name as string, Float64Array.from(values as number[])])
  )
  expect([...evaluateCondition(parse(text), columns, 4)]).toEqual([1, 0, 0, 0])
})
