import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sidesOf } from '../../../src-shared/contract/box.ts'
import type { BoxSize } from '../../../src-shared/contract/box.ts'
import { buildNeighbours, degreeStatistics } from '../../../src-main/graph/neighbours.ts'
import type { GraphInput } from '../../../src-main/graph/neighbours.ts'
import { Random } from '../../../src-main/random.ts'

type Point = [number, number, number]

function catalogOf(points: Point[], boxSize: BoxSize | null): GraphInput {
  const column = (axis: number): Float32Array => Float32Array.from(points, (p) => p[axis])
  return { x: column(0), y: column(1), z: column(2), halos: points.length, boxSize, periodic: boxSize !== null }
}

/** Every pair in double precision, from the float positions. */
function bruteForce(catalog: GraphInput, radius: number): number[][] {
  const sides = catalog.periodic && catalog.boxSize !== null ? sidesOf(catalog.boxSize) : null
  const wrap = (d: number, axis: number): number => (sides ? d - sides[axis] * Math.round(d / sides[axis]) : d)
  return Array.from({ length: catalog.halos }, (_, i) =>
    Array.from({ length: catalog.halos }, (_, j) => j).filter((j) => {
      const dx = wrap(catalog.x[j] - catalog.x[i], 0)
      const dy = wrap(catalog.y[j] - catalog.y[i], 1)
      const dz = wrap(catalog.z[j] - catalog.z[i], 2)
      return i !== j && dx * dx + dy * dy + dz * dz < radius * radius
    })
  )
}

async function expectExact(catalog: GraphInput, radius: number): Promise<void> {
  const neighbours = buildNeighbours(catalog, radius)
  const expected = bruteForce(catalog, radius)
  expect([...(await neighbours.degrees({ threads: 2 }))]).toEqual(expected.map((list) => list.length))
  for (let i = 0; i < catalog.halos; i++) {
    const { index, distance } = neighbours.of(i)
    expect([...index].sort((a, b) => a - b)).toEqual(expected[i])
    expect([...distance]).toEqual([...distance].sort((a, b) => a - b))
  }
}

function randomPoints(count: number, box: BoxSize, seed: number): Point[] {
  const random = new Random(seed)
  const [lx, ly, lz] = sidesOf(box)
  return Array.from(
    { length: count },
    () => [random.uniform() * lx, random.uniform() * ly, random.uniform() * lz] as Point
  )
}

describe('exact against brute force', () => {
  test.each([
    [500, 100, 10],
    [500, 100, 50],
    [300, 10, 4.99],
    [2000, 1000, 90],
    [1, 100, 10],
    [0, 100, 10]
  ])('%i random halos in a periodic box of %d, radius %d', async (count, box, radius) => {
    await expectExact(catalogOf(randomPoints(count, box, count), box), radius)
  })

  test.each([
    [400, [100, 100, 200], 30],
    [400, [100, 100, 200], 50],
    [700, [37, 91, 250], 18.5],
    [700, [250, 37, 91], 12],
    [300, [30, 1000, 60], 15],
    [20, [8, 9, 400], 4]
  ] as [number, BoxSize, number][])(
    '%i random halos in a periodic cuboid of %j, radius %d',
    async (count, box, radius) => {
      await expectExact(catalogOf(randomPoints(count, box, count), box), radius)
    }
  )

  test('a lattice in a cuboid, halos on its faces, edges and corners, every distance tie settled', async () => {
    const points: Point[] = []
    for (let x = 0; x <= 100; x += 20)
      for (let y = 0; y <= 60; y += 20) for (let z = 0; z <= 160; z += 20) points.push([x, y, z])
    for (const radius of [20, 20.000001, 28.284271247461902, 30])
      await expectExact(catalogOf(points, [100, 60, 160]), radius)
  })

  test('small cuboids, radii up to half of the shortest side, halos on edges and on top of each other', async () => {
    const side = fc.double({ min: 1, max: 60, noNaN: true }).map((value) => Math.fround(value))
    const place = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.5, 1, 1 / 3, 0.25))
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(side, side, side),
        fc.array(fc.tuple(place, place, place), { maxLength: 40 }),
        fc.double({ min: 0.05, max: 0.5, noNaN: true }),
        async (sides, places, share) => {
          const points = places.map(
            (point) => point.map((u, axis) => Math.min(sides[axis], Math.fround(u * sides[axis]))) as Point
          )
          await expectExact(catalogOf(points, sides), share * Math.min(...sides))
        }
      ),
      { numRuns: 60 }
    )
  })

  test.each([[4], [30], [200]])('random halos in open space, radius %d', async (radius) => {
    const points = randomPoints(400, 100, 7).map(([x, y, z]) => [x - 50, 3 * y, z + 1e4] as Point)
    await expectExact(catalogOf(points, null), radius)
  })

  test('a lattice whose spacing divides box, cells and radius: every distance tie is settled', async () => {
    const points: Point[] = []
    for (let x = 0; x <= 100; x += 20)
      for (let y = 0; y <= 100; y += 20) for (let z = 0; z < 100; z += 20) points.push([x, y, z])
    for (const radius of [20, 20.000001, 40, 50]) await expectExact(catalogOf(points, 100), radius)
    for (const radius of [20, 60, 500]) await expectExact(catalogOf(points, null), radius)
  })

  test('small boxes, radii up to half of them, halos on edges, on cell borders and on top of each other', async () => {
    const coordinate = (box: number): fc.Arbitrary<number> =>
      fc.oneof(
        fc.double({ min: 0, max: 1, noNaN: true }).map((u) => Math.min(box, Math.max(0, Math.fround(u * box)))),
        fc.integer({ min: 0, max: 24 }).map((n) => Math.min(box, Math.fround((n * box) / 24))),
        fc.constantFrom(0, box, Math.fround(box * (1 - 2 ** -24)), 2 ** -149)
      )
    const scene = fc.constantFrom(1, 24, 500, 1000.25).chain((box) =>
      fc.record({
        box: fc.constant(box),
        share: fc.oneof(fc.double({ min: 0.01, max: 0.5, noNaN: true }), fc.constantFrom(0.5, 1 / 3, 0.25, 1 / 24)),
        points: fc.array(fc.tuple(coordinate(box), coordinate(box), coordinate(box)), { maxLength: 60 }),
        twice: fc.boolean()
      })
    )
    await fc.assert(
      fc.asyncProperty(scene, async ({ box, share, points, twice }) => {
        await expectExact(catalogOf(twice ? [...points, ...points] : points, box), share * box)
        await expectExact(catalogOf(points, null), share * box)
      }),
      { numRuns: 150, seed: 20_061_1287 }
    )
  })
})

