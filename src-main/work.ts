import { HalolawError } from '../src-shared/errors.ts'

/** How far a long piece of work has come. `fraction` is in [0, 1]; `message` is a short line for a person. */
export interface Progress {
  fraction: number
  message: string
}

/** What every long function takes beside its data. */
export interface WorkOptions {
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
  /** A sentence that a person should see once and keep, unlike a progress message, which the next one replaces. */
  onNotice?: (sentence: string) => void
  /** Seed of all randomness inside. */
  seed?: number
  /** Native threads; default: all cores. */
  threads?: number
}

/** @throws HalolawError `cancelled` when the signal has fired. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new HalolawError('cancelled', 'Cancelled; what was finished is kept.')
}
