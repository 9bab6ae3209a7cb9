import type { ComplexityWeights } from '../language/expression.ts'

/** What a search is told while it works: a formula to try, or what operators, variables and constants cost from now on. */
export type Guidance<Guess> = { guess: Guess } | { weights: ComplexityWeights }

/** With the step at which the search took it up; null: not yet. */
export interface GuidanceRecord<Guess> {
  guidance: Guidance<Guess>
  step: number | null
}

/**
 * Steers a search while it works. The search looks here between two steps (rounds, formulas): it waits while it is paused,
 * and takes up what it was told. Its records are plain data; with those of a search that was killed, the search that goes
 * on from its checkpoint takes everything up at the same steps again. A control that is not used changes nothing.
 */
export class SearchControl<Guess> {
  private readonly guidanceRecords: GuidanceRecord<Guess>[]
  private appliedCount = 0
  private resumed: { promise: Promise<void>; resolve: () => void } | null = null

  private readonly onApplied: () => void

  /** @param onTaken called when something new was taken up, and the records have changed */
  constructor(earlier: readonly GuidanceRecord<Guess>[] = [], onTaken = (): void => {}) {
    this.guidanceRecords = [...earlier]
    this.onApplied = onTaken
  }

  get records(): GuidanceRecord<Guess>[] {
    return [...this.guidanceRecords]
  }

  /** Those that the search goes by now, if it was told any. */
  get weights(): ComplexityWeights | undefined {
    const told = this.guidanceRecords
      .slice(0, this.appliedCount)
      .findLast(({ guidance }) => 'weights' in guidance)?.guidance
    return told && 'weights' in told ? told.weights : undefined
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

  /** For a search that goes on from a checkpoint: what its earlier steps took up already. */
  before(step: number): Guidance<Guess>[] {
    const first = this.appliedCount
    while (
      this.appliedCount < this.guidanceRecords.length &&
      (this.guidanceRecords[this.appliedCount].step ?? Infinity) < step
    )
      this.appliedCount++
    return this.guidanceRecords.slice(first, this.appliedCount).map(({ guidance }) => guidance)
  }

  /** For the search, before each step: what to take up now. Returns at once when paused and cancelled. */
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
