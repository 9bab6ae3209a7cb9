import { expect, test } from 'vitest'
import type { RunConfig, RunSummary } from '../../../../src-shared/contract.ts'
import {
  bestEpoch,
  effectiveComponents,
  measureOf,
  rankComponents,
  spectrumOf
} from '../../../../src-renderer/training/history.ts'
import { referencesFor } from '../../../../src-renderer/training/references.ts'
import { runConfig, runResult, runSummary } from '../../../fixtures/run-config.ts'

test('components rank by spread; the effective number counts those that carry the message', () => {
  expect(rankComponents([0.1, 2, 0.1]).map(({ index }) => index)).toEqual([1, 0, 2])
  expect(effectiveComponents([1, 1, 1, 1])).toBeCloseTo(4)
  expect(effectiveComponents([3, 0, 0])).toBe(1)
  expect(effectiveComponents([0, 0])).toBe(0)
  // Divergences add up as they are, spreads as their squares.
  expect(rankComponents([1, 3], 'kl').map(({ share }) => share)).toEqual([0.75, 0.25])
  expect(rankComponents([1, 3]).map(({ share }) => share)).toEqual([0.9, 0.1])
  const epoch = (epoch: number, validationMae: number) => ({
    epoch,
    validationMae,
    trainLoss: 1,
    learningRate: 1,
    seconds: 0,
    messageStd: []
  })
  expect(bestEpoch([epoch(1, 0.2), epoch(2, NaN), epoch(3, 0.1), epoch(4, 0.15)])).toBe(2)
  expect(bestEpoch([])).toBe(-1)
})

test('a training curve is compared with hand-made models of its run, else of one that differs only in the network', () => {
  const models = runResult().models
  const run = (id: string, changes: Partial<RunConfig>, mae: number | null): RunSummary =>
    runSummary({
      id,
      state: mae === null ? 'running' : 'done',
      config: runConfig({ test: 'x > 400', ...changes }),
      createdAt: id,
      result:
        mae === null
          ? null
          : {
              ...runResult(),
              models: [
                { ...models[0], id: 'with-mass', mae: { test: mae } },
                { ...models[0], id: 'gnn' }
              ]
            }
    })
  const now = run('3', { seed: 7 }, null)
  const runs = [run('1', {}, 0.065), run('2', { ood: 'delta > 1' }, 0.059), now]
  expect(referencesFor(now, runs)).toEqual([{ label: 'With mass', mae: 0.065 }])
  expect(referencesFor(runs[1], runs)).toEqual([{ label: 'With mass', mae: 0.059 }])
  expect(referencesFor(run('4', { target: 'Delta10' }, null), runs)).toEqual([])
})

test('a network that penalises information is ranked by divergence, any other by spread', () => {
  const epoch = { epoch: 1, trainLoss: 1, validationMae: 1, learningRate: 1, seconds: 0, messageStd: [2, 1] }
  expect(measureOf([epoch])).toBe('std')
  expect(spectrumOf(epoch, 'std')).toEqual([2, 1])
  const variational = { ...epoch, messageKl: [0.5, 3] }
  expect(measureOf([variational])).toBe('kl')
  expect(spectrumOf(variational, 'kl')).toEqual([0.5, 3])
})
