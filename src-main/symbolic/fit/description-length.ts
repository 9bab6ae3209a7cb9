import { constantsOf, walk, type Expression } from '../language/expression.ts'
import type { Loss } from './loss.ts'

/** Measures that compare a formula with others; lengths in nats. */
export interface Evidence {
  /** Bayesian information criterion, -2 ln L + k ln n */
  bic: number
  /** Minimum description length */
  mdl: number
}

/**
 * -ln of the residuals' likelihood at its most likely scale, for the error distribution that belongs to the loss: normal for `mse` (and
 * `huber`, in its parabola), Laplace for `mae`, asymmetric Laplace for `quantile`, Poisson for `poisson` (up to a term that all
 * formulas share), and exp(-loss / scale) for a loss by formula.
 * @param value weighted mean of the loss, above 0
 */
export function negativeLogLikelihood(loss: Loss, value: number, rows: number): number {
  switch (loss.kind) {
    case 'mse':
      return (rows / 2) * (Math.log(2 * Math.PI * value) + 1)
    case 'huber':
      return (rows / 2) * (Math.log(4 * Math.PI * value) + 1)
    case 'mae':
      return rows * (Math.log(2 * value) + 1)
    case 'quantile':
      return rows * (Math.log(value / (loss.tau * (1 - loss.tau))) + 1)
    case 'poisson':
      return (rows * value) / 2
    case 'own':
      return rows * (Math.log(value) + 1)
  }
}

/** Fisher information of one row about its prediction, for the same likelihoods; all Poisson rates are replaced by their mean. */
export function informationOfRow(loss: Loss, value: number, meanTarget: number): number {
  switch (loss.kind) {
    case 'mse':
      return 1 / value
    case 'huber':
      return 1 / (2 * value)
    case 'mae':
    case 'own':
      return 1 / value ** 2
    case 'quantile':
      return (loss.tau * (1 - loss.tau)) / value ** 2
    case 'poisson':
      return 1 / Math.abs(meanTarget)
  }
}

/**
 * BIC, and the description length of formula and residuals (Bartlett, Desmond and Ferreira 2022, arXiv 2211.11461): -ln L + k ln n for
 * k nodes of n kinds, ln |c| for each integer, and ln |theta| + ln(I / 3) / 2 for each fitted constant: its value to the precision that
 * its Fisher information I determines. A constant that is zero within that precision costs nothing.
 * @param expression with its fitted constants named
 * @param information Fisher information about each fitted constant, in the order of constantsOf
 */
export function evidence(
  expression: Expression,
  likelihood: number,
  rows: number,
  information: readonly number[]
): Evidence {
  const constants = constantsOf(expression)
  let nodes = 0
  let integers = 0
  const kinds = new Set<string>()
  walk(expression, (node) => {
    nodes++
    kinds.add(node.kind === 'call' ? node.op : node.kind === 'variable' ? `variable ${node.name}` : 'constant')
    if (node.kind === 'constant' && node.name === undefined) integers += Math.log(Math.max(1, Math.abs(node.value)))
  })
  const precision = constants.reduce(
    (sum, { value }, p) => sum + Math.max(0, Math.log(Math.abs(value)) + Math.log(information[p] / 3) / 2 || 0),
    0
  )
  return {
    bic: 2 * likelihood + constants.length * Math.log(rows),
    mdl: likelihood + nodes * Math.log(kinds.size) + integers + precision
  }
}
