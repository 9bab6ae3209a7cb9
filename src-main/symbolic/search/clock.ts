/** The clock of a time budget: wall time, or processor time of all threads of this process. */
export type ClockKind = 'wall' | 'processor'

/** Milliseconds, the same for every thread of this process. */
export function clockOf(kind: ClockKind): () => number {
  if (kind === 'wall') return Date.now
  return () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
}

/** Share of the time after which no round begins; the rest is for the last refit and rounding. */
const shareOfRounds = 0.95

export interface TimerOptions {
  clock: ClockKind
  /** Reading of the clock in ms */
  startedAt: number
  /** Budget in seconds; Infinity: none */
  limit: number
  /** Seconds that earlier parts of a resumed search took; they do not count against the budget */
  before: number
}

/** Measures the time of a search; pauses do not count. */
export class SearchTimer {
  private readonly now: () => number
  private readonly limit: number
  private readonly before: number
  private started: number

  constructor({ clock, startedAt, limit, before }: TimerOptions) {
    this.now = clockOf(clock)
    this.started = startedAt
    this.limit = limit
    this.before = before
  }

  /** Seconds since this part of the search began */
  get elapsed(): number {
    return (this.now() - this.started) / 1000
  }

  /** Seconds of all parts */
  get total(): number {
    return this.before + this.elapsed
  }

  /** Share of the budget that is used; null without a budget */
  get fraction(): number | null {
    return Number.isFinite(this.limit) ? this.elapsed / this.limit : null
  }

  get isUp(): boolean {
    return this.elapsed >= shareOfRounds * this.limit
  }

  /** Reading of the clock at which rounds end, in ms; null without a budget */
  get deadline(): number | null {
    return Number.isFinite(this.limit) ? this.started + 1000 * shareOfRounds * this.limit : null
  }

  /** Waits without counting the time. */
  async pausedFor<Result>(wait: Promise<Result> | undefined): Promise<Result | undefined> {
    const from = this.now()
    const result = await wait
    this.started += this.now() - from
    return result
  }
}
