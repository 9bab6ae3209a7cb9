import type { CatalogSummary, RunSummary, StepName } from '../../src-shared/contract.ts'

export type StepState = 'waiting' | 'ready' | 'running' | 'paused' | 'done' | 'failed'

export const steps: { name: StepName; label: string }[] = [
  { name: 'catalog', label: 'Catalog' },
  { name: 'graph', label: 'Graph' },
  { name: 'network', label: 'Network' },
  { name: 'formula', label: 'Formula' },
  { name: 'compare', label: 'Compare' }
]

/** The state of each of the five steps, from the catalog and the selected run. */
export function stepStates(catalog: CatalogSummary | null, run: RunSummary | null): Record<StepName, StepState> {
  const states: Record<StepName, StepState> = {
    catalog: catalog ? 'done' : 'ready',
    graph: catalog ? 'ready' : 'waiting',
    network: catalog ? 'ready' : 'waiting',
    formula: 'waiting',
    compare: 'waiting'
  }
  if (!catalog || !run) return states
  const names = steps.map(({ name }) => name)
  const at = run.state === 'done' ? names.length : run.step ? names.indexOf(run.step) : 1
  const here: StepState =
    run.state === 'failed'
      ? 'failed'
      : run.state === 'running'
        ? 'running'
        : run.state === 'queued'
          ? 'ready'
          : 'paused'
  names.forEach((name, index) => {
    if (name === 'catalog') return
    states[name] = index < at ? 'done' : index === at ? here : 'waiting'
  })
  return states
}

/** Whether this run has an active or paused search for formulas, which takes guidance. */
export function isSearching(run: RunSummary | null): boolean {
  return run !== null && (run.state === 'running' || run.state === 'paused') && (run.search ?? null) !== null
}
