import type { EpochRecord } from '../../src-shared/contract.ts'

/** Index of the epoch with the least validation error; -1 when there is none. */
export function bestEpoch(epochs: readonly EpochRecord[]): number {
  let best = -1
  epochs.forEach(({ validationMae }, index) => {
    if (Number.isFinite(validationMae) && (best < 0 || validationMae < epochs[best].validationMae)) best = index
  })
  return best
}

/** How a component's size is measured: by its standard deviation over edges, or with variational messages by its divergence from N(0, 1) */
export type Measure = 'std' | 'kl'

/** Divergence if the epochs have one, because it measures the information in a variational component; else standard deviation. */
export function measureOf(epochs: readonly EpochRecord[]): Measure {
  return epochs.some(({ messageKl }) => messageKl !== undefined) ? 'kl' : 'std'
}

export function spectrumOf(record: EpochRecord, measure: Measure): readonly number[] {
  return measure === 'kl' ? (record.messageKl ?? []) : record.messageStd
}

/** How much a component contributes: its variance, or its divergence */
const amountOf = (size: number, measure: Measure): number => (measure === 'kl' ? Math.max(0, size) : size * size)

export interface Component {
  /** Position in the message, from 0 */
  index: number
  size: number
  /** Share of the contributions of all components */
  share: number
}

/** Message components by size, largest first. */
export function rankComponents(sizes: readonly number[], measure: Measure = 'std'): Component[] {
  const total = sizes.reduce((sum, size) => sum + amountOf(size, measure), 0)
  return sizes
    .map((size, index) => ({ index, size, share: total > 0 ? amountOf(size, measure) / total : 0 }))
    .sort((a, b) => b.size - a.size || a.index - b.index)
}

/**
 * How many components carry a message: the inverse participation ratio of their contributions, (sum v)^2 / sum v^2. One
 * dominant component gives 1, D equal ones give D.
 */
export function effectiveComponents(sizes: readonly number[], measure: Measure = 'std'): number {
  const amounts = sizes.map((size) => amountOf(size, measure))
  const sum = amounts.reduce((total, value) => total + value, 0)
  const squares = amounts.reduce((total, value) => total + value * value, 0)
  return squares > 0 ? (sum * sum) / squares : 0
}
