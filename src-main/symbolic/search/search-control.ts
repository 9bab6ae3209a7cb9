import type { ComplexityWeights } from '../language/expression.ts'

/** Guidance for a running search: a formula to try, or new weights of complexity. */
export type Guidance<Guess> = { guess: Guess } | { weights: ComplexityWeights }

/** Guidance with the step before which the search applied it; null: not yet applied. */
export interface GuidanceRecord<Guess> {
  guidance: Guidance<Guess>
  step: number | null
}

/**
 * Pauses a search and sends guidance to it. The search waits and applies guidance between two steps (rounds, or formulas on the
 * graph). The records are plain data: a search that resumes from a checkpoint with the same records applies everything at the
 * same steps again. A control without guidance changes no result.
 */
export class SearchControl<Guess> {
  private readonly guidanceRecords: GuidanceRecord<Guess>[]
  private appliedCount = 0
  private resumed: { promise: Promise<void>; resolve: () => void } | null = null

  private readonly onApplied: () => void

  /** @param onApplied called after new guidance is applied and the records have changed */
  constructor(earlier: readonly GuidanceRecord<Guess>[] = [], onApplied = (): void => {}) {
    this.guidanceRecords = [...earlier]
    this.onApplied = onApplied
  }

  get records(): GuidanceRecord<Guess>[] {
    return [...this.guidanceRecords]
  }

  /** The weights that guidance has set last, if any */
  get weights(): ComplexityWeights | undefined {
    const last = this.guidanceRecords
      .slice(0, this.appliedCount)
      .findLast(({ guidance }) => 'weights' in guidance)?.guidance
    return last && 'weights' in last ? last.weights : undefined
  }

  pause(): void {
    this.resumed ??= Promise.withResolvers<void>()
  }

  resume(): void {
    this.resumed?.resolve()
    this.resumed = null
  }

  inject(guess: Guess): void {
    this.guidanceRecords.push({ guidance: { guess }, step: null })
  }

  setComplexity(weights: ComplexityWeights): void {
    this.guidanceRecords.push({ guidance: { weights }, step: null })
  }

  /** For a search that resumes from a checkpoint: the guidance of its earlier steps. */
  before(step: number): Guidance<Guess>[] {
    const first = this.appliedCount
    while (
      this.appliedCount < this.guidanceRecords.length &&
      (this.guidanceRecords[this.appliedCount].step ?? Infinity) < step
    )
      this.appliedCount++
    return this.guidanceRecords.slice(first, this.appliedCount).map(({ guidance }) => guidance)
  }

  /** Guidance to apply before a step. Waits while the search is paused, until `signal` fires. */
  async due(step: number, signal?: AbortSignal): Promise<Guidance<Guess>[]> {
    if (this.resumed && !signal?.aborted) {
      const cancelled = Promise.withResolvers<void>()
      const wake = (): void => cancelled.resolve()
      signal?.addEventListener('abort', wake, { once: true })
      await Promise.race([this.resumed.promise, cancelled.promise])
      signal?.removeEventListener('abort', wake)
    }
    const first = this.appliedCount
    let news = false
    while (this.appliedCount < this.guidanceRecords.length) {
      const record = this.guidanceRecords[this.appliedCount]
      if (record.step !== null && record.step > step) break
      news ||= record.step === null
      this.guidanceRecords[this.appliedCount++] = { ...record, step: record.step ?? step }
    }
    if (news) this.onApplied()
    return this.guidanceRecords.slice(first, this.appliedCount).map(({ guidance }) => guidance)
  }
}
