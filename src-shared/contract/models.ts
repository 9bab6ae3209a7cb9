/** The three disjoint sets; OOD is taken first, then test, the rest is train. */
export type SetName = 'train' | 'test' | 'ood'

/**
 * In the order of tables. `formula` is the simplest law within a standard error of the best that the search through the sum over
 * neighbours found, `formula-short` the best of at most the hand-made law's complexity, `formula-best` the one of least validation
 * error; `message-formula` comes from the network's message alone.
 */
export const modelIds = [
  'constant',
  'simple',
  'invariants',
  'without-mass',
  'with-mass',
  'gnn',
  'gnn-ensemble',
  'message-formula',
  'formula-short',
  'formula',
  'formula-best'
] as const

export type ModelId = (typeof modelIds)[number]

/** Laws that a run's searches find */
export const formulaIds = ['message-formula', 'formula-short', 'formula', 'formula-best'] as const

/** Those of the search through the sum, from the shortest */
export const searchedIds = ['formula-short', 'formula', 'formula-best'] as const satisfies readonly FormulaId[]

export type FormulaId = (typeof formulaIds)[number]

/** Values stored for each halo: a model's prediction, or the standard deviation of the ensemble's networks */
export type PredictionId = ModelId | LawId | 'gnn-ensemble_spread'

export type Interval = [low: number, high: number]

export type PerSet<T> = Partial<Record<SetName, T>>

export interface PairedDifference {
  difference: number
  ci95: Interval
}

export interface ModelReport {
  id: ModelId
  /** Mean absolute error by set */
  mae: PerSet<number>
  /** 95 % bootstrap interval of `mae` */
  ci95: PerSet<Interval>
  bias?: PerSet<number>
  r2?: PerSet<number>
  /** Number of fitted parameters */
  parameters: number
  /** The formula, or a line about the network */
  text: string
  latex?: string
  complexity?: number
  constants?: { name: string; value: number; standardError: number | null }[]
  warnings?: string[]
  /** Further remarks, one sentence each */
  notes?: string[]
}

/** `law-1`, `law-2`, ... of a run, in the order they were measured */
export type LawId = `law-${number}`

/** A law that a person chose from a front or wrote, refitted on the training halos and measured in the same way as the run's law. */
export interface LawReport extends Omit<ModelReport, 'id'> {
  id: LawId
  /** Text of the law before the refit */
  asked: string
  formula: FormulaReport
  /** MAE(law) - MAE(formula of the run) on the same halos; absent while the run has none */
  minusFormula?: PerSet<PairedDifference>
}

export interface FormulaReport {
  message: string
  node: string
  text: string
  latex: string
  /** A NumPy function that finds the neighbours itself */
  python: string
  /** The same as a SymPy module, in Julia and in C; absent in projects written before they were printed */
  sympy?: string
  julia?: string
  c?: string
}
