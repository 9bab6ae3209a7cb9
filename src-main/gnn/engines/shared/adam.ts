/**
 * The part of AdamW (Kingma and Ba 2015; Loshchilov and Hutter 2019) that engines share. Decays are 0.9 and 0.999 rounded to
 * float32, so that the bias corrections match the kernels' float32 moments.
 */
export const beta1 = Math.fround(0.9)
export const beta2 = Math.fround(0.999)
export const epsilon = 1e-8

/** Factors that depend on the step number t, counted from 1. */
export interface StepFactors {
  /** 1 / (1 - beta^t) for the first and second moments, which start at zero */
  correction1: number
  correction2: number
  /** Decay of the moving average at this step */
  averageDecay: number
}

/** @param averageDecay of the settings; 0: no moving average */
export function stepFactors(t: number, averageDecay: number): StepFactors {
  return {
    correction1: 1 / (1 - beta1 ** t),
    correction2: 1 / (1 - beta2 ** t),
    // A smaller decay in early steps lets the average forget the random start.
    averageDecay: averageDecay > 0 ? Math.min(averageDecay, (1 + t) / (10 + t)) : 0
  }
}
