import { shortestSide } from '../../src-shared/box.ts'
import type { CatalogSummary, RunConfig } from '../../src-shared/contract.ts'

/** Why a run cannot start with this radius, as a sentence; null if it can. */
export function radiusProblem(draft: RunConfig, catalog: CatalogSummary | null): string | null {
  if (!Number.isFinite(draft.radius) || draft.radius <= 0) return 'The radius must be above 0 Mpc/h.'
  const half = catalog?.periodic && catalog.boxSize !== null ? shortestSide(catalog.boxSize) / 2 : Infinity
  if (draft.radius > half)
    return `The radius exceeds half the ${typeof catalog?.boxSize === 'number' ? 'box' : "box's shortest side"}; choose at most ${half} Mpc/h.`
  return null
}

/** Why a run cannot start with these whole numbers, as a sentence; null if it can. */
export function numbersProblem({ seed, seeds, threads }: RunConfig): string | null {
  if (!Number.isInteger(seed) || seed < 0) return 'The seed must be a whole number, 0 or more.'
  if (seeds !== undefined && !(Number.isInteger(seeds) && seeds >= 1 && seeds <= 100))
    return 'The number of networks must be from 1 to 100.'
  if (!Number.isInteger(threads) || threads < 1) return 'The number of threads must be a whole number, 1 or more.'
  return null
}
