import { expect, test } from 'vitest'
import { densityFraction, hexagons } from '../../../../src-renderer/plots/density.ts'
import { centralRange, runningBand } from '../../../../src-renderer/plots/running.ts'
import {
  bandPath,
  extentOf,
  linePath,
  makeScale,
  nearestIndex,
  paddedDomain,
  pixelsOf,
  stackUp,
  ticks
} from '../../../../src-renderer/plots/scales.ts'

test('ticks of a log axis are decades, or 1, 2, 5 where there is room, and lie inside the domain', () => {
  const values = (domain: [number, number], count: number) =>
    ticks({ label: '', kind: 'log', domain }, count).map(({ value }) => value)
  expect(values([0.03, 2], 6)).toEqual([0.05, 0.1, 0.2, 0.5, 1, 2])
  expect(values([1e-6, 1], 4)).toEqual([1e-6, 1e-4, 1e-2, 1])
  // Less than half a decade: round steps as on a linear axis.
  expect(values([0.055, 0.075], 4)).toEqual([0.055, 0.06, 0.065, 0.07, 0.075])
})

test('ticks of a linear axis carry as many decimals as their step', () => {
  expect(ticks({ label: '', kind: 'linear', domain: [0, 0.4] }, 4).map(({ label }) => label)).toEqual([
    '0',
    '0.1',
    '0.2',
    '0.3',
    '0.4'
  ])
})

test('an axis of whole numbers has ticks at whole numbers only', () => {
  const values = ticks({ label: 'Epoch', kind: 'linear', domain: [0.5, 2.5], whole: true }, 5).map(({ label }) => label)
  expect(values).toEqual(['1', '2'])
})

test('domains are padded, have room around a single value, and are finite without values', () => {
  expect(extentOf([NaN, 3, -1, Infinity])).toEqual([-1, 3])
  expect(extentOf([0, -2, 5, 0.1], 'log')).toEqual([0.1, 5])
  expect(extentOf([NaN])).toBeNull()
  expect(paddedDomain([0, 10], 'linear', 0.1)).toEqual([-1, 11])
  expect(paddedDomain([2, 2], 'linear')).toEqual([1, 3])
  expect(paddedDomain([0.5, 0.5], 'log')).toEqual([0.25, 1])
  expect(paddedDomain(null, 'log')).toEqual([0.1, 1])
  const linear = makeScale({ label: '', kind: 'linear', domain: [-1, 1] }, [200, 0])
  expect(pixelsOf(Uint32Array.of(2, 0), [-1, 5, 0.5], linear)).toEqual(Float32Array.of(linear(0.5), 200))
  const scale = makeScale({ label: '', kind: 'log', domain: [0.01, 1] }, [0, 100])
  expect(scale(0.1)).toBeCloseTo(50)
})

test('lines break where a value is missing; bands close', () => {
  expect(
    linePath([
      [0, 1],
      [1, NaN],
      [2, 3],
      [3, 4]
    ])
  ).toBe('M0,1M2,3L3,4')
  expect(bandPath([0, 1], [5, 6], [1, 2])).toBe('M0,1L1,2L1,6L0,5Z')
  expect(nearestIndex([1, 2, 3, 10], 7)).toBe(3)
})

test('labels move apart upwards', () => {
  expect(stackUp([10, 12, 50], 10)).toEqual([2, 12, 50])
})

test('hexagons count every point inside once', () => {
  const x = [10, 11, 90, 500, NaN, 50]
  const y = [10, 10, 90, 10, 10, 50]
  const cells = hexagons({ x, y }, (index) => index !== 5, 8, { width: 100, height: 100 })
  expect(cells.flatMap(({ points }) => points).sort()).toEqual([0, 1, 2])
  expect(cells.some(({ points }) => points.includes(0) && points.includes(1))).toBe(true)
  expect(densityFraction(1, 100)).toBe(0)
  expect(densityFraction(100, 100)).toBe(1)
})

test('running median follows a known line, its band a known scatter', () => {
  const count = 4000
  const x = Float64Array.from({ length: count }, (_, row) => row / count)
  // Residuals of -1, 0, +1 in turn around 2x.
  const y = x.map((value, row) => 2 * value + ((row % 3) - 1))
  const band = runningBand(x, y, 20)
  expect(band.x).toHaveLength(20)
  band.x.forEach((value, index) => {
    expect(band.median[index]).toBeCloseTo(2 * value, 1)
    expect(band.high[index] - band.low[index]).toBeGreaterThan(1.8)
  })
  expect(runningBand([1, 2], [1, 2]).x).toEqual([])
  // All at one place: one value of x, known as well as any.
  expect(new Set(runningBand(new Float64Array(50).fill(3), new Float64Array(50).fill(1)).median)).toEqual(new Set([1]))
  // A gap in the data is a gap in the band.
  const split = [
    ...Array.from({ length: 100 }, (_, row) => row / 100),
    ...Array.from({ length: 100 }, (_, row) => 9 + row / 100)
  ]
  expect(runningBand(split, split).x.filter((value) => value > 1.5 && value < 8.5)).toEqual([])
})

test('the central range leaves outliers out', () => {
  const range = centralRange(
    Float64Array.from({ length: 102 }, (_, value) => (value === 101 ? NaN : value)),
    0.9
  )
  expect(range?.[0]).toBeCloseTo(5)
  expect(range?.[1]).toBeCloseTo(95)
})
