import type { EpochRecord, StepRecord } from '../../src-shared/contract.ts'

/** Index of the epoch with the least validation error; -1 when there is none. */
export function bestEpoch(epochs: readonly EpochRecord[]): number {
  let best = -1
  epochs.forEach(({ validationMae }, index) => {
    if (Number.isFinite(validationMae) && (best < 0 || validationMae < epochs[best].validationMae)) best = index
  })
  return best
}

const mostSteps = 2000

/** The losses between epochs with one more; a run that went back to a checkpoint drops what it does again. Every other one is let go when there are too many. */
export function withStep(records: readonly StepRecord[], next: StepRecord): StepRecord[] {
  const before = records.filter(({ epoch }) => epoch < next.epoch)
  return [...(before.length < mostSteps ? before : before.filter((_, n) => n % 2 === 0)), next]
}

export interface Component {
  /** Position in the message, from 0 */
  index: number
  std: number
  /** Share of the summed variance of all components */
  share: number
}

/** Message components by their standard deviation, largest first. */
export function rankComponents(std: readonly number[]): Component[] {
  const total = std.reduce((sum, value) => sum + value * value, 0)
  return std
    .map((value, index) => ({ index, std: value, share: total > 0 ? (value * value) / total : 0 }))
    .sort((a, b) => b.std - a.std || a.index - b.index)
}

/**
 * How many components carry a message: the inverse participation ratio of their variances, (sum v)^2 / sum v^2. One
 * dominant component gives 1, D equal ones give D.
 */
export function effectiveComponents(std: readonly number[]): number {
  const variances = std.map((value) => value * value)
  const sum = variances.reduce((total, value) => total + value, 0)
  const squares = variances.reduce((total, value) => total + value * value, 0)
  return squares > 0 ? (sum * sum) / squares : 0
}
