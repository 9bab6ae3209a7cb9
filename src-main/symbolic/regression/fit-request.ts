import type { FrontEntry } from '../../../src-shared/contract.ts'
import type { Constraints } from '../constraints/constraints.ts'
import type { Loss } from '../fit/loss.ts'
import type { Symmetry } from '../constraints/symmetry.ts'
import type { SearchWork } from '../search/search.ts'

export interface FitTableRequest {
  /** Name -> one number a row; all of one length. */
  columns: ReadonlyMap<string, ArrayLike<number>>
  target: string
  /** Default: every column but the target. */
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
  /** Times that the loss of a formula counts for each demand it breaks (units, symmetries, limits); default: none may be broken */
  penalty?: number
  /** As readLoss takes it: `mae`, `huber:0.1`, a formula of `prediction` and `target`...; default `mse` */
  loss?: Loss | string
  maxComplexity?: number
  /** Operators by formula, as `gauss(x) = exp(-x^2 / 2)` */
  define?: readonly string[]
  /** Keeps so many variables, those that tell most about the target (select-variables.ts) */
  select?: number
  denoise?: boolean
  /** As readComplexity takes it: `paper` (default), `plain`, or costs such as `exp:3 variable:2` */
  complexity?: string
  /** Variables that are not used though they are in the table */
  forbidden?: readonly string[]
  constraints?: Constraints
  maxDepth?: number
  /** See SearchOptions */
  rounds?: number
  sampleRows?: number
  /** Formulas to begin from, as text */
  guesses?: readonly string[]
  /** Share of the rows that the search does not see and formulas are chosen by; default 0.2. Tables below 40 rows are searched whole. */
  validation?: number
  /** Searches that differ in their seed alone, each with the whole time, to tell how often a form returns; default 1 */
  seeds?: number
}

/** The JSON of `halolaw fit`. */
export interface FitTableResult {
  front: FrontEntry[]
  best: FrontEntry
  /** With several seeds: how many searches there were, and how many of them had a formula of the best's form as their best */
  stability?: { seeds: number; best: number }
  /** Rows that formulas were fitted to in the search, and rows held out for choosing */
  rows: { fitting: number; validation: number }
  evaluations: number
  seconds: number
  /** The search was ended before its time; the front is what it had found by then. */
  interrupted: boolean
  /** Rows left out, columns that say nothing */
  warnings: string[]
}

export interface FitTableWork extends Omit<SearchWork, 'onFront' | 'control'> {
  onFront?: (front: FrontEntry[]) => void
}
