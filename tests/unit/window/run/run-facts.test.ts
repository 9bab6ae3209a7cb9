import { expect, test } from 'vitest'
import type { RunState } from '../../../../src-shared/contract.ts'
import {
  canBeDeleted,
  canBeResumed,
  runCosts,
  runStateLabels,
  settingsOf,
  testErrorOf
} from '../../../../src-renderer/run/run-facts.ts'
import { runConfig, runResult } from '../../../fixtures/run-config.ts'

const states = Object.keys(runStateLabels) as RunState[]

test('a stopped run can be resumed, and a run at work cannot be deleted', () => {
  expect(states.filter((state) => canBeResumed({ state }))).toEqual(['paused', 'cancelled', 'interrupted'])
  expect(states.filter((state) => !canBeDeleted({ state }))).toEqual(['queued', 'running'])
})

test('a run is listed with the error of its formula, else of its network', () => {
  const result = runResult()
  const network = { ...result.models[0], id: 'gnn' as const, mae: { test: 0.04 } }
  expect(testErrorOf({ result: { ...result, models: [network, ...result.models] } })).toBe(0.07)
  expect(testErrorOf({ result: { ...result, models: [network] } })).toBe(0.04)
  expect(testErrorOf({ result: null })).toBeUndefined()
})

test('settings that a run leaves open are named by what they then are', () => {
  const text = (changes: Parameters<typeof runConfig>[0], engine?: string) =>
    Object.fromEntries(settingsOf(runConfig(changes), 'a.h5', engine).map(({ name, value }) => [name, value]))
  expect(text({})).toMatchObject({
    Catalog: 'a.h5',
    Radius: '50 Mpc/h',
    OOD: 'none',
    Test: 'spatial blocks',
    Inputs: 'defaults',
    Engine: 'auto',
    Networks: '1',
    'Largest complexity': 'default',
    Ablation: 'none'
  })
  expect(
    text({ ood: 'delta > 1', features: ['r', 'M_j'], seeds: 5, ablate: 'quick', maxComplexity: 30 }, 'webgpu')
  ).toMatchObject({
    OOD: 'delta > 1',
    Inputs: 'r, M_j',
    Engine: 'webgpu',
    Networks: '5',
    'Largest complexity': '30',
    Ablation: 'quick networks'
  })
})

test('the costs of a run add up search and refit', () => {
  const result = { ...runResult(), timings: { load: 1, graph: 1, train: 60, symbolic: 70, refit: 20, total: 152 } }
  const costs = Object.fromEntries(runCosts(result).map(({ name, value }) => [name, value]))
  expect(costs).toMatchObject({
    'Train, test, OOD': '6, 3, 1',
    Training: '1 min',
    'Formula search': '1 min 30 s',
    'Peak memory': '100 MB'
  })
})
