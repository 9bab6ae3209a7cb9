import { printText } from '../../symbolic/index.ts'
import { lawConstants, withLawConstants } from '../graph-law.ts'
import type { GraphLaw } from '../graph-law.ts'

/** A formula with its constants fitted, and the error that is left. */
export interface LawFit {
  formula: GraphLaw
  loss: number
}

/** Refits the constants from the values in the formula; null where it cannot be fitted (poles, not finite). */
export type FitLaw = (formula: GraphLaw) => Promise<LawFit | null>

/** A journal as plain data: for each formula fitted its shape and start, the loss (NaN: it cannot be fitted) and its constants, all of them end to end. */
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

/** The shape, and a hash (FNV-1a, 64 bits) of the constants that a fit starts from: what it comes to follows from these. */
function keyOf(formula: GraphLaw): string {
  const bytes = new Uint8Array(Float64Array.from(lawConstants(formula), ({ value }) => value).buffer)
  let hash = 0xcbf29ce484222325n
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return `${lawShapeOf(formula)} @ ${hash.toString(36)}`
}

/**
 * Remembers what each formula came to when it was fitted. A search whose every step follows from its seed and from
 * the fits before needs no other checkpoint: begun anew on its journal, it comes to where it was at once, and goes on.
 */
export class FitJournal {
  private readonly known = new Map<string, LawFit | null>()
  private readonly earlier = new Map<string, { loss: number; constants: Float64Array }>()
  private readonly fitAnew: FitLaw

  constructor(fit: FitLaw, earlier?: FitRecords) {
    this.fitAnew = fit
    let start = 0
    earlier?.shapes.forEach((shape, k) => {
      const constants = earlier.constants.subarray(start, (start += earlier.counts[k]))
      this.earlier.set(shape, { loss: earlier.losses[k], constants })
    })
  }

  /** As the fit that it was made with, but what was fitted before from the same constants is not fitted again. */
  readonly fit: FitLaw = async (formula) => {
    const key = keyOf(formula)
    const known = this.known.get(key)
    if (known !== undefined) return known
    const earlier = this.earlier.get(key)
    const fitted = earlier ? restored(formula, earlier) : await this.fitAnew(formula)
    this.known.set(key, fitted)
    this.earlier.delete(key)
    return fitted
  }

  records(): FitRecords {
    const fits = [...this.known].map(([shape, fitted]) => ({
      shape,
      loss: fitted?.loss ?? NaN,
      constants: fitted ? lawConstants(fitted.formula).map(({ value }) => value) : []
    }))
    // A resumed search that is killed again before it has caught up forgets nothing.
    for (const [shape, { loss, constants }] of this.earlier) fits.push({ shape, loss, constants: [...constants] })
    return {
      shapes: fits.map(({ shape }) => shape),
      losses: Float64Array.from(fits, ({ loss }) => loss),
      counts: Uint32Array.from(fits, ({ constants }) => constants.length),
      constants: Float64Array.from(fits.flatMap(({ constants }) => constants))
    }
  }
}

function restored(formula: GraphLaw, { loss, constants }: { loss: number; constants: Float64Array }): LawFit | null {
  if (Number.isNaN(loss)) return null
  const values = new Map(lawConstants(formula).map(({ name }, p) => [name, constants[p]]))
  return { formula: withLawConstants(formula, values), loss }
}
