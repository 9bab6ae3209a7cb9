import { call, constant, evaluate, variable, variablesOf, type Expression } from '../../symbolic/index.ts'

const fitted = (value: number): Expression => constant(value, 'C')
const r = variable('r')

/** A fall with distance to half its value near zero at `half` Mpc/h, where -d log(w) / d log(r) is `steepness`. */
interface Fall {
  height: number
  half: number
  steepness: number
}

/** Soft windows of distance: 1 well inside a scale, 0 well beyond, without a pole for any scale and steepness. */
const windows: ((fall: Fall) => Expression)[] = [
  // C / (C + (C r)^C)
  ({ height, half, steepness }) =>
    call('/', fitted(height), call('+', fitted(1), call('^', call('*', fitted(1 / half), r), fitted(2 * steepness)))),
  // C (1 + tanh(C - C r))
  ({ height, half, steepness }) =>
    call(
      '*',
      fitted(height / 2),
      call('+', fitted(1), call('tanh', call('-', fitted(steepness), call('*', fitted(steepness / half), r))))
    ),
  // C exp(-(C r)^C)
  ({ height, half, steepness }) => {
    const power = steepness / Math.LN2
    const scaled = call('*', fitted(Math.LN2 ** (1 / power) / half), r)
    return call('*', fitted(height), call('exp', call('neg', call('^', scaled, fitted(power)))))
  },
  // C exp(-C r)
  ({ height, half }) => call('*', fitted(height), call('exp', call('*', fitted(-Math.LN2 / half), r)))
]

/**
 * The expression with one part that falls with distance only replaced by another kind of window, which has the same height, and
 * the same width and steepness at half height. A fit decides between the kinds; a search that changes one place at a time seldom
 * gets from one to another.
 */
export function withOtherWindows(expression: Expression): Expression[] {
  if (isWindow(expression)) {
    const fall = fallOf(expression)
    return fall ? windows.map((window) => window(fall)) : []
  }
  if (expression.kind !== 'call') return []
  return expression.args.flatMap((arg, place) => {
    const within = withOtherWindows(arg).map((next) => ({ ...expression, args: expression.args.with(place, next) }))
    const fall = expression.op === '/' && place === 1 && isWindow(arg) ? fallOf(call('/', constant(1), arg)) : null
    return fall ? [...within, ...windows.map((window) => call('*', expression.args[0], window(fall)))] : within
  })
}

function isWindow(expression: Expression): boolean {
  const names = variablesOf(expression)
  return expression.kind === 'call' && names.length === 1 && names[0] === 'r'
}

/** Mpc/h, from the nearest halos to the usual radius of a graph */
const distances = Float64Array.from({ length: 100 }, (_, k) => 0.5 * (k + 1))

/** Null where it does not fall to a half and beyond. */
function fallOf(expression: Expression): Fall | null {
  const values = evaluate(expression, new Map([['r', distances]]), distances.length)
  const height = values[0]
  const at = values.findIndex((value) => Math.abs(value) < Math.abs(height) / 2)
  if (at < 1 || at + 1 >= distances.length || !values.every(Number.isFinite)) return null
  const slope = (values[at + 1] - values[at - 1]) / (distances[at + 1] - distances[at - 1])
  const steepness = (-slope * distances[at]) / values[at]
  return Number.isFinite(steepness) && steepness > 0 ? { height, half: distances[at], steepness } : null
}
