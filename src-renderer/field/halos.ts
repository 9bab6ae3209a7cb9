import { sidesOf } from '../../src-shared/contract/box.ts'
import type { BoxSize } from '../../src-shared/contract/box.ts'
import { extent } from '../parts/colour-scale.ts'
import type { ValueList } from '../parts/colour-scale.ts'
import type { Vector } from './box-frame.ts'
import type { Halos } from './scene.ts'

export interface FieldHalos extends Halos {
  /** The box's lower corner, Mpc/h */
  origin: Vector
  boxSize: BoxSize | null
}

/**
 * Halos as the field draws them, centred on the box (without a box: on a cube around them). Radii scale with the cube root of
 * mass and with the mean distance between halos, so that catalogs of any density look alike.
 */
export function fieldHalos(
  x: ValueList,
  y: ValueList,
  z: ValueList,
  mass: ValueList | null,
  boxSize: BoxSize | null
): FieldHalos {
  const axes = [x, y, z]
  const ends = axes.map(extent)
  const sides = sidesOf(boxSize ?? Math.max(...ends.map(([low, high]) => high - low), 1e-6))
  const origin = ends.map(([low, high], axis) => (boxSize === null ? (low + high) / 2 - sides[axis] / 2 : 0)) as Vector
  const count = x.length
  const positions = new Float32Array(3 * count)
  axes.forEach((values, axis) => {
    for (let i = 0; i < count; i++) positions[3 * i + axis] = values[i] - origin[axis] - sides[axis] / 2
  })
  const unit = 0.16 * Math.cbrt((sides[0] * sides[1] * sides[2]) / Math.max(1, count))
  const typical = mass ? median(mass) : 1
  const radii = new Float32Array(count).fill(unit)
  if (mass && typical > 0)
    for (let i = 0; i < count; i++) radii[i] = unit * Math.cbrt(Math.max(mass[i], 0) / typical) || unit
  return { positions, radii, halfSides: sides.map((side) => side / 2) as Vector, origin, boxSize }
}

/** Ends of the lines from a halo to its neighbours, each drawn to the neighbour's nearest periodic image. */
export function neighbourLinks(
  { positions, halfSides, boxSize }: FieldHalos,
  halo: number,
  neighbours: readonly number[]
): Float32Array<ArrayBuffer> {
  const ends = new Float32Array(6 * neighbours.length)
  neighbours.forEach((other, n) => {
    for (let axis = 0; axis < 3; axis++) {
      const start = positions[3 * halo + axis]
      const half = halfSides[axis]
      let step = positions[3 * other + axis] - start
      if (boxSize !== null && step > half) step -= 2 * half
      if (boxSize !== null && step < -half) step += 2 * half
      ends[6 * n + axis] = start
      ends[6 * n + 3 + axis] = start + step
    }
  })
  return ends
}

function median(values: ValueList): number {
  const stride = Math.max(1, Math.floor(values.length / 5000))
  const sample: number[] = []
  for (let i = 0; i < values.length; i += stride) if (Number.isFinite(values[i])) sample.push(values[i])
  sample.sort((a, b) => a - b)
  return sample[Math.floor(sample.length / 2)] ?? 0
}
