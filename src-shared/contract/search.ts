/** Symbolic regression of the message and of the node, then the search for laws on the graph. */
export type FrontName = 'message' | 'node' | 'law'

export interface FrontEntry {
  complexity: number
  loss: number
  /** -dlog(loss)/dcomplexity from the entry before */
  score: number
  text: string
  latex: string
  /** One NumPy expression over the columns */
  python: string
  /** The same for SymPy, Julia and C, if it is one expression over columns */
  sympy?: string
  julia?: string
  c?: string
  /** Constraints that it violates (`units`, `odd in x`, `r -> inf: 0`), if the search only penalises violations */
  breaks?: string[]
  /** Only from `halolaw fit`: loss on rows that were held out of the search; null: no rows were held out */
  validationLoss?: number | null
  /** Bayesian information criterion; minimum description length in nats (arXiv 2211.11461) */
  bic?: number
  mdl?: number
  /** The formula with its fitted constants named, and their values */
  form?: string
  constants?: { name: string; value: number; standardError: number | null }[]
  /** With the fewest digits that keep the loss */
  rounded?: string
  /** Number of seeds that found this form */
  returns?: number
}

/** Weights of a formula's complexity; operators without an entry count 1. */
export interface SearchWeights {
  operators: Record<string, number>
  variable: number
  constant: number
}

/** A law that a person sent to a search. */
export interface GuessRecord {
  text: string
  /** `failed`: its constants cannot be fitted, because it is not finite on the halos */
  state: 'waiting' | 'tried' | 'failed'
  /** Mean absolute error of the fitted law on the halos that the search fits on; null before the search tries it */
  loss: number | null
  complexity: number
}

export interface SearchGuidance {
  /** The latest change; null: the paper's weights */
  weights: SearchWeights | null
  guesses: GuessRecord[]
}
