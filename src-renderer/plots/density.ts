import { hexbin } from 'd3-hexbin'

/** Above this number of points a plot shows hexagons, because single points would overlap. */
export const densityLimit = 50_000

export interface Hexagon {
  /** Centre, pixels */
  x: number
  y: number
  /** Indices of the points that fall into it */
  points: number[]
}

/**
 * Bins points, in pixels, in hexagons of `radius` pixels as d3-hexbin lays them out. Points that are excluded, not finite or
 * outside the size are left out.
 */
export function hexagons(
  { x, y }: { x: ArrayLike<number>; y: ArrayLike<number> },
  includes: (index: number) => boolean,
  radius: number,
  { width, height }: { width: number; height: number }
): Hexagon[] {
  const inside: number[] = []
  for (let index = 0; index < x.length; index++)
    if (x[index] >= 0 && x[index] <= width && y[index] >= 0 && y[index] <= height && includes(index)) inside.push(index)
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

/** The place of a count between one and the largest, 0..1 on a log scale, so that sparse bins stay visible. */
export function densityFraction(count: number, largest: number): number {
  return largest <= 1 ? 1 : Math.log(count) / Math.log(largest)
}
