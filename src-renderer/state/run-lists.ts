import type { EpochRecord, RunDetail, RunResult, RunSummary, StepRecord } from '../../src-shared/contract.ts'
import type { Comparison } from './models.ts'

export function newestFirst(runs: readonly RunSummary[]): RunSummary[] {
  return runs.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))
}

/** The runs with one of them replaced, or added. */
export function withRun(runs: readonly RunSummary[], run: RunSummary): RunSummary[] {
  return runs.some(({ id }) => id === run.id)
    ? runs.map((other) => (other.id === run.id ? run : other))
    : newestFirst([run, ...runs])
}

/** The run that occupies the service: at most one runs, waits or is paused. */
export function activeRunOf(runs: readonly RunSummary[]): RunSummary | null {
  return runs.find(({ state }) => state === 'running' || state === 'queued' || state === 'paused') ?? null
}

/** A seed that no run has yet, as an unsigned 32-bit number. */
export function nextSeed(runs: readonly RunSummary[]): number {
  return (1 + Math.max(...runs.map((run) => run.config.seed))) >>> 0
}

/** The history with one more epoch. A run that resumed from a checkpoint replaces the epochs that it repeats. */
export function withEpoch(epochs: readonly EpochRecord[], next: EpochRecord): EpochRecord[] {
  return [...epochs.filter(({ epoch }) => epoch < next.epoch), next]
}

const mostSteps = 2000

/** The losses between epochs with one more; beyond 2000 every second one is dropped. Repeated steps are replaced as in `withEpoch`. */
export function withStep(records: readonly StepRecord[], next: StepRecord): StepRecord[] {
  const before = records.filter(({ epoch }) => epoch < next.epoch)
  return [...(before.length < mostSteps ? before : before.filter((_, n) => n % 2 === 0)), next]
}

/** A run's result, with its hand-measured laws beside its models. */
export function comparisonOf(result: RunResult | null, laws: RunDetail['laws']): Comparison | null {
  return result && { ...result, models: [...result.models, ...laws] }
}
