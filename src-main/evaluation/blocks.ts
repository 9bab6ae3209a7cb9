import { sidesOf } from '../../src-shared/contract/box.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { Random } from '../random.ts'

export type Positions = Pick<Catalog, 'halos' | 'boxSize' | 'x' | 'y' | 'z'>

/**
 * Assigns each halo to a block of a grid of side^3 equal blocks (cubes in a cubic box). The grid spans the box, or the
 * extent of the halos in open space.
 * @param halos indices of the requested halos; default: all, in order
 * @returns block number, 0 .. side^3 - 1, one per halo of `halos`
 */
export function blockOf(positions: Positions, side: number, halos?: Uint32Array): Uint32Array {
  const count = halos?.length ?? positions.halos
  const blocks = new Uint32Array(count)
  const sides = positions.boxSize === null ? null : sidesOf(positions.boxSize)
  for (const [n, axis] of [positions.x, positions.y, positions.z].entries()) {
    const [low, length] = sides ? [0, sides[n]] : extent(axis)
    for (let k = 0; k < count; k++) {
      const cell = Math.floor(((axis[halos ? halos[k] : k] - low) / length) * side)
      blocks[k] = blocks[k] * side + Math.min(side - 1, Math.max(0, cell))
    }
  }
  return blocks
}

function extent(values: Float32Array): [low: number, length: number] {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, Math.max(high - low, Number.MIN_VALUE)]
}

/** Blocks per side: 125 cubes, of which 25 hold a fifth of the box. */
const testSide = 5
const testCubes = 25

/**
 * The default test set: all halos in 25 of the box's 125 cubes, which the seed selects. The set uses whole cubes,
 * because nearby halos share their matter: training halos around a test halo would reveal its target.
 * @returns 1 for a halo of the test set
 */
export function testBlocks(positions: Positions, seed: number): Uint8Array {
  const cubes = new Random(seed).shuffle(Uint32Array.from({ length: testSide ** 3 }, (_, cube) => cube))
  const chosen = new Set(cubes.subarray(0, testCubes))
  return Uint8Array.from(blockOf(positions, testSide), (block) => (chosen.has(block) ? 1 : 0))
}

const validationSide = 6

/**
 * Sets aside some cubes of the training region, for early stopping and for the choice of a formula.
 * @param share fraction of the training halos for validation, filled with whole cubes (of 216) in an order set by the
 * seed
 * @returns both parts, ascending; the training part is never empty
 */
export function validationBlocks(
  positions: Positions,
  train: Uint32Array,
  options: { seed: number; share?: number }
): { train: Uint32Array; validation: Uint32Array } {
  const blocks = blockOf(positions, validationSide, train)
  const halosIn = new Uint32Array(validationSide ** 3)
  for (const block of blocks) halosIn[block]++
  const order = new Random(options.seed).fork(1).shuffle(Uint32Array.from(halosIn.keys()))

  const target = train.length * (options.share ?? 0.1)
  const chosen = new Set<number>()
  let halos = 0
  for (const block of order) {
    if (halos >= target) break
    // A cube that holds most of a small catalog would leave no training halos.
    if (halosIn[block] === 0 || halos + halosIn[block] > Math.max(2 * target, train.length / 2)) continue
    chosen.add(block)
    halos += halosIn[block]
  }
  return {
    train: train.filter((_, k) => !chosen.has(blocks[k])),
    validation: train.filter((_, k) => chosen.has(blocks[k]))
  }
}
