import type { Random } from '../../../random.ts'
import type { Completion } from './completion.ts'
import type { Operator } from '../../language/expression.ts'
import { column, fitted, join, type Genome } from '../../language/genome.ts'
import { solveSymmetric } from '../../table/solve-symmetric.ts'
import { opcodeOf } from '../../language/program.ts'

/** A function g of one positive variable v. */
interface Shape {
  needs: readonly Operator[]
  value(v: number): number
  /** v g'(v) / g(v): the slope of log|g| along log v */
  slope(v: number): number
  /** |g|, if g has this sign */
  write(v: Genome, sign: number): Genome
  /** Values of the power p, which is not fitted, because the other parameters would be poorly determined. */
  powers: readonly number[]
}

const [add, subtract, multiply] = (['+', '-', '*'] as const).map(opcodeOf)
const one = fitted(1)
const signed = (g: Genome, sign: number): Genome => (sign < 0 ? join(multiply, fitted(-1), g) : g)
const writesCall =
  (op: Operator) =>
  (v: Genome, sign: number): Genome =>
    signed(join(opcodeOf(op), v), sign)
const all = [1, -1, 0.5, -0.5]

const shapes: readonly Shape[] = [
  {
    needs: ['-'],
    value: (v) => 1 - v,
    slope: (v) => -v / (1 - v),
    write: (v, sign) => (sign < 0 ? join(subtract, v, one) : join(subtract, one, v)),
    powers: all
  },
  { needs: ['+'], value: (v) => 1 + v, slope: (v) => v / (1 + v), write: (v) => join(add, one, v), powers: all },
  { needs: ['exp'], value: Math.exp, slope: (v) => v, write: writesCall('exp'), powers: [1, -1] },
  {
    needs: ['exp', '-'],
    value: Math.expm1,
    slope: (v) => v / -Math.expm1(-v),
    write: (v) => join(subtract, join(opcodeOf('exp'), v), one),
    powers: all
  },
  {
    needs: ['exp', '+'],
    value: (v) => 1 + Math.exp(v),
    slope: (v) => v / (1 + Math.exp(-v)),
    write: (v) => join(add, join(opcodeOf('exp'), v), one),
    powers: all
  },
  { needs: ['log'], value: Math.log, slope: (v) => 1 / Math.log(v), write: writesCall('log'), powers: all },
  { needs: ['sin'], value: Math.sin, slope: (v) => v / Math.tan(v), write: writesCall('sin'), powers: all },
  { needs: ['cos'], value: Math.cos, slope: (v) => -v * Math.tan(v), write: writesCall('cos'), powers: all },
  {
    needs: ['tanh'],
    value: Math.tanh,
    slope: (v) => (2 * v) / Math.sinh(2 * v),
    write: writesCall('tanh'),
    powers: all
  }
]

/** |y| = exp(constant) prod x_i^exponents[i] |g(v)|^power with v = exp(innerConstant) prod x_i^innerExponents[i]. */
export interface GroupLaw {
  shape: Shape
  constant: number
  exponents: number[]
  power: number
  innerConstant: number
  innerExponents: number[]
  /** Sign of g in the first row */
  sign: number
  /** Root mean square of the residuals of log|y| */
  error: number
}

const rowsUsed = 200
const startsEach = 16
const mostSteps = 40
/** An error of log|y| this small is rounding error */
const exact = 1e-9

/**
 * Laws of one dimensionless group, y = C prod x^a g(c prod x^b)^p: the form that Buckingham's theorem leaves for a law whose quantities
 * make one group. In logarithms only the group's exponents are nonlinear, so Levenberg-Marquardt fits all parameters from a few starts.
 * Returns the best law for each g.
 * @param columns logarithms of the variables' absolute values
 * @param target logarithms of the target's absolute values
 */
export function groupLaws(
  columns: readonly Float64Array[],
  target: Float64Array,
  allowed: ReadonlySet<Operator>,
  random: Random,
  stopped: () => boolean
): GroupLaw[] {
  const laws: GroupLaw[] = []
  for (const shape of shapes) {
    if (!shape.needs.every((op) => allowed.has(op))) continue
    const fit = new GroupFit(columns, target, shape)
    let best: GroupLaw | null = null
    for (let k = 0; k < startsEach && !stopped(); k++) {
      const law = fit.from(random, shape.powers[k % shape.powers.length])
      if (law && law.error < (best?.error ?? Infinity)) best = law
      if (best && best.error < exact) return [best]
    }
    if (best) laws.push(best)
  }
  return laws
}

