/** Seconds over which the pace is averaged: long enough to be calm, short enough to follow a change of step. */
const memory = 30
const leastElapsed = 2

/** How long a run still needs, from the pace of its progress of late. */
export class RemainingTime {
  private lastFraction: number | null = null
  private lastTime = 0
  private begun = 0
  private pace = 0
  private weight = 0

  /**
   * @param fraction of the whole run, 0..1
   * @param now seconds, of any clock
   * @returns seconds; null while there is too little to judge by
   */
  at(fraction: number, now: number): number | null {
    if (this.lastFraction === null) {
      this.lastFraction = fraction
      this.lastTime = this.begun = now
      return null
    }
    const elapsed = now - this.lastTime
    // A step that turns out longer than it seemed goes back a little: its pace counts again once it has caught up.
    if (elapsed > 0 && fraction >= this.lastFraction) {
      const keep = Math.exp(-elapsed / memory)
      this.pace = this.pace * keep + ((fraction - this.lastFraction) / elapsed) * (1 - keep)
      this.weight = this.weight * keep + (1 - keep)
      this.lastFraction = fraction
      this.lastTime = now
    }
    if (now - this.begun < leastElapsed || this.pace <= 0) return null
    return ((1 - fraction) * this.weight) / this.pace
  }
}
