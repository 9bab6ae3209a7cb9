import { availableParallelism } from 'node:os'
import { shortestSide } from '../../../src-shared/contract/box.ts'
import type { BoxSize } from '../../../src-shared/contract/box.ts'
import type { CatalogSummary, RunConfig } from '../../../src-shared/contract.ts'
import { likelyTarget, paperRadius } from './method.ts'

/** The default configuration of a run: the paper's set-up on this catalog, as far as its box allows. */
export function defaultRunConfig(
  catalog: CatalogSummary | null,
  source: { map: Record<string, string>; boxSize: BoxSize | null }
): RunConfig {
  const half = catalog?.periodic && catalog.boxSize !== null ? shortestSide(catalog.boxSize) / 2 : Infinity
  return {
    catalog: catalog?.path ?? '',
    map: source.map,
    boxSize: source.boxSize,
    target: likelyTarget(catalog?.columns.map(({ name }) => name) ?? []),
    radius: Math.min(paperRadius, half),
    ood: null,
    test: null,
    preset: 'standard',
    features: null,
    engine: 'auto',
    seed: 1,
    threads: availableParallelism()
  }
}
