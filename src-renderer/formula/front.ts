import type { FrontEntry } from '../../src-shared/contract.ts'

/** A law as its card shows it */
export type LawEntry = Pick<FrontEntry, 'complexity' | 'text' | 'latex'>

/** A law that is marked on the front */
export interface FrontMark {
  complexity: number
  /** Where it is drawn if the front has no law of its complexity */
  loss: number
  /** Label beside it */
  word: string
  /** Why it is marked, as sentences; empty: nothing to say */
  note: string
}

/** Marks at one place of a plot or list */
export interface PlacedMark extends FrontMark {
  /** The entry that it marks; -1: none, it lies off the front */
  index: number
}

/** The marks on their entries; several on one entry are one with all their words. */
export function placeMarks(entries: readonly FrontEntry[], marks: readonly FrontMark[]): PlacedMark[] {
  const placed = new Map<number, PlacedMark>()
  for (const mark of marks) {
    const same = placed.get(mark.complexity)
    const index = entries.findIndex(({ complexity }) => complexity === mark.complexity)
    placed.set(mark.complexity, {
      complexity: mark.complexity,
      loss: entries[index]?.loss ?? mark.loss,
      word: same ? `${same.word}, ${mark.word}` : mark.word,
      note: [same?.note ?? '', mark.note].filter((note) => note !== '').join(' '),
      index
    })
  }
  return [...placed.values()].sort((a, b) => a.complexity - b.complexity)
}

/**
 * Index of the entry with the steepest fall of the loss, -dlog(loss)/dcomplexity: the choice of Cranmer et al. 2020. The first
 * entry has no fall and counts only if it is the only one. -1 for an empty front.
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
    // An exact law has loss 0; the smallest float keeps its score finite.
    const fall = Math.log(Math.max(before.loss, Number.MIN_VALUE)) - Math.log(Math.max(entry.loss, Number.MIN_VALUE))
    return fall / (entry.complexity - before.complexity)
  })
}

/** The entries that no other beats in both complexity and loss, in order of complexity. */
export function paretoFront(entries: readonly FrontEntry[]): FrontEntry[] {
  const front: FrontEntry[] = []
  for (const entry of entries.toSorted((a, b) => a.complexity - b.complexity || a.loss - b.loss))
    if (front.length === 0 || entry.loss < front[front.length - 1].loss) front.push(entry)
  return front
}

/** Corners of the front drawn as a staircase: each entry's loss holds until the next entry's complexity. */
export function staircase(entries: readonly FrontEntry[], until: number): [complexity: number, loss: number][] {
  return entries.flatMap((entry, index): [number, number][] => [
    [entry.complexity, entry.loss],
    [entries[index + 1]?.complexity ?? until, entry.loss]
  ])
}
