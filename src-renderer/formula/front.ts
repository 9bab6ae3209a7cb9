import type { FrontEntry } from '../../src-shared/contract.ts'

/**
 * Where the loss falls most steeply, -dlog(loss)/dcomplexity: the choice of Cranmer et al. 2020. The first entry has no step
 * before it and is taken only when it stands alone. -1 for an empty front.
 */
export function steepestIndex(entries: readonly FrontEntry[]): number {
  if (entries.length < 2) return entries.length - 1
  const scores = frontScores(entries)
  let best = 1
  for (let index = 2; index < scores.length; index++) if (scores[index] > scores[best]) best = index
  return best
}

/** -dlog(loss)/dcomplexity from the entry before, entries in order of complexity; 0 for the first. */
export function frontScores(entries: readonly FrontEntry[]): number[] {
  return entries.map((entry, index) => {
    const before = entries[index - 1]
    if (!before || entry.complexity <= before.complexity) return 0
    // A loss of nought is an exact law; the smallest float keeps its score finite.
    const fall = Math.log(Math.max(before.loss, Number.MIN_VALUE)) - Math.log(Math.max(entry.loss, Number.MIN_VALUE))
    return fall / (entry.complexity - before.complexity)
  })
}

/** Entries in order of complexity, without those that another beats in both complexity and loss. */
export function paretoFront(entries: readonly FrontEntry[]): FrontEntry[] {
  const front: FrontEntry[] = []
  for (const entry of entries.toSorted((a, b) => a.complexity - b.complexity || a.loss - b.loss))
    if (front.length === 0 || entry.loss < front[front.length - 1].loss) front.push(entry)
  return front
}

/** The staircase below which nothing was found yet: from each entry on, its loss is the best until the next. */
export function staircase(entries: readonly FrontEntry[], until: number): [complexity: number, loss: number][] {
  return entries.flatMap((entry, index): [number, number][] => [
    [entry.complexity, entry.loss],
    [entries[index + 1]?.complexity ?? until, entry.loss]
  ])
}
