import { availableParallelism } from 'node:os'
import { boxText, isPossible, shortestSide, sidesOf } from '../../src-shared/contract/box.ts'
import type { BoxSize } from '../../src-shared/contract/box.ts'
import type { DegreeStatistics } from '../../src-shared/contract.ts'
import { HalolawError, badInput } from '../../src-shared/errors.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { native } from '../native.ts'
import { Random } from '../random.ts'
import { throwIfCancelled } from '../work.ts'
import type { WorkOptions } from '../work.ts'
import type { Pairs } from './pairs.ts'

/**
 * The radius graph of a catalog: an edge j -> i for every pair closer than `radius`, minimum image if periodic. Two
 * halos at the same position are neighbours (r = 0); no halo is its own neighbour. Distances are compared in double
 * precision. Edges are recomputed when needed and never stored; memory is O(halos).
 */
export interface Neighbours {
  readonly halos: number
  /** Mpc/h */
  readonly radius: number
  /** The periodic box, Mpc/h; null in open space */
  readonly boxSize: BoxSize | null
  /** The native cell grid, for the kernels of gnn/ and law/. */
  readonly grid: object
  /** Number of neighbours of every halo, [halos]; cached, so treat it as read-only. */
  degrees(options?: WorkOptions): Promise<Uint32Array>
  /** Number of directed edges. */
  countEdges(options?: WorkOptions): Promise<number>
  /** Neighbours of one halo, nearest first; distances in Mpc/h. `radius` may be smaller than the graph's. */
  of(halo: number, radius?: number): { index: Uint32Array; distance: Float32Array }
  /** Draws edges uniformly, with replacement, from those with a receiver in `receivers` (default: all halos). */
  samplePairs(count: number, seed: number, receivers?: Uint32Array): Promise<Pairs>
}

/** The object that native/binding/cell_grid.cpp exports. */
export interface NativeCellGrid {
  degrees(threads: number): Promise<Uint32Array>
  of(halo: number, radius: number): { index: Uint32Array; distance: Float32Array }
  pick(receiver: Uint32Array, nth: Uint32Array, threads: number): Promise<Uint32Array>
  visit(threads: number): Promise<{ edges: number; seconds: number; sumOfSeparations: number }>
  layout(threads: number): Promise<CellGridLayout>
}

/**
 * The cell grid's memory, for a search on another device. Halos are sorted by bin; a place is an index in that order.
 * Bin (x, y, z) has number (z cells_y + y) cells_x + x.
 */
export interface CellGridLayout {
  /** Place -> halo */
  order: Uint32Array
  /** First place of each bin, and the end */
  binStart: Uint32Array
  /** By place, Mpc/h */
  x: Float32Array
  y: Float32Array
  z: Float32Array
  /** Lowest coordinate, bin width (Mpc/h) and number of bins along x, y and z */
  axes: Float64Array
  /**
   * A pair is an edge if its float r^2 is below surelyInside, and is not an edge if it is at least surelyOutside,
   * (Mpc/h)^2
   */
  surelyInside: number
  surelyOutside: number
  /**
   * Edges between these bounds, decided in double: receiver's place, sender's, image x + 1 + 3 (y + 1) + 9 (z + 1);
   * sorted
   */
  settled: Uint32Array
}

interface GraphNative {
  /** `sides`: sides of the periodic box along x, y and z; zeros in open space */
  CellGrid: new (
    x: Float32Array,
    y: Float32Array,
    z: Float32Array,
    sides: Float64Array,
    radius: number
  ) => NativeCellGrid
}

export type GraphInput = Pick<Catalog, 'x' | 'y' | 'z' | 'halos' | 'boxSize' | 'periodic'>

/**
 * Sorts the halos into a cell grid (O(halos) time and memory).
 * @param radius Mpc/h; at most half the box's shortest side if the catalog is periodic
 * @throws HalolawError `bad-input` for an invalid radius, a periodic catalog without box size, or a non-finite position
 */
export function buildNeighbours(catalog: GraphInput, radius: number): Neighbours {
  const boxSize = checkedBox(catalog, radius)
  const sides = boxSize === null ? null : sidesOf(boxSize)
  const [x, y, z] = (['x', 'y', 'z'] as const).map((axis, n) =>
    checkedPositions(catalog[axis], axis, sides ? sides[n] : null)
  )
  return new CellGridNeighbours(
    new (native<GraphNative>().CellGrid)(x, y, z, Float64Array.from(sides ?? [0, 0, 0]), radius),
    catalog.halos,
    radius,
    boxSize
  )
}

/** The periodic box; null in open space. */
function checkedBox(catalog: GraphInput, radius: number): BoxSize | null {
  if (!(radius > 0) || !Number.isFinite(radius))
    throw badInput(`The radius is ${radius} Mpc/h; give a positive number, such as --radius 50.`)
  if (!catalog.periodic) return null
  const { boxSize } = catalog
  if (boxSize === null || !isPossible(boxSize))
    throw badInput('The catalog is periodic, but its box size is unknown; give it in Mpc/h, such as --box 500.')
  const largest = shortestSide(boxSize) / 2
  if (radius > largest)
    throw badInput(
      `The radius ${radius} Mpc/h is larger than half the ${typeof boxSize === 'number' ? '' : 'shortest side of the '}periodic box of ${boxText(boxSize)} Mpc/h; choose at most ${largest}.`
    )
  return boxSize
}

