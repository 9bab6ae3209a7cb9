import type { FrontEntry, GuessRecord } from '../../src-shared/contract.ts'
import { formatNumber } from '../parts/numbers.ts'

/** What became of a guess, beside the front so far. A law is beaten by one with a smaller error that is not more complex. */
export function guessText(guess: GuessRecord, front: readonly FrontEntry[], paused: boolean): string {
  const { state, loss, complexity } = guess
  if (state === 'failed') return 'not finite on these halos'
  if (state === 'waiting' || loss === null) return paused ? 'waiting until you resume' : 'waiting for its turn'
  const better = front.find((entry) => entry.complexity <= complexity && entry.loss < loss)
  return `error ${formatNumber(loss, 3)}, complexity ${complexity}${better ? `; beaten at ${better.complexity}` : ''}`
}
