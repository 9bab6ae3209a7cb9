import { expect, test } from 'vitest'
import { createNetwork } from '../../../../src-main/gnn/engines/cpu/cpu.ts'
import { defaultFeatures, presetConfig } from '../../../../src-main/gnn/index.ts'
import { resolveFeatures } from '../../../../src-main/gnn/network/features.ts'
import { separatePairs } from '../../../../src-main/graph/pairs.ts'
import { smallCatalog, smallConfig, smallGraph } from '../small-catalog.ts'

test('the defaults drop what the catalog does not have', () => {
  const bare = smallCatalog(10, 1, { mass: false, velocity: false })
  expect(defaultFeatures(bare).node).toEqual([])
  for (const name of defaultFeatures(bare).edge) expect(name).toMatch(/r$/)
  for (const preset of ['quick', 'standard', 'paper'] as const) {
    const config = presetConfig(preset, bare)
    const { edgeNames, needsVelocity, receiver, sender, node } = resolveFeatures(
      bare,
      config.edgeFeatures,
      config.nodeFeatures
    )
    expect([edgeNames, needsVelocity, receiver, sender, node]).toEqual([config.edgeFeatures, false, [], [], []])
  }
})

test('the error about an unavailable feature names it and the remedy', () => {
  const bare = smallCatalog(10, 1, { mass: false, velocity: false })
  expect(() => resolveFeatures(bare, ['log_mass_j'], [])).toThrow('The feature "log_mass" needs masses')
  expect(() => resolveFeatures(bare, ['v_ij'], [])).toThrow('The feature "v_ij" needs velocities')
  expect(() => resolveFeatures(bare, ['r'], ['speed'])).toThrow('The feature "speed" needs velocities')
})

test('the default features do not change when the box is rotated or shifted', async () => {
  const catalog = smallCatalog(60, 2)
  const { edge, node } = defaultFeatures(catalog)
  const config = { ...smallConfig, edgeFeatures: edge, nodeFeatures: node }
  const plain = {
    edge: { mean: edge.map(() => 0), scale: edge.map(() => 1) },
    node: { mean: node.map(() => 0), scale: node.map(() => 1) },
    target: { mean: 0, scale: 1 },
    meanDegree: 1
  }
  const { x, y, z, velocity } = catalog
  if (!velocity) throw new Error('the catalog has velocities')
  const turned = {
    ...catalog,
    x: y.map((value) => (value + 31) % 100),
    y: z,
    z: x,
    velocity: { vx: velocity.vy, vy: velocity.vz, vz: velocity.vx }
  }
  const pairs = {
    receiver: Uint32Array.from({ length: 59 }, (_, n) => n),
    sender: Uint32Array.from({ length: 59 }, (_, n) => n + 1)
  }
  const [before, after] = await Promise.all(
    [catalog, turned].map((halos) => {
      const network = createNetwork({ catalog: halos, neighbours: smallGraph(halos), config, standardisation: plain })
      return network.edgeInputs(separatePairs(pairs, halos, 100), 2)
    })
  )
  before.forEach((value, n) => expect(after[n]).toBeCloseTo(value, 3))
})
