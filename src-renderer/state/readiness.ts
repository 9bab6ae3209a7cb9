import { shortestSide } from '../../src-shared/contract/box.ts'
import { complexityLimits } from '../../src-shared/complexity.ts'
import type { CatalogSummary, RunConfig, SplitPreview } from '../../src-shared/contract.ts'
import { formatCount } from '../parts/format.ts'

/** Why a run cannot start with this radius, as a sentence; null if it can. */
export function radiusProblem(draft: RunConfig, catalog: CatalogSummary | null): string | null {
  if (!Number.isFinite(draft.radius) || draft.radius <= 0) return 'The radius must be above 0 Mpc/h.'
  const half = catalog?.periodic && catalog.boxSize !== null ? shortestSide(catalog.boxSize) / 2 : Infinity
  if (draft.radius > half)
    return `The radius exceeds half the ${typeof catalog?.boxSize === 'number' ? 'box' : "box's shortest side"}; choose at most ${half} Mpc/h.`
  return null
}

/** Why a run cannot start with these whole numbers, as a sentence; null if it can. */
export function numbersProblem({ seed, seeds, threads, maxComplexity }: RunConfig): string | null {
  if (!Number.isInteger(seed) || seed < 0) return 'The seed must be a whole number, 0 or more.'
  if (seeds !== undefined && !(Number.isInteger(seeds) && seeds >= 1 && seeds <= 100))
    return 'The number of networks must be from 1 to 100.'
  const { least, most } = complexityLimits
  if (
    maxComplexity !== undefined &&
    !(Number.isInteger(maxComplexity) && maxComplexity >= least && maxComplexity <= most)
  )
    return `The largest complexity of a law must be a whole number from ${least} to ${most}.`
  if (!Number.isInteger(threads) || threads < 1) return 'The number of threads must be a whole number, 1 or more.'
  return null
}

/** The columns that a run can predict: all except those that say where and what a halo is. */
export function targetColumns(catalog: CatalogSummary | null): string[] {
  const inputs = new Set(['x', 'y', 'z', 'vx', 'vy', 'vz', 'mass'])
  return (catalog?.columns ?? []).map(({ name }) => name).filter((name) => !inputs.has(name))
}

/** Why a run cannot start with this target, as a sentence; null if it can. */
export function targetProblem({ target }: Pick<RunConfig, 'target'>, catalog: CatalogSummary | null): string | null {
  if (catalog === null || catalog.columns.some(({ name }) => name === target)) return null
  return targetColumns(catalog).length > 0
    ? 'Choose the target: the column that is predicted.'
    : 'This catalog has no column to predict; open one with a target such as Delta20.'
}

/** Why a mask that takes this many halos is useless, as a sentence; null if it is useful. */
export function maskProblem(masked: number, halos: number): string | null {
  if (masked === 0) return `The mask takes none of the ${formatCount(halos)} halos; loosen it or clear it.`
  if (masked === halos) return `The mask takes all ${formatCount(halos)} halos and leaves none to train on; tighten it.`
  return null
}

/** Why a run cannot start with these sets, as a sentence; null if it can. */
export function splitProblem({ test }: Pick<SplitPreview, 'test'>, mask: string | null): string | null {
  if (test > 0) return null
  return mask === null
    ? 'No halo lies in the spatial blocks of the test set; choose another seed or write a test mask.'
    : 'The test set is empty: the OOD mask takes its halos first, or they have no target; change one of the masks.'
}
