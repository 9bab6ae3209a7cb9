import { badInput } from '../../../src-shared/errors.ts'
import { differentiate } from '../algebra/differentiate.ts'
import { call, variable, variablesOf, type Expression } from '../language/expression.ts'
import { parse } from '../language/parse.ts'
import { compile } from '../language/program.ts'

/**
 * The quantity that a search minimises: the weighted mean over rows of a loss of prediction p and target t (native/expression/loss.h).
 * `mse` (p - t)^2; `mae` |p - t|; `huber` with r = |p - t|: r^2 / 2 up to delta, then delta (r - delta / 2); `quantile` the pinball
 * loss, minimal at the quantile tau; `poisson` the deviance 2 (t log(t / p) - t + p) of counts t with a rate p > 0; `own` a formula
 * over `prediction`, `target` and `weight` (1 without weights), never below 0.
 */
export type Loss =
  | { kind: 'mse' }
  | { kind: 'mae' }
  | { kind: 'huber'; delta: number }
  | { kind: 'quantile'; tau: number }
  | { kind: 'poisson' }
  | { kind: 'own'; formula: Expression }

const names = ['prediction', 'target', 'weight']

/**
 * Reads `mse`, `mae`, `huber:0.1`, `quantile:0.9`, `poisson`, or a formula such as `log(cosh(prediction - target))`.
 * @throws HalolawError `bad-input` for a parameter out of range or a formula that does not name the prediction.
 */
export function readLoss(text: string): Loss {
  const [, kind, parameter] = /^\s*([a-z]+)\s*(?::\s*(\S+))?\s*$/.exec(text) ?? []
  const value = Number(parameter)
  switch (kind) {
    case 'mse':
    case 'mae':
    case 'poisson':
      if (parameter !== undefined) throw badInput(`The loss "${kind}" takes no parameter; write --loss ${kind}.`)
      return { kind }
    case 'huber':
      if (!(value > 0 && value < Infinity))
        throw badInput(
          `The loss "${text}" needs the error above which it is linear; write a positive one, as in huber:0.1.`
        )
      return { kind, delta: value }
    case 'quantile':
      if (!(value > 0 && value < 1))
        throw badInput(`The loss "${text}" needs a quantile between 0 and 1, as in quantile:0.9.`)
      return { kind, tau: value }
  }
  if (/^\s*[a-z]+\s*(:|$)/.test(text))
    throw badInput(
      `There is no loss "${text.trim()}"; write mse, mae, huber:DELTA, quantile:TAU, poisson, or a formula of prediction and target.`
    )
  const formula = parse(text, { variables: names })
  if (!variablesOf(formula).includes('prediction'))
    throw badInput(`The loss "${text}" does not depend on the prediction; write one such as "(prediction - target)^4".`)
  return { kind: 'own', formula }
}

/** @throws HalolawError `bad-input` for targets outside the domain of the loss */
export function checkTarget(loss: Loss, target: Float64Array): void {
  if (loss.kind !== 'poisson') return
  const row = target.findIndex((value) => value < 0)
  if (row >= 0)
    throw badInput(
      `The target is ${target[row]} in row ${row + 1}; the loss "poisson" takes counts, which are not negative; choose another loss, or remove that row.`
    )
  if (target.every((value) => value === 0))
    throw badInput(
      'The target is 0 in every row; the loss "poisson" needs at least one count; choose another target or loss.'
    )
}

/** A loss by formula may be negative, and then no front can be scored. @throws HalolawError `bad-input` */
export function checkLossValue(value: number): void {
  if (value < 0)
    throw badInput(
      `The loss is ${value.toPrecision(4)} for one formula; a loss must not be negative, so add what keeps it above 0 to the formula.`
    )
}

interface NativeProgram {
  code: Int32Array
  constants: Float64Array
}

/** The loss in the form that native kernels read. */
export interface NativeLoss {
  kind: Loss['kind']
  parameter: number
  /** Of `own`: the weighted loss of a row and its derivatives with respect to the prediction */
  value?: NativeProgram
  slope?: NativeProgram
  curvature?: NativeProgram
}

export function nativeLoss(loss: Loss): NativeLoss {
  const parameter = loss.kind === 'huber' ? loss.delta : loss.kind === 'quantile' ? loss.tau : 0
  if (loss.kind !== 'own') return { kind: loss.kind, parameter }
  const weighted = variablesOf(loss.formula).includes('weight')
    ? loss.formula
    : call('*', variable('weight'), loss.formula)
  const slope = differentiate(weighted, 'prediction')
  const program = (expression: Expression): NativeProgram => compile(expression, names)
  return {
    kind: 'own',
    parameter,
    value: program(weighted),
    slope: program(slope),
    curvature: program(differentiate(slope, 'prediction'))
  }
}
