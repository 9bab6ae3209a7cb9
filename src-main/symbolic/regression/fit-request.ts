import type { FrontEntry } from '../../../src-shared/contract.ts'
import type { Constraints } from '../constraints/constraints.ts'
import type { Loss } from '../fit/loss.ts'
import type { Symmetry } from '../constraints/symmetry.ts'
import type { SearchWork } from '../search/search.ts'

export interface FitTableRequest {
  /** Name -> one number for each row; all of the same length. */
  columns: ReadonlyMap<string, ArrayLike<number>>
  target: string
  /** Default: every column except the target. */
  variables?: readonly string[]
  /** Column of weights */
  weights?: string
  /** Seconds; default 60 */
  time?: number
  /** Operators by name, as in `+ - * / ^ exp log`; default: the search's. */
  operators?: readonly string[]
  /** Units of columns and target, e.g. `{ m: 'kg', v: 'm/s' }`; those not named fit anywhere. */
  units?: Readonly<Record<string, string>>
  /** Whether constants may carry any unit (default) or are plain numbers */
  unitsOfConstants?: 'any' | 'plain'
  symmetries?: readonly Symmetry[]
  /** As `readLimit` reads them: `r -> inf: 0` */
  limits?: readonly string[]
  /** The law's structure, as `readTemplate` reads it: `f(r) * g(m_i) + c` */
  template?: string
  /** Factor on the loss of a formula for each violation of units, symmetries or limits; default: violations are forbidden */
  penalty?: number
  /** As readLoss reads it: `mae`, `huber:0.1`, a formula of `prediction` and `target`...; default `mse` */
  loss?: Loss | string
  maxComplexity?: number
  /** Operators by formula, as `gauss(x) = exp(-x^2 / 2)` */
  define?: readonly string[]
  /** Selects this many variables: those that say most about the target (select-variables.ts) */
  select?: number
  denoise?: boolean
  /** As readComplexity reads it: `paper` (default), `plain`, or costs such as `exp:3 variable:2` */
  complexity?: string
  /** Columns of the table that are not used as variables */
  forbidden?: readonly string[]
  constraints?: Constraints
  maxDepth?: number
  /** See SearchOptions */
  rounds?: number
  sampleRows?: number
  /** Formulas to begin from, as text */
  guesses?: readonly string[]
  /**
   * Share of validation rows, which choose among the formulas and which the search does not see; default 0.2. Tables with fewer than 40
   * rows have none.
   */
  validation?: number
  /** Number of searches that differ only in their seed, each with the full time, to measure how often a form returns; default 1 */
  seeds?: number
}

/** The JSON of `halolaw fit`. */
export interface FitTableResult {
  front: FrontEntry[]
  best: FrontEntry
  /** With several seeds: the number of searches, and in how many of them the best formula had the form of `best` */
  stability?: { seeds: number; best: number }
  /** Rows that the search fits to, and validation rows */
  rows: { fitting: number; validation: number }
  evaluations: number
  seconds: number
  /** The search ended early; the front contains the formulas found so far. */
  interrupted: boolean
  /** Rows and columns that were left out */
  warnings: string[]
}

export interface FitTableWork extends Omit<SearchWork, 'onFront' | 'control'> {
  onFront?: (front: FrontEntry[]) => void
}
