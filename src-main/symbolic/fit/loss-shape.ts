import { differentiate } from '../algebra/differentiate.ts'
import { evaluate } from '../language/evaluate.ts'
import { call, variable, variablesOf, type Expression } from '../language/expression.ts'
import type { Loss } from './loss.ts'

/** Whether the loss has a kink where prediction and target are equal, so that its curvature must be estimated. */
export const hasKink = (loss: Loss): boolean => loss.kind === 'mae' || loss.kind === 'quantile'

/** First and second derivatives of each row's weighted loss with respect to its prediction. */
export interface LossShape {
  slope: Float64Array
  curvature: Float64Array
}

/** @param h width over which a kink is smoothed: |r| as sqrt(r^2 + h^2) */
export function lossShape(
  loss: Loss,
  prediction: Float64Array,
  target: Float64Array,
  weight: Float64Array,
  h: number
): LossShape {
  if (loss.kind === 'own') return formulaShape(loss.formula, prediction, target, weight)
  const slope = new Float64Array(prediction.length)
  const curvature = new Float64Array(prediction.length)
  for (let row = 0; row < prediction.length; row++) {
    const r = prediction[row] - target[row]
    const [first, second] = derivatives(loss, r, prediction[row], h)
    slope[row] = weight[row] * first
    curvature[row] = weight[row] * second
  }
  return { slope, curvature }
}

function derivatives(loss: Exclude<Loss, { kind: 'own' }>, r: number, p: number, h: number): [number, number] {
  const root = Math.sqrt(r * r + h * h)
  switch (loss.kind) {
    case 'mse':
      return [2 * r, 2]
    case 'mae':
      return [r / root, (h * h) / root ** 3]
    case 'quantile':
      return [r / root / 2 + 0.5 - loss.tau, (h * h) / root ** 3 / 2]
    case 'huber':
      return Math.abs(r) <= loss.delta ? [r, 1] : [loss.delta * Math.sign(r), 0]
    case 'poisson':
      return [(2 * r) / p, (2 * (p - r)) / (p * p)]
  }
}

function formulaShape(
  formula: Expression,
  prediction: Float64Array,
  target: Float64Array,
  weight: Float64Array
): LossShape {
  const weighted = variablesOf(formula).includes('weight') ? formula : call('*', variable('weight'), formula)
  const slope = differentiate(weighted, 'prediction')
  const columns = new Map([
    ['prediction', prediction],
    ['target', target],
    ['weight', weight]
  ])
  const at = (expression: Expression): Float64Array => evaluate(expression, columns, prediction.length)
  return { slope: at(slope), curvature: at(differentiate(slope, 'prediction')) }
}
