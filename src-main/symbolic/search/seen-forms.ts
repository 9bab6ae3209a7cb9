import { packNumbers, unpackNumbers } from './search-checkpoint.ts'

/** The most forms remembered; beyond that all are forgotten and may be fitted again. */
const capacity = 200_000

/** The forms that a thread has fitted, each as a hash of 53 bits. */
export class SeenForms {
  private readonly hashes = new Set<number>()

  /** Adds a form; false if it was already present. */
  add(form: string): boolean {
    const hash = hashForm(form)
    if (this.hashes.has(hash)) return false
    if (this.hashes.size > capacity) this.hashes.clear()
    this.hashes.add(hash)
    return true
  }

  /** The hashes as a checkpoint stores them. */
  state(): string {
    return packNumbers(this.hashes)
  }

  restore(state: string): void {
    for (const hash of unpackNumbers(state)) this.hashes.add(hash)
  }
}

/** Two 32-bit multiplicative hashes, of which 53 bits remain. */
function hashForm(text: string): number {
  let [low, high] = [0x9e3779b9, 0x85ebca6b]
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    low = Math.imul(low ^ code, 0x9e3779b1)
    high = Math.imul(high ^ code, 0x5f356495)
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35)
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0)
}
