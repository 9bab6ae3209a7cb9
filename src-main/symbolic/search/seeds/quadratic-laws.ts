import type { Operator } from '../../language/expression.ts'
import { column, fitted, join, type Genome } from '../../language/genome.ts'
import { solveSymmetric } from '../../table/solve-symmetric.ts'
import { opcodeOf } from '../../language/program.ts'

/** A function T of the target, and the formula of y for T(y) = scale * sum. */
interface Shape {
  needs: readonly Operator[]
  of(y: number): number
  write(scale: number, sum: Genome): Genome
}

const [add, subtract, multiply, divide, square, sqrt, exp] = (
  ['+', '-', '*', '/', 'square', 'sqrt', 'exp'] as const
).map(opcodeOf)
const times = (value: number, genome: Genome): Genome =>
  Math.abs(value - 1) < same ? genome : join(multiply, fitted(value), genome)
/** Numbers this close count as equal */
const same = 1e-4

const shapes: readonly Shape[] = [
  { needs: [], of: (y) => y, write: times },
  { needs: [], of: (y) => 1 / y, write: (scale, sum) => join(divide, fitted(1 / scale), sum) },
  {
    needs: ['sqrt'],
    of: (y) => (y >= 0 ? y * y : NaN),
    write: (scale, sum) => times(Math.sqrt(scale), join(sqrt, sum))
  },
  {
    needs: ['sqrt'],
    of: (y) => (y > 0 ? 1 / (y * y) : NaN),
    write: (scale, sum) => join(divide, fitted(1 / Math.sqrt(scale)), join(sqrt, sum))
  },
  { needs: ['exp'], of: Math.log, write: (scale, sum) => join(exp, times(scale, sum)) }
]

const rowsUsed = 400
const mostVariables = 10
/** Largest share of the variance of T(y) that a law may leave unexplained */
const mostLeft = 0.1

/**
 * Laws with T(y) = x'Ax + b'x + c for T(y) = y, 1/y, y^2, 1/y^2 or log y, such as laws of distances: linear least squares, then
 * completion of the square for one variable after another, so that (x - a)^2 + (y - b)^2 is written with two squares and not with seven
 * terms.
 * @param columns of the variables
 * @param names their indices among the columns of a genome
 */
export function quadraticLaws(
  columns: readonly Float64Array[],
  names: readonly number[],
  target: Float64Array,
  allowed: ReadonlySet<Operator>
): Genome[] {
  if (columns.length === 0 || columns.length > mostVariables || !allowed.has('square')) return []
  const rows = Math.min(rowsUsed, target.length)
  const reach = columns.map(
    (values) => values.subarray(0, rows).reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1
  )
  const scaled = columns.map((values, k) => values.subarray(0, rows).map((v) => v / reach[k]))
  const laws: Genome[] = []
  for (const shape of shapes) {
    if (!shape.needs.every((op) => allowed.has(op))) continue
    const values = target.subarray(0, rows).map(shape.of)
    if (!values.every(Number.isFinite)) continue
    const form = fitForm(scaled, values)
    if (!form || form.left > mostLeft) continue
    const sides = writeForm(form, reach, names)
    if (sides) laws.push(shape.write(sides.scale, sides.sum))
  }
  return laws
}

interface QuadraticForm {
  /** Symmetric, row by row */
  matrix: number[][]
  linear: number[]
  constant: number
  /** Unexplained share of the variance */
  left: number
  /** Coefficients below this count as 0 */
  negligible: number
}

