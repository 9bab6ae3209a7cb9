/**
 * AdamW (Kingma and Ba 2015; Loshchilov and Hutter 2019), as far as engines share it. Decays are what float32 holds of 0.9 and
 * 0.999, so that corrections fit the moments that kernels keep in float32.
 */
export const beta1 = Math.fround(0.9)
export const beta2 = Math.fround(0.999)
export const epsilon = 1e-8

/** What depends on the number of the step, 1 being the first. */
export interface StepFactors {
  /** 1 / (1 - beta^t): first and second moments begin at zero, and this makes up for it */
  correction1: number
  correction2: number
  /** Share of the moving average that stays */
  averageDecay: number
}

/** @param averageDecay as asked for; 0: no moving average */
export function stepFactors(t: number, averageDecay: number): StepFactors {
  return {
    correction1: 1 / (1 - beta1 ** t),
    correction2: 1 / (1 - beta2 ** t),
    // A young average follows the weights closely, so that it forgets the random start.
    averageDecay: averageDecay > 0 ? Math.min(averageDecay, (1 + t) / (10 + t)) : 0
  }
}
