import type { ClockKind } from './clock.ts'
import type { ComplexityWeights, Expression, Operator } from '../language/expression.ts'
import type { Constraints } from '../constraints/constraints.ts'
import type { Loss } from '../fit/loss.ts'
import type { UserOperator } from '../language/user-operators.ts'
import type { Limit } from '../constraints/limits.ts'
import type { Symmetry } from '../constraints/symmetry.ts'
import type { Template } from '../template/template.ts'
import type { UnitSystem } from '../constraints/units.ts'

/** A table to search a law for. Columns are as long as the target; NaN is not allowed here (fitTable leaves such rows out). */
export interface SearchProblem {
  variables: { name: string; values: Float64Array }[]
  target: Float64Array
  /** One weight a row; default: all alike. */
  weights?: Float64Array
  /** With it, only formulas whose units agree are looked at; constants may carry any unit. */
  units?: UnitSystem
  /** How the law answers when variables trade places or change sign. */
  symmetries?: readonly Symmetry[]
  /** Where the law tends beyond the data. */
  limits?: readonly Limit[]
  /** The law's structure: only its unknown functions and constants are searched. */
  template?: Template
  /**
   * How formulas that break units, symmetries or limits are treated: their loss counts so many times for each that they break
   * (and their `breaks` says which). Default Infinity: they are not let in.
   */
  penalty?: number
}

export interface SearchOptions {
  operators?: readonly Operator[]
  /** Operators by formula, used beside `operators`; formulas found are written out without them. */
  define?: readonly UserOperator[]
  /** Default `mse`; text as readLoss takes it */
  loss?: Loss | string
  complexity?: ComplexityWeights
  /** Largest complexity of a formula. */
  maxComplexity?: number
  maxDepth?: number
  constraints?: Constraints
  /** Seconds; the search ends after this time, or earlier when a formula is exact. */
  time?: number
  /** What `time` counts; by the processor's seconds a search goes as far on a machine that others use. */
  clock?: ClockKind
  /** Ends after this many rounds (between rounds islands exchange formulas); with it, a run is the same for a seed and thread count. */
  rounds?: number
  islandsPerThread?: number
  populationSize?: number
  /** Offspring of each island in a round. */
  offspringPerRound?: number
  /** Rows that the search looks at; the final ranking takes all. */
  sampleRows?: number
  /** The search looks at a smoothed target (denoise.ts); the last fit and the ranking take it as it is. */
  denoise?: boolean
  /** Formulas to begin from. */
  guesses?: readonly Expression[]
}

/** A formula on the front. */
export interface FrontMember {
  expression: Expression
  complexity: number
  /** Weighted mean over all rows. */
  loss: number
  /** -dlog(loss)/dcomplexity from the member before. */
  score: number
  /** The demands that it breaks, where breaking them is but penalised. */
  breaks?: string[]
}

export interface SearchResult {
  /** By complexity, each with less loss than the one before. */
  front: FrontMember[]
  /** The highest score among those within 1.5 times the least loss. */
  best: FrontMember
  /** Formulas whose constants were fitted. */
  evaluations: number
  /** By the search's clock */
  seconds: number
  /** It was ended before its time. */
  interrupted: boolean
}

export interface FullOptions extends Required<Omit<SearchOptions, 'rounds' | 'guesses' | 'time' | 'clock' | 'loss'>> {
  loss: Loss
  threads: number
  seed: number
}

export const defaultOperators: readonly Operator[] = [
  '+',
  '-',
  '*',
  '/',
  '^',
  'square',
  'sqrt',
  'exp',
  'log',
  'sin',
  'cos',
  'tanh',
  'asin',
  'acos'
]
