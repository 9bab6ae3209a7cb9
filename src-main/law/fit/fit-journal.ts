import { printText } from '../../symbolic/index.ts'
import { fittedLaw, lawConstants, withLawConstants } from '../graph-law.ts'
import type { FittedLaw, GraphLaw } from '../graph-law.ts'

/**
 * Fits the constants of a law, from their present values; null where the law cannot be fitted (poles, not finite).
 * @param goal a fit that will not reach this mean absolute error may end early
 */
export type FitLaw = (law: GraphLaw, goal?: number) => Promise<FittedLaw | null>

/**
 * A journal as plain data: for each law its shape and start, the loss (NaN: it cannot be fitted) and its constants. One
 * array holds the constants of all laws, end to end.
 */
export interface FitRecords {
  shapes: string[]
  losses: Float64Array
  /** How many constants each has */
  counts: Uint32Array
  constants: Float64Array
}

/** Node and messages without the values of their constants. */
export function lawShapeOf(formula: GraphLaw): string {
  return [formula.node, ...formula.messages].map((part) => printText(part, { constants: 'names' })).join(' | ')
}

/** The shape and a hash (FNV-1a, 64 bits) of the goal and the constants that a fit starts from: these determine its result. */
function keyOf(formula: GraphLaw, goal: number | undefined): string {
  const numbers = [...(goal === undefined ? [] : [goal]), ...lawConstants(formula).map(({ value }) => value)]
  const bytes = new Uint8Array(Float64Array.from(numbers).buffer)
  let hash = 0xcbf29ce484222325n
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return `${lawShapeOf(formula)} @ ${hash.toString(36)}`
}

/**
 * Records the fit of each law. Every step of a search follows from its seed and the fits before, so the search needs no
 * other checkpoint: replaying the journal with the same seed restores its state.
 */
export class FitJournal {
  private readonly known = new Map<string, FittedLaw | null>()
  private readonly earlier = new Map<string, { loss: number; constants: Float64Array }>()
  private readonly fitNew: FitLaw

  constructor(fit: FitLaw, earlier?: FitRecords) {
    this.fitNew = fit
    let start = 0
    earlier?.shapes.forEach((shape, k) => {
      const constants = earlier.constants.subarray(start, (start += earlier.counts[k]))
      this.earlier.set(shape, { loss: earlier.losses[k], constants })
    })
  }

  /** Fits a law, or returns the recorded fit from the same constants. */
  readonly fit: FitLaw = async (formula, goal) => {
    const key = keyOf(formula, goal)
    const known = this.known.get(key)
    if (known !== undefined) return known
    const earlier = this.earlier.get(key)
    const fitted = earlier && fits(formula, earlier) ? restored(formula, earlier) : await this.fitNew(formula, goal)
    this.known.set(key, fitted)
    this.earlier.delete(key)
    return fitted
  }

  records(): FitRecords {
    const fits = [...this.known].map(([shape, fitted]) => ({
      shape,
      loss: fitted?.trainMae ?? NaN,
      constants: fitted ? fitted.constants.map(({ value }) => value) : []
    }))
    // If a resumed search is killed again during its replay, the rest of the journal is kept.
    for (const [shape, { loss, constants }] of this.earlier) fits.push({ shape, loss, constants: [...constants] })
    return {
      shapes: fits.map(({ shape }) => shape),
      losses: Float64Array.from(fits, ({ loss }) => loss),
      counts: Uint32Array.from(fits, ({ constants }) => constants.length),
      constants: Float64Array.from(fits.flatMap(({ constants }) => constants))
    }
  }
}

/** A record with another number of constants than the law has is damaged: the law is fitted again. */
function fits(formula: GraphLaw, { loss, constants }: { loss: number; constants: Float64Array }): boolean {
  return Number.isNaN(loss) || constants.length === lawConstants(formula).length
}

function restored(formula: GraphLaw, { loss, constants }: { loss: number; constants: Float64Array }): FittedLaw | null {
  if (Number.isNaN(loss)) return null
  const values = new Map(lawConstants(formula).map(({ name }, p) => [name, constants[p]]))
  return fittedLaw(withLawConstants(formula, values), loss)
}
