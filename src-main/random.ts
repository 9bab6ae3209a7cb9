/** Plain data from which a generator continues. */
export interface RandomState {
  words: [number, number, number, number]
  spareNormal: number | null
}

/**
 * The one seeded generator: xoshiro128** (Blackman and Vigna 2018), seeded by splitmix32. Passed along, never global.
 */
export class Random {
  private s0: number
  private s1: number
  private s2: number
  private s3: number
  private spareNormal: number | null = null

  constructor(seed: number) {
    let z = seed >>> 0
    const next = (): number => {
      z = (z + 0x9e3779b9) >>> 0
      let t = z ^ (z >>> 16)
      t = Math.imul(t, 0x21f0aaad)
      t ^= t >>> 15
      t = Math.imul(t, 0x735a2d97)
      return (t ^ (t >>> 15)) >>> 0
    }
    this.s0 = next()
    this.s1 = next()
    this.s2 = next()
    this.s3 = next()
  }

  get state(): RandomState {
    const unsigned = (word: number): number => word >>> 0
    return {
      words: [unsigned(this.s0), unsigned(this.s1), unsigned(this.s2), unsigned(this.s3)],
      spareNormal: this.spareNormal
    }
  }

  set state({ words, spareNormal }: RandomState) {
    ;[this.s0, this.s1, this.s2, this.s3] = words.map((word) => word | 0)
    this.spareNormal = spareNormal
  }

  /** Uniform 32-bit unsigned integer. */
  uint32(): number {
    const x = Math.imul(this.s1, 5)
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0
    const t = this.s1 << 9
    this.s2 ^= this.s0
    this.s3 ^= this.s1
    this.s1 ^= this.s2
    this.s0 ^= this.s3
    this.s2 ^= t
    this.s3 = (this.s3 << 11) | (this.s3 >>> 21)
    return result
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    return (this.uint32() * 2 ** 21 + (this.uint32() >>> 11)) / 2 ** 53
  }

  /** Uniform integer in [0, n). */
  integer(n: number): number {
    return Math.floor(this.uniform() * n)
  }

  /** Standard normal (polar method). */
  normal(): number {
    if (this.spareNormal !== null) {
      const value = this.spareNormal
      this.spareNormal = null
      return value
    }
    for (;;) {
      const u = 2 * this.uniform() - 1
      const v = 2 * this.uniform() - 1
      const s = u * u + v * v
      if (s > 0 && s < 1) {
        const scale = Math.sqrt((-2 * Math.log(s)) / s)
        this.spareNormal = v * scale
        return u * scale
      }
    }
  }

  /** Shuffles in place (Fisher-Yates) and returns the same array. */
  shuffle<T extends Uint32Array | unknown[]>(values: T): T {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.integer(i + 1)
      const swap = values[i]
      values[i] = values[j]
      values[j] = swap
    }
    return values
  }

  /** An independent generator for a named or numbered part of the work. */
  fork(stream: number): Random {
    return new Random((this.uint32() ^ Math.imul(stream + 1, 0x9e3779b1)) >>> 0)
  }
}
