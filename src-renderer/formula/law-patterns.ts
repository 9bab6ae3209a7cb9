import type { LawList, LawOrder } from '../../src-shared/contract.ts'

/** A pattern narrowed to the laws with a building block such as `tanh(r)`, or to those without it. */
export function withBlock(pattern: string, block: string, having: 'with' | 'without' = 'with'): string {
  const part = `${having === 'without' ? 'not ' : ''}has ${block}`
  const before = pattern.trim()
  if (before === '' || before === part) return part
  if (before.endsWith(` and ${part}`) || before.startsWith(`${part} and `) || before.includes(` and ${part} and `))
    return before
  return `${/\bor\b/.test(before) ? `(${before})` : before} and ${part}`
}

export interface BlockCount {
  block: string
  laws: number
  /** Whether some matching law is without it, so that it can narrow the list */
  narrows: boolean
}

/** Building blocks of the matching laws, the most frequent first; those that every law has are last. */
export function blockCounts({ blocks, matches }: Pick<LawList, 'blocks' | 'matches'>): BlockCount[] {
  return Object.entries(blocks)
    .map(([block, laws]) => ({ block, laws, narrows: laws < matches }))
    .sort((a, b) => Number(b.narrows) - Number(a.narrows) || b.laws - a.laws || a.block.localeCompare(b.block))
}

/** The order after a press on a column's heading: ascending, then descending, then as it was at first. */
export function nextOrder(order: LawOrder | null, by: LawOrder['by']): LawOrder | null {
  if (order?.by !== by) return { by, direction: 'ascending' }
  return order.direction === 'ascending' ? { by, direction: 'descending' } : null
}
