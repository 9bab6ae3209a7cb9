import type { Interval } from '../../src-shared/contract.ts'
import { Random } from '../random.ts'
import { blockOf, type Positions } from './blocks.ts'

const resamples = 1000
const fewestBlocks = 50
const finestSide = 64

/**
 * Resamples of a set of halos. All measurements on the set share them, so two models are always compared on the same
 * draws. Whole cubes of space are drawn, with replacement, because the errors of nearby halos are correlated, and
 * drawing single halos would give too narrow an interval (Kuensch 1989). The grid starts with eight cubes per side, and
 * the cubes are halved in size until the set occupies at least 50 of them; a set too small for that is drawn halo by
 * halo.
 */
export interface Resamples {
  /** Block of each halo of the set, numbered 0 .. blocks - 1 */
  block: Uint32Array
  blocks: number
  /** How often each block was drawn: resample k has `draws[k * blocks ...]` */
  draws: Uint16Array
}

/** Draws for a set of halos; the same set and seed give the same draws. */
export function resampleBlocks(positions: Positions, set: Uint32Array, seed: number): Resamples {
  const { block, blocks } = occupiedBlocks(positions, set)
  const random = new Random(seed)
  const draws = new Uint16Array(resamples * blocks)
  for (let k = 0; k < resamples; k++) {
    const row = k * blocks
    for (let draw = 0; draw < blocks; draw++) draws[row + random.integer(blocks)]++
  }
  return { block, blocks, draws }
}

function occupiedBlocks(positions: Positions, set: Uint32Array): { block: Uint32Array; blocks: number } {
  for (let side = 8; side <= finestSide; side *= 2) {
    const { block, blocks } = renumber(blockOf(positions, side, set))
    if (blocks >= fewestBlocks) return { block, blocks }
  }
  return { block: Uint32Array.from(set.keys()), blocks: set.length }
}

function renumber(raw: Uint32Array): { block: Uint32Array; blocks: number } {
  const numbers = new Map<number, number>()
  const block = raw.map((cube) => {
    let number = numbers.get(cube)
    if (number === undefined) numbers.set(cube, (number = numbers.size))
    return number
  })
  return { block, blocks: numbers.size }
}

/**
 * The 95 % percentile interval of the mean of `values` (one per halo of the resampled set; non-finite ones are left
 * out). For a paired comparison, pass differences.
 */
export function meanInterval(values: Float64Array, { block, blocks, draws }: Resamples): Interval {
  const sums = new Float64Array(blocks)
  const counts = new Float64Array(blocks)
  for (let k = 0; k < values.length; k++) {
    if (!Number.isFinite(values[k])) continue
    sums[block[k]] += values[k]
    counts[block[k]]++
  }
  const means: number[] = []
  for (let row = 0; row < draws.length; row += blocks) {
    let sum = 0
    let count = 0
    for (let b = 0; b < blocks; b++) {
      const times = draws[row + b]
      sum += times * sums[b]
      count += times * counts[b]
    }
    if (count > 0) means.push(sum / count)
  }
  if (means.length === 0) return [NaN, NaN]
  means.sort((a, b) => a - b)
  return [quantile(means, 0.025), quantile(means, 0.975)]
}

/** Linear interpolation between order statistics (NumPy's default). */
function quantile(sorted: number[], q: number): number {
  const position = q * (sorted.length - 1)
  const low = Math.floor(position)
  const high = Math.min(low + 1, sorted.length - 1)
  return sorted[low] + (position - low) * (sorted[high] - sorted[low])
}
