import { sidesOf } from '../../../src-shared/contract/box.ts'
import type { BoxSize } from '../../../src-shared/contract/box.ts'
import type { Catalog } from '../../../src-main/catalog/catalog.ts'
import { Random } from '../../../src-main/random.ts'

/** Random halos in a periodic box: masses log-normal around 0.5e14 Msun/h, speeds of some hundred km/s. */
export function randomCatalog(halos: number, boxSize: BoxSize, seed: number): Catalog {
  const random = new Random(seed)
  const sides = sidesOf(boxSize)
  const column = (draw: () => number): Float32Array => Float32Array.from({ length: halos }, draw)
  return {
    path: 'random halos',
    format: 'test',
    halos,
    boxSize,
    periodic: true,
    x: column(() => random.uniform() * sides[0]),
    y: column(() => random.uniform() * sides[1]),
    z: column(() => random.uniform() * sides[2]),
    velocity: {
      vx: column(() => 300 * random.normal()),
      vy: column(() => 300 * random.normal()),
      vz: column(() => 300 * random.normal())
    },
    mass: column(() => 0.5e14 * Math.exp(0.8 * random.normal())),
    extra: new Map(),
    columns: [],
    metadata: {},
    warnings: []
  }
}

export function everyHalo(catalog: Catalog): Uint32Array {
  return Uint32Array.from({ length: catalog.halos }, (_, halo) => halo)
}

/** The nine pair variables of sender j as seen from receiver i, written out in plain numbers. */
export function pairOf(catalog: Catalog, i: number, j: number): Record<string, number> {
  const sides = sidesOf(catalog.boxSize!)
  const d = [catalog.x, catalog.y, catalog.z]
    .map((axis) => axis[j] - axis[i])
    .map((v, n) => v - sides[n] * Math.round(v / sides[n]))
  const { vx, vy, vz } = catalog.velocity!
  const velocityOf = (halo: number): number[] => [vx, vy, vz].map((axis) => axis[halo] / 1000)
  const [vi, vj] = [velocityOf(i), velocityOf(j)]
  const dot = (a: number[], b: number[]): number => a.reduce((sum, value, axis) => sum + value * b[axis], 0)
  const difference = vj.map((value, axis) => value - vi[axis])
  const r = Math.sqrt(dot(d, d))
  return {
    M_i: catalog.mass![i] / 1e14,
    M_j: catalog.mass![j] / 1e14,
    r,
    v_i: Math.sqrt(dot(vi, vi)),
    v_j: Math.sqrt(dot(vj, vj)),
    v_ij: Math.sqrt(dot(difference, difference)),
    v_r: dot(difference, d) / r,
    cos_i: dot(vi, d) / Math.sqrt(dot(vi, vi)) / r,
    cos_j: dot(vj, d) / Math.sqrt(dot(vj, vj)) / r
  }
}
