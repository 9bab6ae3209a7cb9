import { expect, test } from 'vitest'
import { boxEdges, niceLength, niceTicks, tickEdges } from '../../../../src-renderer/field/box-frame.ts'
import { fieldHalos, neighbourLinks } from '../../../../src-renderer/field/halos.ts'
import { project, ScreenGrid } from '../../../../src-renderer/field/picking.ts'
import { Random } from '../../../../src-main/random.ts'

const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
const view = { width: 400, height: 200, pixelsPerUnit: 100, minRadius: 1 }

test('projection puts the centre in the middle, y up, and leaves out what is behind the eye', () => {
  const positions = new Float32Array([0, 0, 0, 0.5, 0.5, 0.2])
  const { x, y, depth, radius } = project(positions, new Float32Array([0.05, 0.001]), identity, view)
  expect([x[0], y[0]]).toEqual([200, 100])
  expect([x[1], y[1]]).toEqual([300, 50])
  expect(depth[1]).toBeCloseTo(0.2, 6)
  expect(radius[0]).toBeCloseTo(5, 5)
  expect(radius[1]).toBe(1)
  const behind = identity.slice()
  behind[15] = -1
  expect(project(positions, new Float32Array([1, 1]), behind, view).radius[0]).toBe(0)
})

test('the grid finds the same halos as a search over all of them', () => {
  const random = new Random(3)
  const count = 3000
  const uniform = (scale: number) => Float32Array.from({ length: count }, () => random.uniform() * scale)
  const projected = { x: uniform(400), y: uniform(200), depth: uniform(1), radius: uniform(9) }
  const grid = new ScreenGrid(projected, 400, 200)
  for (let trial = 0; trial < 300; trial++) {
    const [px, py] = [random.uniform() * 400, random.uniform() * 200]
    const distance = (i: number) => Math.hypot(projected.x[i] - px, projected.y[i] - py)
    const all = Array.from({ length: count }, (_, i) => i)
    const covering = all.filter((i) => distance(i) <= projected.radius[i])
    const expected = covering.length
      ? covering.reduce((a, b) => (projected.depth[b] < projected.depth[a] ? b : a))
      : all.filter((i) => distance(i) < 6).toSorted((a, b) => distance(a) - distance(b))[0]
    expect(grid.at(px, py)).toBe(expected ?? -1)
  }
})

test('the grid skips halos that may not be picked', () => {
  const projected = {
    x: new Float32Array([50, 52]),
    y: new Float32Array([50, 50]),
    depth: new Float32Array([0.1, 0.5]),
    radius: new Float32Array([5, 5])
  }
  const grid = new ScreenGrid(projected, 100, 100)
  expect(grid.at(51, 50)).toBe(0)
  expect(grid.at(51, 50, 6, (halo) => halo !== 0)).toBe(1)
  expect(grid.at(90, 90)).toBe(-1)
})

test('a cube has twelve edges, and from a corner view each axis gets one outline edge for its ticks', () => {
  expect(boxEdges).toHaveLength(12)
  // Looking from the front right above; the screen's x is along (1, 1, 0), its y points down.
  const edges = tickEdges([3, -4, 3], ([x, y, z]) => [x * 0.8 + y * 0.6, -z * 0.9 - y * 0.3 + x * 0.2])
  expect(edges.map(({ axis }) => axis)).toEqual([0, 1, 2])
  // x and y run along the floor, on the sides that face the eye.
  expect(edges[0].from[1]).toBe(-1)
  expect(edges[0].from[2]).toBe(-1)
  expect(edges[1].from[0]).toBe(1)
})

test('ticks and the scale bar take round numbers', () => {
  expect(niceTicks(0, 500, 5)).toEqual([0, 100, 200, 300, 400, 500])
  expect(niceTicks(-0.3, 0.3, 4)).toEqual([-0.2, 0, 0.2])
  expect([niceLength(137), niceLength(60), niceLength(21), niceLength(0.19)]).toEqual([100, 50, 20, 0.1])
})

test('halos are centred on the box and grow with the cube root of mass', () => {
  const halos = fieldHalos([0, 500, 250], [250, 250, 250], [100, 250, 250], [1e13, 8e13, 1e13], 500)
  expect([...halos.positions.slice(0, 3)]).toEqual([-250, 0, -150])
  expect(halos.radii[1] / halos.radii[0]).toBeCloseTo(2, 5)
  expect(halos.halfSides).toEqual([250, 250, 250])
})

test('without a box the halos get a cube around them, without masses one size', () => {
  const halos = fieldHalos([10, 30], [5, 5], [0, 10], null, null)
  expect(halos.halfSides).toEqual([10, 10, 10])
  expect(halos.origin).toEqual([10, -5, -5])
  expect(halos.radii[0]).toBe(halos.radii[1])
})

test('links cross the periodic side of the box to the nearest image', () => {
  const halos = fieldHalos([490, 20], [250, 250], [250, 250], null, 500)
  const ends = neighbourLinks(halos, 0, [1])
  expect(ends[3] - ends[0]).toBeCloseTo(30, 4)
  const open = neighbourLinks({ ...halos, boxSize: null }, 0, [1])
  expect(open[3] - open[0]).toBeCloseTo(-470, 3)
})

test('a cuboid is drawn with its own sides, and links cross each at its own length', () => {
  const halos = fieldHalos([5, 95], [50, 55], [100, 100], null, [100, 100, 200])
  expect(halos.halfSides).toEqual([50, 50, 100])
  expect(halos.origin).toEqual([0, 0, 0])
  expect([...halos.positions]).toEqual([-45, 0, 0, 45, 5, 0])
  const across = neighbourLinks(halos, 0, [1])
  expect(across[3] - across[0]).toBeCloseTo(-10, 4)
  const tall = neighbourLinks(fieldHalos([50, 50], [50, 50], [10, 130], null, [100, 100, 200]), 0, [1])
  expect(tall[5] - tall[2]).toBeCloseTo(-80, 4)
  const near = neighbourLinks(fieldHalos([50, 50], [50, 50], [10, 90], null, [100, 100, 200]), 0, [1])
  expect(near[5] - near[2]).toBeCloseTo(80, 4)
})
