import { expect, test } from 'vitest'
import type { CatalogSummary } from '../../../../src-shared/contract.ts'
import { defaultRunConfig } from '../../../../src-main/run/method/default-config.ts'
import { isEdgeInput, likelyTarget } from '../../../../src-main/run/method/method.ts'
import { gnnConfigOf } from '../../../../src-main/run/method/network-config.ts'
import { runConfig } from '../../../fixtures/run-config.ts'

const columns = { mass: new Float32Array(1), velocity: null }

test("the target is the paper's overdensity, else the first column that sounds like one", () => {
  expect(likelyTarget(['x', 'delta10', 'Delta_20'])).toBe('Delta_20')
  expect(likelyTarget(['spin', 'overdensity_10', 'delta5'])).toBe('overdensity_10')
  expect(likelyTarget(['x', 'y'])).toBe('Delta20')
})

test('pair quantities and names that end in _i or _j are inputs of the edge function', () => {
  expect(['r', 'v_r', 'spin_i', 'log_mass_j'].every(isEdgeInput)).toBe(true)
  expect(['log_mass', 'spin', 'index', 'x_'].some(isEdgeInput)).toBe(false)
})

test('the default radius is 50 Mpc/h, and at most half of the shortest side of a periodic box', () => {
  const summary = (boxSize: CatalogSummary['boxSize']): CatalogSummary => ({
    path: 'a.h5',
    format: 'hdf5',
    halos: 2,
    boxSize,
    periodic: boxSize !== null,
    columns: [],
    warnings: []
  })
  const radius = (catalog: CatalogSummary | null): number =>
    defaultRunConfig(catalog, { map: {}, boxSize: null }).radius
  expect(radius(null)).toBe(50)
  expect(radius(summary(500))).toBe(50)
  expect(radius(summary(60))).toBe(30)
  expect(radius(summary([200, 40, 300]))).toBe(20)
  expect(radius(summary(null))).toBe(50)
})

test('features of a run are split between edge and node function; the target is refused under each of its names', () => {
  const named = gnnConfigOf(runConfig({ features: ['r', 'spin', 'log_mass_j'], messages: 'bottleneck:2' }), columns)
  expect(named.edgeFeatures).toEqual(['r', 'log_mass_j'])
  expect(named.nodeFeatures).toEqual(['spin'])
  expect(named.messageWidth).toBe(2)
  for (const input of ['Delta20', 'delta', 'Delta20_i', 'delta_j'])
    expect(() => gnnConfigOf(runConfig({ features: ['r', input] }), columns), input).toThrow(
      `The input "${input}" is the target`
    )
})
