import { native } from '../../native.ts'
import { noUserOperators, type UserOperators } from '../language/user-operators.ts'
import { column, programOf, setConstants, type Genome } from '../language/genome.ts'
import type { Precision } from '../language/native-evaluate.ts'
import { nativeLoss, type Loss, type NativeLoss } from './loss.ts'

/** The best replacement for a place in a formula: slope * entry + intercept. */
export interface LinearMatch {
  entry: number
  score: number
  slope: number
  intercept: number
}

/** coefficient * x1^e1 ... xn^en * |entry + shift|^power; entry -1 means 1. */
export interface PowerMatch {
  entry: number
  score: number
  coefficient: number
  power: number
  /** Added to the entry before the power is taken: -1, 0 or 1 */
  shift: number
  /** -1 where entry + shift is negative in every row */
  sign: number
  /** A second entry with its power; -1: none */
  other: number
  otherPower: number
  otherShift: number
  otherSign: number
  exponents: number[]
}

export interface Matches {
  linear: LinearMatch[]
  /** Sums of two entries; the first carries the intercept */
  pairs: [LinearMatch, LinearMatch][]
  powers: PowerMatch[]
}

/** A node of the formula scale * f + offset */
export interface Place {
  node: number
  scale: number
  offset: number
}

interface SymbolicTable {
  /**
   * Fits constants in place. `settings` (5) holds 1 for an outer scale and offset, iterations, tolerance, bound, and 1 for 32-bit floats;
   * `out` (6) receives the fields of `TableFit` in their order. Both are arrays because a search calls this for every formula that it
   * tries, and C++ reads an array faster than the fields of an object.
   */
  fitConstants(
    code: Int32Array,
    constants: Float64Array,
    parameters: number,
    settings: Float64Array,
    out: Float64Array
  ): void
  addToLibrary(code: Int32Array, constants: Float64Array, parameters: number): boolean
  match(
    code: Int32Array,
    constants: Float64Array,
    parameters: number,
    place: Place,
    top: number
  ): {
    linear: Float64Array
    pairs: Float64Array
    powers: Float64Array
  } | null
}

interface SearchNative {
  SymbolicTable: new (
    columns: Float64Array[],
    target: Float64Array,
    weights: Float64Array | null,
    loss: NativeLoss
  ) => SymbolicTable
}

/** Losses of a formula f with fitted constants: as scale * f + offset, as ratio * f, and as f. */
export interface TableFit {
  scaledLoss: number
  scale: number
  offset: number
  ratioLoss: number
  ratio: number
  plainLoss: number
}

/** Whether a formula f is fitted as f, or as scale * f + offset. */
export type OuterForm = 'plain' | 'scaled'

interface FitSettings {
  precision: Precision
  form: OuterForm
  iterations: number
  tolerance: number
  bound: number
}

/** A table in native memory, to which formulas are fitted. */
export class FitTable {
  readonly variables: number
  readonly rows: number
  /** User operators that fitted formulas may use */
  readonly userOperators: UserOperators
  private readonly table: SymbolicTable
  private readonly settings = new Float64Array(5)
  private readonly out = new Float64Array(6)

  constructor(
    columns: Float64Array[],
    target: Float64Array,
    weights: Float64Array | null,
    loss: Loss,
    userOperators: UserOperators = noUserOperators
  ) {
    this.userOperators = userOperators
    this.variables = columns.length
    this.rows = target.length
    this.table = new (native<SearchNative>().SymbolicTable)(columns, target, weights, nativeLoss(loss))
  }

  /**
   * Fits the genome's constants in place, for the formula as it is (`plain`) or with the best outer scale and offset (`scaled`). With
   * `plain`, a loss above `bound` before the first step counts as infinite, which saves reading every row.
   */
  fit(genome: Genome, form: OuterForm, iterations: number, tolerance: number, bound = Infinity): TableFit {
    return this.fitIn(genome, { precision: 'double', form, iterations, tolerance, bound })
  }

  /**
   * The same in 32-bit floats, to find out whether a formula is worth a full fit. Losses have a relative error of about 1e-6. If floats
   * do not suffice (fits at their rounding error, values out of their range), the result is that of `fit`.
   */
  firstFit(genome: Genome, form: OuterForm, iterations: number, tolerance: number): TableFit {
    return this.fitIn(genome, { precision: 'single', form, iterations, tolerance, bound: Infinity })
  }

  private fitIn(genome: Genome, { precision, form, iterations, tolerance, bound }: FitSettings): TableFit {
    this.settings.set([form === 'scaled' ? 1 : 0, iterations, tolerance, bound, precision === 'single' ? 1 : 0])
    const { code, constants, parameters } = programOf(genome, this.userOperators)
    this.table.fitConstants(code, constants, parameters, this.settings, this.out)
    setConstants(genome, constants)
    const [scaledLoss, scale, offset, ratioLoss, ratio, plainLoss] = this.out
    return { scaledLoss, scale, offset, ratioLoss, ratio, plainLoss }
  }

  /** The loss of the formula with its present constants; Infinity if it is above `bound`. */
  lossOf(genome: Genome, bound = Infinity): number {
    return this.fit(genome, 'plain', 0, 0, bound).plainLoss
  }

  /** Adds a small formula to the library; false when the library contains an equal one, up to scale and offset. */
  addToLibrary(genome: Genome): boolean {
    const { code, constants, parameters } = programOf(genome, this.userOperators)
    return this.table.addToLibrary(code, constants, parameters)
  }

  /** The library entries that fit best at a place in the genome; null if the formula cannot be solved for this place. */
  match(genome: Genome, { node, scale, offset }: Place, top: number): Matches | null {
    const expanded = this.userOperators.place(genome, node)
    if (expanded < 0) return null
    const { code, constants, parameters } = programOf(genome, this.userOperators)
    const matches = this.table.match(code, constants, parameters, { node: expanded, scale, offset }, top)
    if (!matches) return null
    const width = 10 + this.variables
    const pairs = linearMatches(matches.pairs)
    return {
      linear: linearMatches(matches.linear),
      pairs: Array.from({ length: pairs.length / 2 }, (_, k) => [pairs[2 * k], pairs[2 * k + 1]]),
      powers: Array.from({ length: matches.powers.length / width }, (_, k) => {
        const [entry, score, coefficient, power, shift, sign, other, otherPower, otherShift, otherSign, ...exponents] =
          matches.powers.subarray(k * width, (k + 1) * width)
        return { entry, score, coefficient, power, shift, sign, other, otherPower, otherShift, otherSign, exponents }
      })
    }
  }
}

function linearMatches(flat: Float64Array): LinearMatch[] {
  return Array.from({ length: flat.length / 4 }, (_, k) => {
    const [entry, score, slope, intercept] = flat.subarray(4 * k, 4 * k + 4)
    return { entry, score, slope, intercept }
  })
}

/** Predictions this close to the target, as a share of its standard deviation, are exact up to rounding. */
const exactShare = 1e-11

/** The loss below which all differences are rounding error. */
export function lossFloor(target: Float64Array, weights: Float64Array | null, loss: Loss): number {
  let mean = 0
  for (const y of target) mean += y / target.length
  let square = 0
  for (const y of target) square += (y - mean) ** 2 / target.length
  const near = target.map((y) => y + exactShare * Math.sqrt(square))
  const floor = new FitTable([near], target, weights, loss).lossOf(column(0))
  return Number.isFinite(floor) ? Math.max(floor, 1e-300) : 1e-300
}
