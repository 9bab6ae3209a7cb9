import type { Expression } from '../language/expression.ts'
import { formOf } from '../algebra/form.ts'
import type { SearchResult } from '../search/search-types.ts'

/** How many of several searches, which differ only in their seed, found a form. */
export interface Stability {
  /** Number of fronts with a formula of this form */
  returns(expression: Expression): number
  /** Number of searches whose best formula has this form */
  bestReturns(expression: Expression): number
}

export function stabilityOf(searches: readonly SearchResult[]): Stability {
  const fronts = searches.map(({ front }) => new Set(front.map(({ expression }) => formOf(expression).text)))
  const bests = searches.map(({ best }) => formOf(best.expression).text)
  return {
    returns: (expression) => fronts.filter((forms) => forms.has(formOf(expression).text)).length,
    bestReturns: (expression) => bests.filter((form) => form === formOf(expression).text).length
  }
}
