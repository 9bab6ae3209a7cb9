import type { ComplexityWeights } from './expression.ts'

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
  private readonly told: GuidanceRecord<Guess>[]
  private taken = 0
  private resumed: { promise: Promise<void>; resolve: () => void } | null = null

  constructor(earlier: readonly GuidanceRecord<Guess>[] = []) {
    this.told = [...earlier]
  }

  get records(): readonly GuidanceRecord<Guess>[] {
    return this.told
  }

  pause(): void {
    this.resumed ??= Promise.withResolvers<void>()
  }

  resume(): void {
    this.resumed?.resolve()
    this.resumed = null
  }

  inject(guess: Guess): void {
    this.told.push({ guidance: { guess }, step: null })
  }

  setComplexity(weights: ComplexityWeights): void {
    this.told.push({ guidance: { weights }, step: null })
  }

  /** For a search that goes on from a checkpoint: what its earlier steps took up already. */
  before(step: number): Guidance<Guess>[] {
    const first = this.taken
    while (this.taken < this.told.length && (this.told[this.taken].step ?? Infinity) < step) this.taken++
    return this.told.slice(first, this.taken).map(({ guidance }) => guidance)
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
    const first = this.taken
    while (this.taken < this.told.length) {
      const record = this.told[this.taken]
      if (record.step !== null && record.step > step) break
      this.told[this.taken++] = { ...record, step: record.step ?? step }
    }
    return this.told.slice(first, this.taken).map(({ guidance }) => guidance)
  }
}
