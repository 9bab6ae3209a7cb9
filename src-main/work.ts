import { HalolawError } from '../src-shared/errors.ts'

/** Progress of a long operation: `fraction` in [0, 1], and a short line of text. */
export interface Progress {
  fraction: number
  message: string
}

/** Options of every long function. */
export interface WorkOptions {
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
  /** Receives sentences to show once and keep, unlike a progress message, which the next one replaces. */
  onNotice?: (sentence: string) => void
  /** Seed of all randomness in the function. */
  seed?: number
  /** Native threads; default: all cores. */
  threads?: number
}

/** @throws HalolawError `cancelled` if the signal has fired */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new HalolawError('cancelled', 'Cancelled; what was finished is kept.')
}

/** Reports one step of a longer operation as the part of its progress between two fractions. */
export function progressSlice(
  onProgress: WorkOptions['onProgress'],
  from: number,
  to: number
): (progress: Progress) => void {
  return ({ fraction, message }) => onProgress?.({ fraction: from + (to - from) * fraction, message })
}
