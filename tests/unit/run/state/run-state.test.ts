import { expect, test } from 'vitest'
import { MemoryRunStore } from '../../../../src-main/run/state/memory-store.ts'
import { oncePerRun } from '../../../../src-main/run/state/once.ts'
import { RunGuide, withRequest } from '../../../../src-main/run/state/run-guide.ts'
import type { FittedLaw } from '../../../../src-main/law/graph-law.ts'

const guess = 'C1 + C2 * sum(M_j / r)'
const weights = { operators: { exp: 4 }, variable: 2, constant: 1 }

test('work is done once in a run, also by a process that resumes it, and again after a failure', async () => {
  const store = new MemoryRunStore()
  let count = 0
  const work = () => Promise.resolve({ models: [], skipped: [`attempt ${++count}`] })
  const failing = () => Promise.reject(new Error('no memory'))
  await expect(oncePerRun(store, 'baselines', failing)).rejects.toThrow('no memory')
  expect(await oncePerRun(store, 'baselines', work)).toEqual({ models: [], skipped: ['attempt 1'] })
  expect(await oncePerRun(store, 'baselines', work)).toEqual({ models: [], skipped: ['attempt 1'] })
  const forms = () => Promise.resolve({ forms: {} })
  expect(await oncePerRun(store, 'law-forms', forms)).toEqual({ forms: {} })
})

test('a guess is sent to the three searches, and its fit is recorded', async () => {
  const guide = new RunGuide(new MemoryRunStore())
  guide.guide({ guess }, 50)
  const [message] = await guide.message.due(0)
  const [node] = await guide.node.due(0)
  const [law] = await guide.law.due(0)
  expect([message, node, law].every((guidance) => 'guess' in guidance)).toBe(true)
  expect(guide.notes()).toEqual([])
  if (!('guess' in law)) throw new Error('the search on the graph has no guess')
  guide.onGuess(law.guess, { trainMae: 0.25, complexity: 7 } as FittedLaw)
  expect(guide.notes()).toEqual([`The search was given a guess by hand: ${guess}.`])
})

test('guidance of an earlier process applies at the same steps again', async () => {
  const store = new MemoryRunStore()
  const first = new RunGuide(store)
  first.guide({ guess }, 50)
  await first.law.due(0)
  first.guide({ weights }, 50)
  await first.law.due(3)
  expect(first.notes().join()).toContain('exp 4')

  const resumed = new RunGuide(store)
  const applied = []
  for (let step = 0; step < 5; step++) applied.push((await resumed.law.due(step)).length)
  expect(applied).toEqual([1, 0, 0, 1, 0])
  expect(resumed.law.weights).toEqual(weights)
})

test('guidance is stored with the complexity that its weights give; text that is not a law is refused', () => {
  const plain = withRequest(null, { guess }, 50)
  expect(plain).toEqual({
    weights: null,
    guesses: [{ text: guess, state: 'waiting', loss: null, complexity: expect.any(Number) }]
  })
  const weighted = withRequest(withRequest(null, { weights }, 50), { guess }, 50)
  // M_j and r are variables, e too: each costs one more.
  expect(weighted.guesses[0].complexity).toBe(plain.guesses[0].complexity + 3)
  expect(() => withRequest(null, { guess: 'sum(M_k)' }, 50)).toThrow('did you mean')
})
