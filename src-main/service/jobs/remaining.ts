/**
 * Seconds over which the pace is averaged: long enough for a steady estimate, short enough to follow a change of step.
 */
const memory = 30
const leastElapsed = 2

/** Estimates the remaining time of a run from the recent pace of its progress. */
export class RemainingTime {
  private lastFraction: number | null = null
  private lastTime = 0
  private startTime = 0
  private pace = 0
  private weight = 0

  /**
   * @param fraction of the whole run, 0..1
   * @param now seconds, by any clock
   * @returns seconds; null before there is enough progress for an estimate
   */
  at(fraction: number, now: number): number | null {
    if (this.lastFraction === null) {
      this.lastFraction = fraction
      this.lastTime = this.startTime = now
      return null
    }
    const elapsed = now - this.lastTime
    // Progress steps back if a step takes longer than estimated; its pace counts again once it passes its earlier
    // value.
    if (elapsed > 0 && fraction >= this.lastFraction) {
      const keep = Math.exp(-elapsed / memory)
      this.pace = this.pace * keep + ((fraction - this.lastFraction) / elapsed) * (1 - keep)
      this.weight = this.weight * keep + (1 - keep)
      this.lastFraction = fraction
      this.lastTime = now
    }
    if (now - this.startTime < leastElapsed || this.pace <= 0) return null
    return ((1 - fraction) * this.weight) / this.pace
  }
}
