import { availableParallelism } from 'node:os'
import type { CatalogSummary, RunConfig } from '../../../src-shared/contract.ts'

/** The paper's radius, Mpc/h */
const defaultRadius = 50

/** What a run is asked when nothing is said: the paper's set-up on this catalog, as far as its box allows. */
export function defaultRunConfig(
  catalog: CatalogSummary | null,
  source: { map: Record<string, string>; boxSize: number | null }
): RunConfig {
  const half = catalog?.periodic && catalog.boxSize !== null ? catalog.boxSize / 2 : Infinity
  return {
    catalog: catalog?.path ?? '',
    map: source.map,
    boxSize: source.boxSize,
    target: likelyTarget(catalog?.columns.map(({ name }) => name) ?? []),
    radius: Math.min(defaultRadius, half),
    ood: null,
    test: null,
    preset: 'standard',
    features: null,
    engine: 'auto',
    seed: 1,
    threads: availableParallelism()
  }
}

/** The paper smooths over 20 Mpc/h; else the first column that sounds like an overdensity. */
function likelyTarget(names: string[]): string {
  const paper = names.find((name) => /^(delta|overdensity)_?20$/i.test(name))
  return paper ?? names.find((name) => /^delta|overdensity/i.test(name)) ?? 'Delta20'
}
