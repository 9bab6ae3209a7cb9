import { rowBytes } from './kernel.ts'

/** Receivers of a batch whose edges are found and computed together: as many as the edge buffer holds. */
export interface Part {
  /** Its first receiver in the batch */
  first: number
  rows: number
  edges: number
}

export interface Capacity {
  rows: number
  edges: number
}

/** Cuts receivers, given by their degrees, into parts; one that alone has more edges than there is room for is a part of its own. */
export function partsOf(degrees: Iterable<number>, capacity: Capacity): Part[] {
  const parts: Part[] = []
  let part: Part = { first: 0, rows: 0, edges: 0 }
  for (const degree of degrees) {
    if (part.rows > 0 && (part.rows === capacity.rows || part.edges + degree > capacity.edges)) {
      parts.push(part)
      part = { first: part.first + part.rows, rows: 0, edges: 0 }
    }
    part.rows++
    part.edges += degree
  }
  if (part.rows > 0) parts.push(part)
  return parts
}

/** Positions of receivers, those that lie near each other in the cell grid together. */
export function nearOrder(receivers: Uint32Array, place: Uint32Array): Uint32Array {
  const keys = Float64Array.from(receivers, (halo, n) => place[halo] * 2 ** 21 + n).sort()
  return Uint32Array.from(keys, (key) => key % 2 ** 21)
}

/** Most receivers that `nearOrder` can sort. */
export const mostReceivers = 2 ** 21

/** Writes receivers as the kernels read them: place, first and end of their edges in their part, wanted value. */
export function writeRows(
  into: ArrayBuffer,
  at: number,
  receivers: Uint32Array,
  order: Uint32Array,
  parts: Part[],
  halos: { place: Uint32Array; degrees: Uint32Array; target?: Float32Array }
): void {
  const u32 = new Uint32Array(into, at * rowBytes)
  const f32 = new Float32Array(into, at * rowBytes)
  for (const part of parts) {
    let edge = 0
    for (let n = part.first; n < part.first + part.rows; n++) {
      const halo = receivers[order[n]]
      u32[4 * n] = halos.place[halo]
      u32[4 * n + 1] = edge
      edge += halos.degrees[halo]
      u32[4 * n + 2] = edge
      f32[4 * n + 3] = halos.target?.[halo] ?? 0
    }
  }
}
