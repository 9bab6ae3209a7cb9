import { expect, test } from 'vitest'
import { buildNeighbours, degreeStatistics } from '../../../src-main/graph/neighbours.ts'
import { separatePairs } from '../../../src-main/graph/pairs.ts'
import { mockCatalog } from '../../fixtures/mock-catalog.ts'
import { quantised, stackedAlongZ } from '../../fixtures/stacked.ts'

const cube = quantised(mockCatalog({ halos: 3000 }))
const stacked = stackedAlongZ(cube)

test.each([30, 111, 250])(
  'each halo of two stacked cubes has the neighbours of the cube, radius %d',
  async (radius) => {
    const [ofCube, ofStack] = [buildNeighbours(cube, radius), buildNeighbours(stacked, radius)]
    const degrees = await ofCube.degrees({ threads: 2 })
    expect([...(await ofStack.degrees({ threads: 2 }))]).toEqual([...degrees, ...degrees])
    for (let halo = 0; halo < stacked.halos; halo += 7) {
      const pairs = (graph: typeof ofCube, i: number): [number, number][] => {
        const { index, distance } = graph.of(i)
        return Array.from(index, (j, n): [number, number] => [j % cube.halos, distance[n]]).sort((a, b) => a[0] - b[0])
      }
      expect(pairs(ofStack, halo)).toEqual(pairs(ofCube, halo % cube.halos))
    }
    const [statistics, twice] = [await degreeStatistics(ofCube), await degreeStatistics(ofStack)]
    expect(twice).toEqual({
      ...statistics,
      edges: 2 * statistics.edges,
      isolated: 2 * statistics.isolated,
      histogram: statistics.histogram.map(({ degree, halos }) => ({ degree, halos: 2 * halos }))
    })
  }
)

test('sampled pairs of a cuboid are separated by the minimum image along each side', async () => {
  const box = { ...mockCatalog({ halos: 800 }), boxSize: [500, 600, 1100] as const }
  const graph = buildNeighbours(box, 240)
  const pairs = await graph.samplePairs(2000, 5)
  const { dx, dy, dz, r } = separatePairs(pairs, box, graph.boxSize)
  let across = 0
  pairs.receiver.forEach((i, n) => {
    const d = [dx, dy, dz].map((axis) => axis[n])
    const plain = [box.x, box.y, box.z].map((axis) => axis[pairs.sender[n]] - axis[i])
    box.boxSize.forEach((side, axis) => {
      const images = [-1, 0, 1].map((image) => Math.abs(plain[axis] + image * side))
      expect(Math.abs(d[axis])).toBeCloseTo(Math.min(...images), 3)
      if (images[1] > Math.min(...images)) across++
    })
    expect(r[n]).toBeLessThan(240)
  })
  expect(across).toBeGreaterThan(100)
})

test('a radius above half of the shortest side is refused, with the largest that is possible', () => {
  const box = { ...cube, boxSize: [500, 500, 700] as const }
  expect(buildNeighbours(box, 250).radius).toBe(250)
  expect(() => buildNeighbours(box, 251)).toThrow(
    'The radius 251 Mpc/h is larger than half the shortest side of the periodic box of 500 x 500 x 700 Mpc/h; choose at most 250.'
  )
  expect(() => buildNeighbours({ ...box, boxSize: [500, 0, 700] }, 50)).toThrow('box size is unknown')
  expect(() => buildNeighbours({ ...box, boxSize: [500, 500, NaN] }, 50)).toThrow('box size is unknown')
})

test('positions beyond a side are wrapped into it', () => {
  const at = (z: number): typeof cube => ({
    ...cube,
    halos: 2,
    boxSize: [100, 100, 200],
    x: Float32Array.of(1, 99),
    y: Float32Array.of(50, 150),
    z: Float32Array.of(5, z)
  })
  for (const z of [195, 395, -5]) {
    const { index, distance } = buildNeighbours(at(z), 20).of(0)
    expect([...index]).toEqual([1])
    expect(distance[0]).toBeCloseTo(Math.hypot(2, 10), 4)
  }
  expect([...buildNeighbours(at(95), 20).of(0).index]).toEqual([])
})
