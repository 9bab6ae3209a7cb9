import type { ClockKind } from './clock.ts'
import type { ComplexityWeights, Expression, Operator } from '../language/expression.ts'
import type { Constraints } from '../constraints/constraints.ts'
import type { Loss } from '../fit/loss.ts'
import type { UserOperator } from '../language/user-operators.ts'
import type { Limit } from '../constraints/limits.ts'
import type { Symmetry } from '../constraints/symmetry.ts'
import type { Template } from '../template/template.ts'
import type { UnitSystem } from '../constraints/units.ts'

/** A table to search for a law. Columns have the length of the target, without NaN (fitTable leaves such rows out). */
export interface SearchProblem {
  variables: { name: string; values: Float64Array }[]
  target: Float64Array
  /** One weight for each row; default: equal weights */
  weights?: Float64Array
  /** Only formulas with consistent units are tried; constants may carry any unit. */
  units?: UnitSystem
  /** How the law changes when variables are exchanged or change sign. */
  symmetries?: readonly Symmetry[]
  /** Behaviour of the law beyond the data. */
  limits?: readonly Limit[]
  /** The law's structure: only its unknown functions and constants are searched. */
  template?: Template
  /**
   * Factor on the loss for each violation of units, symmetries or limits; `breaks` of a formula lists its violations. Default
   * Infinity: such formulas are rejected.
   */
  penalty?: number
}

export interface SearchOptions {
  operators?: readonly Operator[]
  /** User operators, in addition to `operators`; the front is written without them. */
  define?: readonly UserOperator[]
  /** Default `mse`; text is read by readLoss */
  loss?: Loss | string
  complexity?: ComplexityWeights
  /** Largest complexity of a formula. */
  maxComplexity?: number
  maxDepth?: number
  constraints?: Constraints
  /** Seconds; the search ends after this time, or earlier when a formula is exact. */
  time?: number
  /** What `time` counts; with processor time, other programs on the machine do not shorten the search. */
  clock?: ClockKind
  /**
   * Ends after this many rounds (between rounds islands exchange formulas); with it, a seed and a thread count determine the result.
   */
  rounds?: number
  islandsPerThread?: number
  populationSize?: number
  /** Offspring of each island in a round. */
  offspringPerRound?: number
  /** Rows that the search fits to; the final ranking uses all rows. */
  sampleRows?: number
  /** The search fits to a smoothed target (denoise.ts); the final fit and the ranking use the original one. */
  denoise?: boolean
  /** Formulas to start from */
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
  /** Violated physics constraints, when violations are penalised */
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
  /** Whether the search was ended early */
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
