import type { ScheduleKind } from '../../../src-shared/contract.ts'

/** Learning rate by step; `learningRate` of the configuration is its maximum. */
export type Schedule =
  /** Constant after warm-up */
  | { kind: 'constant' }
  /** After warm-up, half a cosine down to one hundredth (Loshchilov and Hutter 2017) */
  | { kind: 'cosine' }
  /**
   * Rises from 1 / startDivisor of the maximum in the first `rise` of all steps, then falls to 1 / endDivisor of the initial
   * rate, both along half a cosine (Smith and Topin 2019; PyTorch's OneCycleLR). Needs no warm-up.
   */
  | { kind: 'one-cycle'; rise: number; startDivisor: number; endDivisor: number }
  /** After warm-up, multiplied by `factor` after more than `patience` epochs without a better validation error */
  | { kind: 'plateau'; factor: number; patience: number }

/** State of a plateau schedule; other schedules do not change it. */
export interface PlateauState {
  /** Product of all factors so far */
  scale: number
  best: number
  epochsWithoutBetter: number
}

export const plateauStart: PlateauState = { scale: 1, best: Infinity, epochsWithoutBetter: 0 }

/** Relative decrease that counts as a better error, as in PyTorch. */
const leastGain = 1e-4

/** Default settings of each schedule; those of one-cycle are PyTorch's. */
export function scheduleOf(kind: ScheduleKind): Schedule {
  if (kind === 'one-cycle') return { kind, rise: 0.3, startDivisor: 25, endDivisor: 1e4 }
  if (kind === 'plateau') return { kind, factor: 0.5, patience: 3 }
  return { kind }
}

/** The part of GnnConfig that determines the learning rate. */
interface RateConfig {
  schedule: Schedule
  learningRate: number
  warmup: number
}

/** Learning rate of a step, counted from 0 over all epochs. */
export function learningRate(
  config: RateConfig,
  step: number,
  totalSteps: number,
  plateau: PlateauState = plateauStart
): number {
  const { schedule, learningRate: peak } = config
  if (schedule.kind === 'one-cycle') return peak * oneCycle(schedule, step, totalSteps)
  const warm = config.warmup * totalSteps
  const reached = step < warm ? (step + 1) / warm : 1
  if (schedule.kind === 'plateau') return peak * reached * plateau.scale
  if (schedule.kind === 'constant' || reached < 1 || step < warm) return peak * reached
  return peak * between(1, 0.01, Math.min(1, (step - warm) / Math.max(1, totalSteps - warm)))
}

/** The schedule's state after an epoch. @param error validation error, or training loss without validation halos */
export function afterEpoch(schedule: Schedule, state: PlateauState, error: number): PlateauState {
  if (schedule.kind !== 'plateau') return state
  if (error < state.best * (1 - leastGain) || state.best === Infinity)
    return { ...state, best: error, epochsWithoutBetter: 0 }
  const epochsWithoutBetter = state.epochsWithoutBetter + 1
  return epochsWithoutBetter > schedule.patience
    ? { ...state, scale: state.scale * schedule.factor, epochsWithoutBetter: 0 }
    : { ...state, epochsWithoutBetter }
}

/** Describes what is invalid in a schedule's settings; null if they are valid. */
export function scheduleProblem(schedule: Schedule): string | null {
  const { kind } = schedule
  if (!['constant', 'cosine', 'one-cycle', 'plateau'].includes(kind))
    return 'schedule must be constant, cosine, one-cycle or plateau'
  if (schedule.kind === 'one-cycle') {
    if (!(schedule.rise > 0 && schedule.rise < 1)) return "the one-cycle schedule's rise must be between 0 and 1"
    if (!(schedule.startDivisor >= 1 && schedule.endDivisor >= 1))
      return "the one-cycle schedule's divisors must be 1 or more"
  }
  if (schedule.kind === 'plateau') {
    if (!(schedule.factor > 0 && schedule.factor < 1)) return "the plateau schedule's factor must be between 0 and 1"
    if (!(Number.isInteger(schedule.patience) && schedule.patience >= 0))
      return "the plateau schedule's patience must be 0 or a positive whole number"
  }
  return null
}

function oneCycle(
  { rise, startDivisor, endDivisor }: Extract<Schedule, { kind: 'one-cycle' }>,
  step: number,
  totalSteps: number
): number {
  const start = 1 / startDivisor
  const top = rise * totalSteps - 1
  if (step <= top) return between(start, 1, top > 0 ? step / top : 1)
  return between(1, start / endDivisor, Math.min(1, (step - top) / Math.max(1e-9, totalSteps - 1 - top)))
}

/** Interpolates between two values along half a cosine. */
function between(from: number, to: number, share: number): number {
  return to + (from - to) * 0.5 * (1 + Math.cos(Math.PI * share))
}
