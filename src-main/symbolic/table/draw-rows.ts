import type { Random } from '../../random.ts'

/** Draws `count` different rows of a table in random order; all rows if there are no more. */
export function drawRows(rows: number, count: number, random: Random): Uint32Array {
  if (rows <= 4 * count) {
    const order = new Uint32Array(rows)
    for (let i = 0; i < rows; i++) order[i] = i
    return random.shuffle(order).slice(0, Math.min(rows, count))
  }
  // a small part of a large table: most draws are new
  const picks = new Set<number>()
  while (picks.size < count) picks.add(random.integer(rows))
  return Uint32Array.from(picks)
}
