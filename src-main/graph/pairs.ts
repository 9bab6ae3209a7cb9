import { sidesOf } from '../../src-shared/contract/box.ts'
import type { BoxSize } from '../../src-shared/contract/box.ts'
import type { Catalog } from '../catalog/catalog.ts'

/** Directed pairs receiver <- sender, by halo index. */
export interface Pairs {
  receiver: Uint32Array
  sender: Uint32Array
}

/** Pairs with their separation (sender minus receiver) and its length r; Mpc/h, minimum image if periodic. */
export interface SeparatedPairs extends Pairs {
  dx: Float32Array
  dy: Float32Array
  dz: Float32Array
  r: Float32Array
}

/** @param boxSize the periodic box, Mpc/h; null in open space */
export function separatePairs(
  pairs: Pairs,
  catalog: Pick<Catalog, 'x' | 'y' | 'z'>,
  boxSize: BoxSize | null
): SeparatedPairs {
  const { receiver, sender } = pairs
  const sides = boxSize === null ? null : sidesOf(boxSize)
  const along = (values: Float32Array, side: number | undefined): Float32Array => {
    const out = new Float32Array(receiver.length)
    for (let n = 0; n < receiver.length; n++) {
      const d = values[sender[n]] - values[receiver[n]]
      out[n] = side === undefined ? d : d - side * Math.round(d / side)
    }
    return out
  }
  const [dx, dy, dz] = [along(catalog.x, sides?.[0]), along(catalog.y, sides?.[1]), along(catalog.z, sides?.[2])]
  return { receiver, sender, dx, dy, dz, r: dx.map((x, n) => Math.hypot(x, dy[n], dz[n])) }
}

/** Pairs `begin` to `end` (exclusive) with all their columns, as views. */
export function pairsBetween<P extends Pairs | SeparatedPairs>(pairs: P, begin: number, end: number): P {
  const columns: [string, Uint32Array | Float32Array][] = Object.entries(pairs)
  return Object.fromEntries(columns.map(([name, column]) => [name, column.subarray(begin, end)])) as unknown as P
}
