import { describe, expect, test } from 'vitest'
import { lawModel } from '../../../../src-main/law/fit/evaluate-law.ts'
import { lawConstants, lawOf, pairVariables } from '../../../../src-main/law/graph-law.ts'
import { NeighbourSums, neighbourSums } from '../../../../src-main/law/fit/neighbour-sums.ts'
import { buildNeighbours } from '../../../../src-main/graph/neighbours.ts'
import { parse } from '../../../../src-main/symbolic/index.ts'
import { quantised, stackedAlongZ } from '../../../fixtures/stacked.ts'
import { everyHalo, pairOf, randomCatalog } from '../scene.ts'

const catalog = randomCatalog(400, 100, 1)
const neighbours = buildNeighbours(catalog, 30)
const graph = new NeighbourSums({ catalog, neighbours })
const all = everyHalo(catalog)
const cuboid = randomCatalog(400, [64, 91, 250], 2)
const graphInCuboid = new NeighbourSums({ catalog: cuboid, neighbours: buildNeighbours(cuboid, 30) })

function bruteSum(i: number, f: (pair: Record<string, number>) => number, halos = catalog): number {
  let sum = 0
  for (let j = 0; j < halos.halos; j++) {
    if (j === i) continue
    const pair = pairOf(halos, i, j)
    if (pair.r < 30) sum += f(pair)
  }
  return sum
}

describe('sums over neighbours', () => {
  test.each(pairVariables)('%s summed natively is the sum over all pairs', async (name) => {
    const [{ sums }] = await graph.messages([parse(name)], all, 'values', 2)
    for (const i of [0, 7, 133, 399]) {
      const scale = bruteSum(i, (pair) => Math.abs(pair[name]))
      expect(Math.abs(sums[i] - bruteSum(i, (pair) => pair[name]))).toBeLessThan(1e-6 * scale)
    }
  })

  test.each(pairVariables)('%s summed in a cuboid is the sum over all pairs', async (name) => {
    const [{ sums }] = await graphInCuboid.messages([parse(name)], all, 'values', 2)
    for (let i = 0; i < 400; i += 19) {
      const scale = bruteSum(i, (pair) => Math.abs(pair[name]), cuboid)
      expect(Math.abs(sums[i] - bruteSum(i, (pair) => pair[name], cuboid))).toBeLessThanOrEqual(1e-6 * scale)
    }
  })

  test('shells in a cuboid hold every neighbour once, with its mass', async () => {
    const edges = [0, 10, 12.5, 30]
    const rows = await graphInCuboid.shells(all, edges, 2)
    for (let i = 0; i < 400; i += 37)
      for (let s = 0; s < 3; s++) {
        const inside = (r: number): boolean => r >= edges[s] && r < edges[s + 1]
        expect(rows[i * 6 + s]).toBe(bruteSum(i, (pair) => (inside(pair.r) ? 1 : 0), cuboid))
        expect(rows[i * 6 + 3 + s]).toBeCloseTo(
          bruteSum(i, (pair) => (inside(pair.r) ? pair.M_j : 0), cuboid),
          5
        )
      }
  })

  test('a law gives every halo of two stacked cubes what it gives in the cube, with its derivatives', async () => {
    const cube = quantised(randomCatalog(300, 64, 5))
    const stacked = stackedAlongZ(cube)
    const law = lawOf(['(C4 + M_j) / (C5 + (C6*r)^C7) + v_r*cos_i'], 'C1 + e / (C2 + C3*M_i)', {
      C1: -0.4,
      C2: 0.7,
      C3: 0.1,
      C4: 0.3,
      C5: 1.2,
      C6: 0.05,
      C7: 0.9
    })
    const at = Float64Array.from(lawConstants(law), ({ value }) => value)
    const of = (halos: typeof cube): ReturnType<ReturnType<typeof lawModel>> =>
      lawModel(
        law,
        new NeighbourSums({ catalog: halos, neighbours: buildNeighbours(halos, 31) }),
        everyHalo(halos),
        2
      )(at, 'derivatives')
    const [one, two] = [await of(cube), await of(stacked)]
    for (let halo = 0; halo < stacked.halos; halo++) {
      expect(Math.abs(two.values[halo] / one.values[halo % 300] - 1)).toBeLessThan(1e-6)
      for (let p = 0; p < at.length; p++) {
        const expected = one.jacobian![p][halo % 300]
        expect(Math.abs(two.jacobian![p][halo] - expected)).toBeLessThan(1e-5 * (1 + Math.abs(expected)))
      }
    }
  })

  test('an expression of several variables, and receivers in any order, repeated', async () => {
    const receivers = Uint32Array.from([50, 3, 50, 399])
    const [{ sums }] = await graph.messages([parse('(M_j + v_ij^2) * exp(-r/10) + M_i*v_r')], receivers, 'values', 1)
    receivers.forEach((i, row) =>
      expect(sums[row]).toBeCloseTo(
        bruteSum(i, (p) => (p.M_j + p.v_ij ** 2) * Math.exp(-p.r / 10) + p.M_i * p.v_r),
        4
      )
    )
    expect(sums[0]).toBe(sums[2])
  })

  test('any number of threads gives the same bytes', async () => {
    const message = [parse('(C4 + M_j) / (C5 + (C6*r)^C7)', { constants: { C4: 0.3, C5: 1, C6: 0.05, C7: 5 } })]
    const one = await graph.messages(message, all, 'derivatives', 1)
    expect(await graph.messages(message, all, 'derivatives', 2)).toEqual(one)
    expect(await graph.messages(message, all, 'derivatives', 7)).toEqual(one)
  })

  test('shells count every neighbour once, with its mass', async () => {
    const edges = [0, 10, 12.5, 30]
    const rows = await graph.shells(all, edges, 2)
    for (const i of [0, 200])
      for (let s = 0; s < 3; s++) {
        const inside = (r: number): boolean => r >= edges[s] && r < edges[s + 1]
        expect(rows[i * 6 + s]).toBe(bruteSum(i, (pair) => (inside(pair.r) ? 1 : 0)))
        expect(rows[i * 6 + 3 + s]).toBeCloseTo(
          bruteSum(i, (pair) => (inside(pair.r) ? pair.M_j : 0)),
          5
        )
      }
  })

  test('pair columns of sampled pairs are those of plain numbers', async () => {
    const pairs = await neighbours.samplePairs(50, 4)
    const columns = await graph.pairColumns(pairs)
    for (let n = 0; n < 50; n++) {
      const expected = pairOf(catalog, pairs.receiver[n], pairs.sender[n])
      for (const name of pairVariables) expect(columns.get(name)![n]).toBeCloseTo(expected[name], 4)
    }
  })

  test('columns that the catalog lacks are named', async () => {
    const bare = { ...catalog, mass: null, velocity: null }
    const sums = neighbourSums({ catalog: bare, neighbours: buildNeighbours(bare, 30) })
    await expect(sums.messages([parse('M_j')], all, 'values')).rejects.toThrow(/has no masses/)
    await expect(sums.messages([parse('v_ij')], all, 'values')).rejects.toThrow(/has no velocities/)
    expect(sums.availableVariables()).toEqual(['r'])
  })
})

