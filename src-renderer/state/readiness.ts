import type { CatalogSummary, RunConfig } from '../../src-shared/contract.ts'

/** Why a run with these settings could not start, as a sentence for the place it concerns; null when it can. */
export function radiusProblem(draft: RunConfig, catalog: CatalogSummary | null): string | null {
  if (!Number.isFinite(draft.radius) || draft.radius <= 0) return 'Give a radius above 0 Mpc/h.'
  const half = catalog?.periodic && catalog.boxSize !== null ? catalog.boxSize / 2 : Infinity
  if (draft.radius > half) return `The radius is over half the box; choose at most ${half} Mpc/h.`
  return null
}

/** Whole numbers that the form asks for. */
export function numbersProblem({ seed, seeds, threads }: RunConfig): string | null {
  if (!Number.isInteger(seed) || seed < 0) return 'Give a seed that is a whole number, 0 or more.'
  if (seeds !== undefined && !(Number.isInteger(seeds) && seeds >= 1 && seeds <= 100))
    return 'Give a number of networks from 1 to 100.'
  if (!Number.isInteger(threads) || threads < 1) return 'Give a whole number of threads, 1 or more.'
  return null
}
