import type { ModelId, RunSummary } from '../../src-shared/contract.ts'
import { modelLabel } from '../state/models.ts'

export interface Reference {
  label: string
  /** On the test halos */
  mae: number
}

const worthwhile: readonly ModelId[] = ['simple', 'with-mass', 'invariants']

/**
 * Errors of hand-made models, for comparison with a training curve: the run's, or until it has them those of the newest
 * finished run with the same catalog, target, radius and sets, for which they are the same.
 */
export function referencesFor(run: RunSummary, runs: readonly RunSummary[]): Reference[] {
  const { catalog, target, radius, ood, test } = run.config
  const alike = runs
    .filter(({ config: other }) => other.catalog === catalog && other.target === target && other.radius === radius)
    .filter(({ config: other }) => other.ood === ood && other.test === test)
    .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))
  const result = run.result ?? alike.find((other) => other.result)?.result
  return (result?.models ?? []).flatMap(({ id, mae }) =>
    worthwhile.includes(id) && mae.test !== undefined ? [{ label: modelLabel(id), mae: mae.test }] : []
  )
}