function fitForm(columns: readonly Float64Array[], target: Float64Array): QuadraticForm | null {
  const n = columns.length
  const pairs = columns.flatMap((_, i) => columns.slice(0, i + 1).map((_, j) => [i, j]))
  const count = 1 + n + pairs.length
  const normal = new Float64Array(count * count)
  const right = new Float64Array(count)
  const termsOf = (row: number): number[] => [
    1,
    ...columns.map((values) => values[row]),
    ...pairs.map(([i, j]) => columns[i][row] * columns[j][row])
  ]
  const mean = target.reduce((sum, y) => sum + y, 0) / target.length
  target.forEach((y, row) => {
    const terms = termsOf(row)
    for (let p = 0; p < count; p++) {
      right[p] += terms[p] * (y - mean)
      for (let q = 0; q <= p; q++) normal[p * count + q] += terms[p] * terms[q]
    }
  })
  const solution = solveSymmetric(normal, right)
  if (!solution.every(Number.isFinite)) return null
  let [rest, spread] = [0, 0]
  target.forEach((y, row) => {
    const terms = termsOf(row)
    rest += (y - mean - terms.reduce((sum, term, p) => sum + term * solution[p], 0)) ** 2
    spread += (y - mean) ** 2
  })
  const matrix = columns.map(() => new Array<number>(n).fill(0))
  pairs.forEach(([i, j], k) => {
    matrix[i][j] = matrix[j][i] = solution[1 + n + k] / (i === j ? 1 : 2)
  })
  const size = Math.max(...solution.map(Math.abs))
  const noise = Math.sqrt(rest / target.length) * Math.sqrt(count / target.length)
  return {
    matrix,
    linear: [...solution.subarray(1, n + 1)],
    constant: mean + solution[0],
    left: rest / spread,
    negligible: Math.max(1e-6 * size, 4 * noise)
  }
}

/** scale * (sum of squares, products and a constant); null if only the constant remains. */
function writeForm(
  { matrix, linear, constant, negligible }: QuadraticForm,
  reach: readonly number[],
  names: readonly number[]
): { scale: number; sum: Genome } | null {
  const terms: { factor: number; genome: Genome }[] = []
  const n = linear.length
  const counts = (value: number): boolean => Math.abs(value) > negligible
  for (let k = 0; k < n; k++) {
    const d = matrix[k][k]
    if (!counts(d)) continue
    // d (x_k + sum_j slopes_j x_j + shift)^2 contains all terms with x_k
    const slopes = matrix[k].map((value, j) => (j > k && counts(2 * value) ? value / d : 0))
    const shift = counts(linear[k]) ? linear[k] / (2 * d) : 0
    for (let i = k + 1; i < n; i++) {
      for (let j = k + 1; j < n; j++) matrix[i][j] -= d * slopes[i] * slopes[j]
      linear[i] -= 2 * d * slopes[i] * shift
      matrix[k][i] = matrix[i][k] = 0
    }
    constant -= d * shift * shift
    linear[k] = 0
    let inner = column(names[k])
    slopes.forEach((slope, j) => {
      const real = (slope * reach[k]) / reach[j]
      if (slope === 0) return
      inner =
        real < 0
          ? join(subtract, inner, times(-real, column(names[j])))
          : join(add, inner, times(real, column(names[j])))
    })
    if (shift !== 0) inner = join(add, inner, fitted(shift * reach[k]))
    terms.push({ factor: d / reach[k] ** 2, genome: join(square, inner) })
  }
  for (let i = 0; i < n; i++) {
    if (counts(linear[i])) terms.push({ factor: linear[i] / reach[i], genome: column(names[i]) })
    for (let j = 0; j < i; j++)
      if (counts(2 * matrix[i][j]))
        terms.push({
          factor: (2 * matrix[i][j]) / (reach[i] * reach[j]),
          genome: join(multiply, column(names[i]), column(names[j]))
        })
  }
  if (terms.length === 0) return null
  const scale = Math.abs(terms[0].factor)
  let sum = counts(constant) ? fitted(constant / scale) : null
  for (const { factor, genome } of terms) {
    const share = times(Math.abs(factor) / scale, genome)
    if (sum === null) sum = factor < 0 ? join(multiply, fitted(-1), share) : share
    else sum = join(factor < 0 ? subtract : add, sum, share)
  }
  return { scale, sum: sum! }
}