/**
 * Checks positions and wraps those of a periodic box into [0, side]; returns the same array if all are inside.
 * @param side of the box along this axis, Mpc/h; null in open space
 */
function checkedPositions(values: Float32Array, axis: string, side: number | null): Float32Array {
  let bad = 0
  let outside = 0
  for (const value of values) {
    if (!Number.isFinite(value)) bad++
    else if (side !== null && (value < 0 || value > side)) outside++
  }
  if (bad > 0)
    throw badInput(
      `${bad} of ${values.length} positions ${axis} are not finite numbers; remove those rows or map another column to ${axis}.`
    )
  if (side === null || outside === 0) return values
  return values.map((value) => (value < 0 || value > side ? value - side * Math.floor(value / side) : value))
}

/** @param bins maximum number of histogram bins */
export async function degreeStatistics(
  neighbours: Neighbours,
  bins = 60,
  options: WorkOptions = {}
): Promise<DegreeStatistics> {
  const degrees = await neighbours.degrees(options)
  let edges = 0
  let minDegree = degrees.length > 0 ? Infinity : 0
  let maxDegree = 0
  let isolated = 0
  for (const degree of degrees) {
    edges += degree
    minDegree = Math.min(minDegree, degree)
    maxDegree = Math.max(maxDegree, degree)
    if (degree === 0) isolated++
  }
  const width = Math.max(1, Math.ceil((maxDegree - minDegree + 1) / bins))
  const counts = new Array<number>(degrees.length > 0 ? Math.floor((maxDegree - minDegree) / width) + 1 : 0).fill(0)
  for (const degree of degrees) counts[Math.floor((degree - minDegree) / width)]++
  const histogram = counts.map((halos, bin) => ({ degree: minDegree + bin * width, halos }))
  return {
    edges,
    meanDegree: degrees.length > 0 ? edges / degrees.length : 0,
    minDegree,
    maxDegree,
    isolated,
    histogram
  }
}

class CellGridNeighbours implements Neighbours {
  readonly grid: NativeCellGrid
  readonly halos: number
  readonly radius: number
  readonly boxSize: BoxSize | null
  private cachedDegrees: Promise<Uint32Array> | null = null

  constructor(grid: NativeCellGrid, halos: number, radius: number, boxSize: BoxSize | null) {
    this.grid = grid
    this.halos = halos
    this.radius = radius
    this.boxSize = boxSize
  }

  async degrees(options: WorkOptions = {}): Promise<Uint32Array> {
    throwIfCancelled(options.signal)
    this.cachedDegrees ??= this.grid.degrees(options.threads ?? availableParallelism())
    return this.cachedDegrees
  }

  async countEdges(options: WorkOptions = {}): Promise<number> {
    return (await this.degrees(options)).reduce((sum, degree) => sum + degree, 0)
  }

  of(halo: number, radius = this.radius): { index: Uint32Array; distance: Float32Array } {
    if (!Number.isInteger(halo) || halo < 0 || halo >= this.halos)
      throw badInput(`There is no halo ${halo}; give a number from 0 to ${this.halos - 1}.`)
    if (!(radius <= this.radius))
      throw badInput(
        `The graph has no neighbours within ${radius} Mpc/h, because its radius is ${this.radius} Mpc/h; build it with the larger radius.`
      )
    return this.grid.of(halo, radius)
  }

  async samplePairs(count: number, seed: number, receivers?: Uint32Array): Promise<Pairs> {
    const degrees = await this.degrees()
    const candidates = receivers?.length ?? this.halos
    const upTo = new Float64Array(candidates)
    let edges = 0
    for (let n = 0; n < candidates; n++) {
      const halo = receivers ? receivers[n] : n
      if (halo >= this.halos) throw badInput(`There is no halo ${halo}; give a number from 0 to ${this.halos - 1}.`)
      edges += degrees[halo]
      upTo[n] = edges
    }
    if (edges === 0 && count > 0)
      throw new HalolawError(
        'bad-input',
        `None of the ${candidates} halos has a neighbour within ${this.radius} Mpc/h; choose a larger radius.`
      )
    const random = new Random(seed)
    const receiver = new Uint32Array(count)
    const nth = new Uint32Array(count)
    for (let draw = 0; draw < count; draw++) {
      const edge = random.integer(edges)
      const n = firstAbove(upTo, edge)
      receiver[draw] = receivers ? receivers[n] : n
      nth[draw] = edge - (n > 0 ? upTo[n - 1] : 0)
    }
    return { receiver, sender: await this.grid.pick(receiver, nth, availableParallelism()) }
  }
}

/** Index of the first entry of an ascending array that is larger than `value`. */
function firstAbove(ascending: Float64Array, value: number): number {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle] > value) high = middle
    else low = middle + 1
  }
  return low
}
