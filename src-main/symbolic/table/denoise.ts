import { solveSymmetric } from './solve-symmetric.ts'

/**
 * The target smoothed at some rows: a plane through the nearest rows of a pool (local linear regression, tricube weights; Cleveland
 * 1979) in variables of equal spread. The number of nearest rows is chosen among three by the error at left-out rows. The result stays
 * within the targets of the nearest rows.
 * @param columns one value for each row of the table
 * @param rows rows at which to smooth the target
 * @param pool rows among which neighbours are searched
 */
export function smoothedTarget(
  columns: readonly Float64Array[],
  target: Float64Array,
  rows: Uint32Array,
  pool: Uint32Array
): Float64Array {
  const scaled = columns.map((column) => standardised(column, pool))
  const unknowns = columns.length + 1
  const sizes = [2, 4, 8].map((times) => Math.min(pool.length - 1, Math.max(8, unknowns * times)))
  if (sizes[0] <= unknowns) return Float64Array.from(rows, (row) => target[row])
  const errors = sizes.map(() => 0)
  const smoothed = sizes.map(() => new Float64Array(rows.length))
  const plane = new Plane(scaled, target)
  const nearest = new Nearest(sizes.at(-1)! + 1)
  rows.forEach((row, i) => {
    const { near, distances } = nearest.find(scaled, row, pool)
    const self = near[0] === row ? 1 : 0
    sizes.forEach((size, k) => {
      const without = plane.at(row, near.slice(self, size + self), distances.slice(self, size + self))
      errors[k] += (without - target[row]) ** 2
      smoothed[k][i] = plane.at(row, near.slice(0, size), distances.slice(0, size))
    })
  })
  return smoothed[errors.indexOf(Math.min(...errors))]
}

/** The column with mean 0 and variance 1 over the pool. */
function standardised(column: Float64Array, pool: Uint32Array): Float64Array {
  let mean = 0
  for (const row of pool) mean += column[row] / pool.length
  let square = 0
  for (const row of pool) square += (column[row] - mean) ** 2 / pool.length
  const spread = Math.sqrt(square) || 1
  return column.map((value) => (value - mean) / spread)
}

/** The nearest of many rows; the row itself comes first if it is among them. */
class Nearest {
  private readonly most: number

  constructor(most: number) {
    this.most = most
  }

  find(
    columns: readonly Float64Array[],
    row: number,
    pool: Uint32Array
  ): { near: Uint32Array; distances: Float64Array } {
    const near = new Uint32Array(this.most)
    const distances = new Float64Array(this.most).fill(Infinity)
    let count = 0
    for (const other of pool) {
      let distance = other === row ? -1 : 0
      for (let v = 0; v < columns.length && distance < distances[this.most - 1]; v++)
        distance += (columns[v][other] - columns[v][row]) ** 2
      if (!(distance < distances[this.most - 1])) continue
      // insertion is fast enough, because few rows get here
      let place = Math.min(count, this.most - 1)
      for (; place > 0 && distances[place - 1] > distance; place--) {
        distances[place] = distances[place - 1]
        near[place] = near[place - 1]
      }
      distances[place] = distance
      near[place] = other
      count++
    }
    const filled = Math.min(count, this.most)
    return {
      near: near.slice(0, filled),
      distances: distances.slice(0, filled).map((square) => Math.sqrt(Math.max(0, square)))
    }
  }
}

/** Weighted least-squares planes through the target, centred on a row. */
class Plane {
  private readonly columns: readonly Float64Array[]
  private readonly target: Float64Array

  constructor(columns: readonly Float64Array[], target: Float64Array) {
    this.columns = columns
    this.target = target
  }

  /** The value of the plane at `row`, limited to the targets of the nearest rows. */
  at(row: number, near: Uint32Array, distances: Float64Array): number {
    const count = this.columns.length + 1
    const matrix = new Float64Array(count * count)
    const right = new Float64Array(count)
    const reach = 1.0001 * (distances.at(-1) ?? 0) || 1
    let [low, high] = [Infinity, -Infinity]
    near.forEach((other, i) => {
      const weight = (1 - (distances[i] / reach) ** 3) ** 3
      const point = [1, ...this.columns.map((column) => column[other] - column[row])]
      const y = this.target[other]
      low = Math.min(low, y)
      high = Math.max(high, y)
      for (let p = 0; p < count; p++) {
        right[p] += weight * point[p] * y
        for (let q = 0; q <= p; q++) matrix[p * count + q] += weight * point[p] * point[q]
      }
    })
    const mean = right[0] / matrix[0]
    // a small ridge on the slopes, because the rows may lie in a plane
    const ridge = 1e-6 * matrix[0] * reach * reach
    for (let p = 1; p < count; p++) matrix[p * count + p] += ridge
    const [height] = solveSymmetric(matrix, right)
    return Number.isFinite(height) ? Math.min(high, Math.max(low, height)) : mean
  }
}
