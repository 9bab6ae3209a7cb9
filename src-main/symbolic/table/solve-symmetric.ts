/** Solves a symmetric positive definite system, given by its lower triangle, by an in-place Cholesky factorisation. */
export function solveSymmetric(matrix: Float64Array, right: Float64Array): Float64Array {
  const count = right.length
  const solution = right.slice()
  for (let p = 0; p < count; p++)
    for (let q = 0; q <= p; q++) {
      let sum = matrix[p * count + q]
      for (let k = 0; k < q; k++) sum -= matrix[p * count + k] * matrix[q * count + k]
      matrix[p * count + q] = p === q ? Math.sqrt(sum) : sum / matrix[q * count + q]
    }
  for (let p = 0; p < count; p++) {
    for (let k = 0; k < p; k++) solution[p] -= matrix[p * count + k] * solution[k]
    solution[p] /= matrix[p * count + p]
  }
  for (let p = count - 1; p >= 0; p--) {
    for (let k = p + 1; k < count; k++) solution[p] -= matrix[k * count + p] * solution[k]
    solution[p] /= matrix[p * count + p]
  }
  return solution
}
