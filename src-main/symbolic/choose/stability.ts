import type { Expression } from '../language/expression.ts'
import { formOf } from '../algebra/form.ts'
import type { SearchResult } from '../search/search-types.ts'

/** Of several searches that differ in their seed alone, how many found a form. */
export interface Stability {
  /** In how many fronts a formula of this form stands */
  returns(expression: Expression): number
  /** Of how many searches a formula of this form was the best */
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
