import { expect, test } from 'vitest'
import { complexity, paperWeights as searchWeights, parse } from '../../../../src-main/symbolic/index.ts'
import { isSearching } from '../../../../src-renderer/state/steps.ts'
import { isPaper, initialWeights, weightOf, withWeight } from '../../../../src-renderer/formula/weights.ts'
import type { RunState, RunSummary } from '../../../../src-shared/contract.ts'
import { checkParams } from '../../../../src-main/service/params.ts'

test('the window’s default complexity weights are those of the search', () => {
  for (const text of ['M_j / (1 + (r / 20) ^ 8)', 'exp(-r) * log(M_j)', 'if(r < 20, tanh(M_j), 0)'])
    expect(complexity(parse(text), initialWeights)).toBe(complexity(parse(text), searchWeights))
})

test('a typed weight becomes a whole number of at least 1', () => {
  expect(weightOf(withWeight(initialWeights, 'exp', 2), 'exp')).toBe(2)
  for (const [text, weight] of [
    [NaN, 1],
    [0, 1],
    [-3, 1],
    [2.4, 2],
    [1e9, 20]
  ])
    expect(weightOf(withWeight(initialWeights, 'constant', text), 'constant')).toBe(weight)
  expect(isPaper(withWeight(initialWeights, 'tanh', 2))).toBe(false)
  expect(isPaper(withWeight(initialWeights, 'tanh', 1))).toBe(true)
  const params = { id: 'r1', weights: withWeight(withWeight(initialWeights, 'variable', 99), 'tanh', NaN) }
  expect(checkParams('search.weights', params)).toEqual(params)
})

test('a search accepts guidance while it runs or is paused', () => {
  const run = (state: RunState, search: RunSummary['search']) => ({ state, search }) as RunSummary
  expect([run('running', 'law'), run('paused', 'message')].map(isSearching)).toEqual([true, true])
  expect([run('running', null), run('done', 'law'), run('running', undefined), null].map(isSearching)).toEqual(
    Array(4).fill(false)
  )
})
