import { expect, test } from 'vitest'
import { cividis, diverging, lookupTable, setMap, viridis } from '../../../../src-renderer/parts/colormap.ts'
import {
  divergingScale,
  histogram,
  normalise,
  placeOf,
  sequentialScale,
  valueAt
} from '../../../../src-renderer/parts/colour-scale.ts'

const luminance = ([red, green, blue]: number[]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue

test('viridis and cividis begin and end where matplotlib has them and grow lighter all the way', () => {
  expect(viridis(0)).toEqual([0x44, 0x01, 0x54])
  expect(viridis(1)).toEqual([0xfd, 0xe7, 0x25])
  // matplotlib: cividis(0) = #00224e, cividis(1) = #fee838; the published polynomial is a fit, good to a few steps of 255.
  cividis(0).forEach((value, i) => expect(Math.abs(value - [0x00, 0x22, 0x4e][i])).toBeLessThan(6))
  cividis(1).forEach((value, i) => expect(Math.abs(value - [0xfe, 0xe8, 0x38][i])).toBeLessThan(20))
  for (const map of [viridis, cividis])
    for (let i = 1; i <= 50; i++) expect(luminance(map(i / 50))).toBeGreaterThan(luminance(map((i - 1) / 50)))
})

test('the diverging map is blue below, red above and neutral at its middle', () => {
  const [red, green, blue] = diverging(0.5)
  expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(4)
  expect(diverging(0.1)[2]).toBeGreaterThan(diverging(0.1)[0])
  expect(diverging(0.9)[0]).toBeGreaterThan(diverging(0.9)[2])
})

test('a lookup table holds opaque texels from one end of the map to the other', () => {
  const table = lookupTable(viridis, 4)
  expect([...table.slice(0, 4)]).toEqual([0x44, 0x01, 0x54, 255])
  expect([...table.slice(12)]).toEqual([0xfd, 0xe7, 0x25, 255])
  expect(setMap(0)).not.toEqual(setMap(0.5))
})

test('places along a linear and a logarithmic scale come back as values', () => {
  for (const transform of ['linear', 'log'] as const) {
    const scale = { kind: 'sequential', transform, low: 2, high: 200, clippedLow: false, clippedHigh: false } as const
    for (const value of [2, 7, 50, 200]) expect(valueAt(scale, placeOf(scale, value))).toBeCloseTo(value, 9)
    const places = normalise([2, 200, 1, 1000, NaN], scale)
    expect([...places]).toEqual([0, 1, 0, 1, -1])
  }
})

test('masses over decades get a logarithmic scale, overdensities a linear one', () => {
  const masses = Float32Array.from({ length: 5000 }, (_, i) => 1e13 * (1 - i / 5000) ** -0.9)
  expect(sequentialScale(masses).transform).toBe('log')
  const deltas = Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i) - 0.2)
  const scale = sequentialScale(deltas)
  expect(scale.transform).toBe('linear')
  expect(scale.low).toBeCloseTo(-1.2, 1)
})

test('single outliers are clipped and reported', () => {
  const values = Float32Array.from({ length: 10_000 }, (_, i) => i / 10_000)
  values[77] = 1e6
  const scale = sequentialScale(values)
  expect(scale.high).toBeLessThan(1.1)
  expect(scale.clippedHigh).toBe(true)
})

test('residuals of two models share one range, symmetric about zero', () => {
  const small = Float32Array.from({ length: 1000 }, (_, i) => 0.1 * Math.sin(i))
  const large = Float32Array.from({ length: 1000 }, (_, i) => 0.4 * Math.sin(i))
  const scale = divergingScale([small, large])
  expect(scale.low).toBe(-scale.high)
  expect(scale.high).toBeCloseTo(0.4, 2)
  expect(normalise([0], scale)[0]).toBe(0.5)
})

test('a column without one finite value still has a scale', () => {
  const scale = sequentialScale(new Float32Array(10).fill(NaN))
  expect(scale.high).toBeGreaterThan(scale.low)
  expect([...normalise(new Float32Array(3).fill(NaN), scale)]).toEqual([-1, -1, -1])
})

test('a histogram counts every halo that has a value', () => {
  const counts = histogram(Float32Array.from([0, 0.49, 0.5, 1, -1]), 2)
  expect([...counts]).toEqual([2, 2])
})
