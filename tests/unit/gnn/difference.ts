import { expect } from 'vitest'

/** Largest difference over the largest of the expected: float32 sums leave small elements less sure than large ones. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length)
  let largest = 0
  let size = 0
  for (let n = 0; n < expected.length; n++) {
    const difference = Math.abs(actual[n] - expected[n])
    if (Number.isNaN(difference)) return NaN
    largest = Math.max(largest, difference)
    size = Math.max(size, Math.abs(expected[n]))
  }
  return largest / size
}