/** The law as a formula, with exponents rounded to halves; `variables` are the columns of its fit. */
export function groupGenome(law: GroupLaw, variables: readonly number[], completion: Completion): Genome {
  const factors = (exponents: readonly number[]): { exponent: number; base: Genome }[] =>
    exponents.map((exponent, k) => ({ exponent: Math.round(2 * exponent) / 2, base: column(variables[k]) }))
  const v = completion.product(Math.exp(law.innerConstant), factors(law.innerExponents))
  const g = { exponent: law.power, base: law.shape.write(v, law.sign) }
  return completion.product(Math.exp(law.constant), [...factors(law.exponents), g])
}

/** Parameters: the outer constant and exponents, then the inner ones. */
class GroupFit {
  private readonly rows: number
  private readonly factors: number
  private readonly columns: readonly Float64Array[]
  private readonly target: Float64Array
  private readonly shape: Shape

  constructor(columns: readonly Float64Array[], target: Float64Array, shape: Shape) {
    this.columns = columns
    this.target = target
    this.shape = shape
    this.rows = Math.min(rowsUsed, target.length)
    this.factors = columns.length + 1
  }

  from(random: Random, power: number): GroupLaw | null {
    const { factors } = this
    const parameters = new Float64Array(2 * factors)
    for (let k = factors + 1; k < 2 * factors; k++) parameters[k] = random.integer(3) - 1
    // the group starts below 1, where every g is smooth
    let most = -Infinity
    for (let row = 0; row < this.rows; row++) most = Math.max(most, this.inner(parameters, row))
    parameters[factors] = -most - 0.7 * random.uniform()
    let now = this.look(parameters, power)
    if (!now) return null
    let damping = 1e-2
    for (let step = 0; step < mostSteps && damping < 1e8; step++) {
      const next = this.step(parameters, now, damping)
      const then = next && this.look(next, power)
      if (next && then && then.error < now.error) {
        const gain = 1 - then.error / now.error
        parameters.set(next)
        now = then
        damping = Math.max(1e-10, damping / 8)
        if (now.error < 1e-12 || (gain < 1e-4 && damping < 1e-4)) break
      } else damping *= 4
    }
    const innerExponents = parameters.subarray(factors + 1)
    // log(v^k) is k log(v)
    const size = this.shape.value === Math.log ? Math.max(...innerExponents.map(Math.abs)) : 1
    return {
      shape: this.shape,
      constant: parameters[0] + power * Math.log(size),
      exponents: [...parameters.subarray(1, factors)],
      power,
      innerConstant: parameters[factors] / size,
      innerExponents: [...innerExponents].map((exponent) => exponent / size),
      sign: Math.sign(this.shape.value(Math.exp(this.inner(parameters, 0)))),
      error: now.error
    }
  }

  private inner(parameters: Float64Array, row: number): number {
    let u = parameters[this.factors]
    for (let k = 1; k < this.factors; k++) u += parameters[this.factors + k] * this.columns[k - 1][row]
    return u
  }

  /** Residuals with the normal equations; null if g is not finite. */
  private look(
    parameters: Float64Array,
    power: number
  ): { error: number; matrix: Float64Array; gradient: Float64Array } | null {
    const { factors, rows, columns, shape } = this
    const count = parameters.length
    const matrix = new Float64Array(count * count)
    const gradient = new Float64Array(count)
    const slopes = new Float64Array(count)
    let sum = 0
    for (let row = 0; row < rows; row++) {
      const v = Math.exp(this.inner(parameters, row))
      const height = Math.log(Math.abs(shape.value(v)))
      const slope = power * shape.slope(v)
      let residual = parameters[0] + power * height - this.target[row]
      for (let k = 1; k < factors; k++) residual += parameters[k] * columns[k - 1][row]
      if (!Number.isFinite(residual) || !Number.isFinite(slope)) return null
      sum += residual * residual
      for (let k = 0; k < factors; k++) {
        const factor = k === 0 ? 1 : columns[k - 1][row]
        slopes[k] = factor
        slopes[factors + k] = slope * factor
      }
      for (let p = 0; p < count; p++) {
        gradient[p] += slopes[p] * residual
        for (let q = 0; q <= p; q++) matrix[p * count + q] += slopes[p] * slopes[q]
      }
    }
    return { error: Math.sqrt(sum / rows), matrix, gradient }
  }

  private step(
    parameters: Float64Array,
    { matrix, gradient }: { matrix: Float64Array; gradient: Float64Array },
    damping: number
  ): Float64Array | null {
    const count = parameters.length
    const damped = matrix.slice()
    for (let p = 0; p < count; p++) damped[p * count + p] = damped[p * count + p] * (1 + damping) + 1e-9
    const change = solveSymmetric(damped, gradient)
    return change.every(Number.isFinite) ? parameters.map((value, p) => value - change[p]) : null
  }
}
