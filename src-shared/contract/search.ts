/** Symbolic regression of the message and of the node, then the search for whole laws on the graph. */
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
  /** The same for SymPy, Julia and C, where it is one expression over columns */
  sympy?: string
  julia?: string
  c?: string
  /** Demands of physics that it breaks (`units`, `odd in x`, `r -> inf: 0`), where they are but penalised */
  breaks?: string[]
  /** What `halolaw fit` adds. Loss on rows that were held out of the search; null: none were */
  validationLoss?: number | null
  /** Bayesian information criterion; minimum description length in nats (arXiv 2211.11461) */
  bic?: number
  mdl?: number
  /** The formula with its fitted constants named, and their values */
  form?: string
  constants?: { name: string; value: number; standardError: number | null }[]
  /** With the fewest digits that keep the loss */
  rounded?: string
  /** Of several seeds, how many found this form */
  returns?: number
}

/** What counts how much in a formula's complexity; operators that are not named count 1. */
export interface SearchWeights {
  operators: Record<string, number>
  variable: number
  constant: number
}

/** A law that somebody gave a search to try. */
export interface GuessRecord {
  text: string
  /** `failed`: its constants cannot be fitted, for it is not finite on the halos */
  state: 'waiting' | 'tried' | 'failed'
  /** Mean absolute error of the fitted law on the halos that the search fits on; null until it is tried */
  loss: number | null
  complexity: number
}

export interface SearchGuidance {
  /** As changed last; null: the paper's */
  weights: SearchWeights | null
  guesses: GuessRecord[]
}
