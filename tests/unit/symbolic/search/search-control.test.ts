import { expect, test } from 'vitest'
import { Random } from '../../../../src-main/random.ts'
import * as s from '../../../../src-main/symbolic/index.ts'

const law = 'sin(7 * x) * exp(-3 * (x - 0.5)^2) / (0.3 + x^1.7)'
const names = ['x']
const random = new Random(4)
const variables = names.map((name) => ({ name, values: Float64Array.from({ length: 100 }, () => random.uniform()) }))
const columns = new Map(variables.map(({ name, values }) => [name, values]))
const problem = { variables, target: s.evaluate(s.parse(law), columns, 100) }
const options: s.SearchOptions = {
  operators: ['+', '-', '*', '/', '^', 'sin', 'exp'],
  rounds: 3,
  populationSize: 10,
  islandsPerThread: 1,
  offspringPerRound: 10
}
const least = ({ front }: s.SearchResult): number => front[front.length - 1].loss
const texts = ({ front }: s.SearchResult): string[] => front.map(({ expression }) => s.printText(expression))

function search(control?: s.SearchControl<s.Expression>, work: Partial<s.SearchWork> = {}): Promise<s.SearchResult> {
  return s.searchSymbolic(problem, options, { seed: 1, threads: 1, control, ...work })
}

test('a guess added during a search is used, and a control that is not used changes nothing', async () => {
  const alone = await search()
  expect(texts(await search(new s.SearchControl()))).toEqual(texts(alone))
  expect(least(alone)).toBeGreaterThan(1e-6)

  const control = new s.SearchControl<s.Expression>()
  control.inject(s.parse('mass * x'))
  control.inject(s.parse(law.replace('7', '6.9').replace('1.7', '1.6')))
  const guided = await search(control)
  expect(least(guided)).toBeLessThan(1e-12)
  expect(control.records.map(({ step }) => step)).toEqual([0, 0])

  // From its records another search takes the guess up at the same round again.
  const again = await search(new s.SearchControl(control.records))
  expect(texts(again)).toEqual(texts(guided))
})

test('complexity weights changed during a search apply from then on', async () => {
  const weights: s.ComplexityWeights = { variable: 2, constant: 3, operators: { '*': 2, '^': 5 } }
  const control = new s.SearchControl<s.Expression>()
  control.setComplexity(weights)
  const { front } = await search(control)
  for (const { expression, complexity } of front) expect(complexity).toBe(s.complexity(expression, weights))
})

test('a paused search waits, and can be cancelled', async () => {
  const control = new s.SearchControl<s.Expression>()
  control.pause()
  let ended = false
  const going = search(control).finally(() => (ended = true))
  const other = new s.SearchControl<s.Expression>()
  await search(other)
  expect(ended).toBe(false)
  control.resume()
  expect(texts(await going)).toEqual(texts(await search()))

  const cancel = new AbortController()
  other.pause()
  const cancelled = search(other, { signal: cancel.signal })
  cancel.abort()
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
})

test('replayed guidance applies at the same steps in the same order', async () => {
  const first = new s.SearchControl<string>()
  first.inject('a')
  expect(await first.due(0)).toEqual([{ guess: 'a' }])
  first.inject('b')
  first.setComplexity({ variable: 2 })
  expect(await first.due(7)).toEqual([{ guess: 'b' }, { weights: { variable: 2 } }])
  const second = new s.SearchControl(first.records)
  const heard = []
  for (let step = 0; step < 9; step++) heard.push((await second.due(step)).length)
  expect(heard).toEqual([1, 0, 0, 0, 0, 0, 0, 2, 0])
})
