import { expect, test } from 'vitest'
import { featureGroups, networkCount, planTrainings } from '../../../../src-main/run/method/training-plan.ts'
import { runConfig } from '../../../fixtures/run-config.ts'

test('each feature is left out once, and each quantity that several carry', () => {
  const all = featureGroups({ edgeFeatures: ['r', 'log_mass_j', 'mass_j', 'v_r'], nodeFeatures: ['log_mass', 'spin'] })
  expect(all.map(({ feature }) => feature)).toEqual([
    'r',
    'log_mass_j',
    'mass_j',
    'v_r',
    'log_mass',
    'spin',
    'all of mass'
  ])
  expect(all.at(-1)?.without).toEqual(['log_mass_j', 'mass_j', 'log_mass'])
  // The edge function needs one input.
  expect(featureGroups({ edgeFeatures: ['r'], nodeFeatures: ['mass'] }).map(({ feature }) => feature)).toEqual(['mass'])
})

test.each([
  [{}, 1],
  [{ seeds: 3 }, 3],
  [{ seeds: 3, ablate: 'quick' as const, features: ['r', 'log_mass_j', 'mass_j'] }, 7],
  [{ seeds: 2, ablate: 'standard' as const, features: ['r', 'log_mass_j', 'mass_j'] }, 7]
])('a run with %j plans %i networks, each with its own name', (changes, count) => {
  const run = runConfig(changes)
  const { trainings, seeds, ablation } = planTrainings(run, { mass: new Float32Array(1), velocity: null })
  expect(trainings).toHaveLength(count)
  expect(new Set(trainings.map(({ name }) => name)).size).toBe(count)
  expect(trainings.slice(0, seeds.length).map(({ seed }) => seed)).toEqual(seeds.map((_, n) => run.seed + n))
  const known = trainings.map(({ name }) => name)
  for (const name of [ablation?.whole, ...(ablation?.without ?? []).map((each) => each.name)])
    if (name !== undefined) expect(known).toContain(name)
  for (const { name, without } of ablation?.without ?? []) {
    const { config } = trainings.find((training) => training.name === name)!
    for (const feature of without) expect([...config.edgeFeatures, ...config.nodeFeatures]).not.toContain(feature)
  }
  // The estimate for the progress bar counts one group more or less.
  expect(Math.abs(networkCount(run) - count)).toBeLessThanOrEqual(1)
})
