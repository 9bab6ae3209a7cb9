import type { RunConfig, RunResult, RunState, RunSummary } from '../../src-shared/contract.ts'
import { formatCount, formatDuration, formatNumber } from '../parts/format.ts'

/** A row of a list of facts, as Facts.svelte shows it. */
export interface Fact {
  name: string
  value: string
}

export const runStateLabels: Record<RunState, string> = {
  queued: 'Queued',
  running: 'Running',
  paused: 'Paused',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted'
}

export function canBeResumed({ state }: Pick<RunSummary, 'state'>): boolean {
  return state === 'interrupted' || state === 'paused' || state === 'cancelled'
}

export function canBeDeleted({ state }: Pick<RunSummary, 'state'>): boolean {
  return state !== 'running' && state !== 'queued'
}

/** Mean absolute error of the run's formula on the test halos, else of its network; undefined without a result. */
export function testErrorOf({ result }: Pick<RunSummary, 'result'>): number | undefined {
  const model = result?.models.find(({ id }) => id === 'formula') ?? result?.models.find(({ id }) => id === 'gnn')
  return model?.mae.test
}

/** The settings of a run, for a person. @param engine the engine that trained it, once known */
export function settingsOf(config: RunConfig, catalog: string, engine: string = config.engine): Fact[] {
  return [
    { name: 'Catalog', value: catalog },
    { name: 'Target', value: config.target },
    { name: 'Radius', value: `${formatNumber(config.radius)} Mpc/h` },
    { name: 'Preset', value: config.preset },
    { name: 'Messages', value: config.messages ?? 'preset' },
    { name: 'OOD', value: config.ood ?? 'none' },
    { name: 'Test', value: config.test ?? 'spatial blocks' },
    { name: 'Inputs', value: config.features?.join(', ') ?? 'defaults' },
    { name: 'Engine', value: engine },
    { name: 'Threads', value: String(config.threads) },
    { name: 'Learning rate', value: config.schedule ?? 'cosine' },
    { name: 'Networks', value: String(config.seeds ?? 1) },
    {
      name: 'Largest complexity',
      value: config.maxComplexity === undefined ? 'default' : String(config.maxComplexity)
    },
    { name: 'Ablation', value: config.ablate ? `${config.ablate} networks` : 'none' },
    { name: 'Seed', value: String(config.seed) }
  ]
}

/** Sizes, times and memory of a finished run, for a person. */
export function runCosts({ split, catalog, timings, peakRssMB }: RunResult): Fact[] {
  return [
    { name: 'Train, test, OOD', value: [split.train, split.test, split.ood].map(formatCount).join(', ') },
    { name: 'Edges', value: formatCount(catalog.edges) },
    { name: 'Training', value: formatDuration(timings.train) },
    { name: 'Formula search', value: formatDuration(timings.symbolic + timings.refit) },
    { name: 'Whole run', value: formatDuration(timings.total) },
    { name: 'Peak memory', value: `${formatCount(peakRssMB)} MB` }
  ]
}