test('positions outside a periodic box are wrapped into it', async () => {
  const inside = randomPoints(200, 100, 3).map((p) => p.map(Math.fround) as Point)
  const shifted = inside.map(([x, y, z]) => [x - 100, y + 200, z] as Point)
  expect(await buildNeighbours(catalogOf(shifted, 100), 20).countEdges()).toBe(
    await buildNeighbours(catalogOf(inside, 100), 20).countEdges()
  )
})

test('a smaller radius than the graph gives the nearer neighbours', () => {
  const catalog = catalogOf(randomPoints(300, 100, 5), 100)
  const all = buildNeighbours(catalog, 40).of(17)
  const near = buildNeighbours(catalog, 40).of(17, 25)
  expect([...near.index]).toEqual([...all.index].filter((_, n) => all.distance[n] < 25))
  expect(buildNeighbours(catalog, 25).of(17)).toEqual(near)
})

test('pairs are drawn uniformly over the edges of the requested receivers', async () => {
  const catalog = catalogOf(randomPoints(40, 100, 11), 100)
  const neighbours = buildNeighbours(catalog, 30)
  const receivers = Uint32Array.from({ length: 20 }, (_, n) => 2 * n)
  const edges = bruteForce(catalog, 30).flatMap((list, i) => (i % 2 === 0 ? list.map((j) => `${i} ${j}`) : []))
  const draws = 200 * edges.length
  const pairs = await neighbours.samplePairs(draws, 9, receivers)
  const counts = new Map(edges.map((edge) => [edge, 0]))
  for (let n = 0; n < draws; n++) {
    const edge = `${pairs.receiver[n]} ${pairs.sender[n]}`
    expect(counts.has(edge)).toBe(true)
    counts.set(edge, (counts.get(edge) ?? 0) + 1)
  }
  const chi2 = [...counts.values()].reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0)
  expect(Math.abs(chi2 - (edges.length - 1))).toBeLessThan(5 * Math.sqrt(2 * edges.length))
  expect(await neighbours.samplePairs(draws, 9, receivers)).toEqual(pairs)
})

test('degrees are counted and binned, halos without a neighbour separately', async () => {
  const points: Point[] = [
    [1, 1, 1],
    [2, 1, 1],
    [3, 1, 1],
    [50, 50, 50]
  ]
  expect(await degreeStatistics(buildNeighbours(catalogOf(points, 100), 1.5))).toEqual({
    edges: 4,
    meanDegree: 1,
    minDegree: 0,
    maxDegree: 2,
    isolated: 1,
    histogram: [
      { degree: 0, halos: 1 },
      { degree: 1, halos: 2 },
      { degree: 2, halos: 1 }
    ]
  })
  expect((await degreeStatistics(buildNeighbours(catalogOf([], 100), 1))).histogram).toEqual([])
})

test('bad input is refused with its cause', async () => {
  const points = randomPoints(5, 100, 1)
  expect(() => buildNeighbours(catalogOf(points, 100), 51)).toThrow(/larger than half the periodic box/)
  expect(() => buildNeighbours(catalogOf(points, 100), 0)).toThrow(/positive number/)
  expect(() => buildNeighbours({ ...catalogOf(points, null), periodic: true }, 10)).toThrow(/box size is unknown/)
  expect(() => buildNeighbours(catalogOf([...points, [NaN, 1, 1]], 100), 10)).toThrow(/1 of 6 positions x/)
  expect(() => buildNeighbours(catalogOf(points, 100), 10).of(5)).toThrow(/no halo 5/)
  expect(() => buildNeighbours(catalogOf(points, 100), 10).of(0, 20)).toThrow(/its radius is 10/)
  await expect(buildNeighbours(catalogOf(points, 100), 1e-3).samplePairs(3, 1)).rejects.toThrow(/has a neighbour/)
})