test.each([
  ['with-mass', ['(C4 + M_j) / (C5 + (C6*r)^C7)'], 'C1 + e / (C2 + C3*M_i)'],
  ['without mass', ['(C4 + v_ij) / (C5 + (C6*r)^C7)'], 'C1 + e / (C2 + C3*e*v_i)'],
  [
    'two messages with a shared constant',
    ['M_j*exp(-(r*C6)^2)', 'C4*v_r/(1 + C5*r) + C1'],
    'C1 + C2*e1^2 + C3*exp(C7*e2)*e1'
  ],
  ['a constant alone', [], 'C1']
])('derivatives of the whole formula equal finite differences: %s', async (_, messages, node) => {
  const formula = lawOf(messages, node, { C1: -0.4, C2: 0.7, C3: 0.1, C4: 0.3, C5: 1.2, C6: 0.05, C7: 0.9 })
  const model = lawModel(formula, graph, all, 2)
  const at = Float64Array.from(lawConstants(formula), ({ value }) => value)
  const { values, jacobian } = await model(at, 'derivatives')
  expect((await model(at, 'values')).values).toEqual(values)
  for (let p = 0; p < at.length; p++) {
    const h = 1e-5 * Math.max(0.1, Math.abs(at[p]))
    const [up, down] = await Promise.all(
      [h, -h].map((shift) =>
        model(
          at.map((v, q) => (q === p ? v + shift : v)),
          'values'
        )
      )
    )
    for (let row = 0; row < all.length; row += 13) {
      const slope = (up.values[row] - down.values[row]) / (2 * h)
      expect(Math.abs(jacobian[p][row] - slope)).toBeLessThan(1e-5 * Math.max(1e-3, Math.abs(slope)))
    }
  }
})
