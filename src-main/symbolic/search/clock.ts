/** What a budget of time counts: seconds that pass, or the processor's, of all threads of this process together. */
export type ClockKind = 'wall' | 'processor'

/** Milliseconds, the same for every thread of this process. */
export function clockOf(kind: ClockKind): () => number {
  if (kind === 'wall') return Date.now
  return () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
}
