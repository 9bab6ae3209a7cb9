import { hexbin } from 'd3-hexbin'

/** Beyond this many points a plot shows hexagons: single points would only be ink. */
export const densityLimit = 50_000

export interface Hexagon {
  /** Centre, pixels */
  x: number
  y: number
  /** Indices of the points that fall into it */
  points: number[]
}

/**
 * Gathers points in hexagons of `radius` pixels, laid as by d3-hexbin; x and y are pixels. Points that are not wanted,
 * not finite or outside width and height are left out.
 */
export function hexagons(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  wanted: (index: number) => boolean,
  radius: number,
  width: number,
  height: number
): Hexagon[] {
  const inside: number[] = []
  for (let index = 0; index < x.length; index++)
    if (x[index] >= 0 && x[index] <= width && y[index] >= 0 && y[index] <= height && wanted(index)) inside.push(index)
  const bins = hexbin<number>()
    .radius(radius)
    .x((index) => x[index])
    .y((index) => y[index])(inside)
  return bins.map((bin) => ({ x: bin.x, y: bin.y, points: bin }))
}

/** Corners of a hexagon around the origin with a corner on top, as d3-hexbin lays them. */
export function hexagonCorners(radius: number): [number, number][] {
  return Array.from({ length: 6 }, (_, corner) => {
    const angle = (corner * Math.PI) / 3
    return [Math.sin(angle) * radius, -Math.cos(angle) * radius]
  })
}

/** Where a count stands between one and the largest, 0..1 on a logarithm, so that thin outskirts stay visible. */
export function densityFraction(count: number, largest: number): number {
  return largest <= 1 ? 1 : Math.log(count) / Math.log(largest)
}
