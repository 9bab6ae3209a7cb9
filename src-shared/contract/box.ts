/** Sides of a box along x, y and z. */
export type Sides = readonly [x: number, y: number, z: number]

/** The box of a simulation: one number for a cube, three sides for a cuboid. Three equal sides are written as one number. */
export type BoxSize = number | Sides

export function isSides(value: unknown): value is Sides {
  return (
    Array.isArray(value) &&
    value.length === 3 &&
    value.every((side) => typeof side === 'number' && side > 0 && Number.isFinite(side))
  )
}

export function sidesOf(box: BoxSize): Sides {
  return typeof box === 'number' ? [box, box, box] : box
}

/** A box with these sides, as one number if they are equal. */
export function boxOf([x, y, z]: Sides): BoxSize {
  return x === y && y === z ? x : [x, y, z]
}

/** The side that limits the radius of a periodic graph. */
export function shortestSide(box: BoxSize): number {
  return Math.min(...sidesOf(box))
}

export function longestSide(box: BoxSize): number {
  return Math.max(...sidesOf(box))
}

/** Whether every side is a positive, finite number. */
export function isPossible(box: BoxSize): boolean {
  return isSides(sidesOf(box))
}

/** For sentences: `500`, `100 x 100 x 200`. */
export function boxText(box: BoxSize, print: (side: number) => string = String): string {
  return typeof box === 'number' ? print(box) : box.map(print).join(' x ')
}
