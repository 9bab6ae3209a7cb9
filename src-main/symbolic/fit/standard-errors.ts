/** Directions of the (unit-diagonal) Hessian with less curvature than this share of the largest count as undetermined. */
const openDirection = 1e-10

export interface Uncertainty {
  /** One for each parameter; null if the data do not determine it. */
  standardErrors: (number | null)[]
  /** Groups of parameters (by index) that can change together without changing any prediction. */
  degenerate: number[][]
}

/**
 * Standard errors by the sandwich H^-1 B H^-1 (Huber 1967), valid for any distribution of the residuals.
 * @param hessian second derivatives of the summed loss, count x count
 * @param scores B: the sum over independent groups of rows of s s^T, where s are the first derivatives of a group
 */
export function sandwich(hessian: Float64Array, scores: Float64Array, count: number): Uncertainty {
  const unit = Float64Array.from({ length: count }, (_, p) => Math.sqrt(hessian[p * count + p]) || 1)
  const scaled = hessian.map((value, n) => value / (unit[Math.floor(n / count)] * unit[n % count]))
  const { values, vectors } = symmetricEigen(scaled, count)
  const least = openDirection * Math.max(...values, 1e-300)
  // H^-1 along the directions that the data determine
  const inverse = new Float64Array(count * count)
  for (let k = 0; k < count; k++) {
    if (values[k] <= least) continue
    for (let p = 0; p < count; p++)
      for (let q = 0; q < count; q++)
        inverse[p * count + q] += (vectors[p * count + k] * vectors[q * count + k]) / (values[k] * unit[p] * unit[q])
  }
  const variance = new Float64Array(count)
  for (let p = 0; p < count; p++)
    for (let q = 0; q < count; q++)
      for (let r = 0; r < count; r++)
        variance[p] += inverse[p * count + q] * scores[q * count + r] * inverse[p * count + r]

  const degenerate: number[][] = []
  for (let k = 0; k < count; k++) {
    if (values[k] > least) continue
    const together = Array.from({ length: count }, (_, p) => p).filter((p) => Math.abs(vectors[p * count + k]) > 1e-3)
    const touching = degenerate.filter((group) => group.some((p) => together.includes(p)))
    const merged = [...new Set([...touching.flat(), ...together])].sort((a, b) => a - b)
    degenerate.splice(0, degenerate.length, ...degenerate.filter((group) => !touching.includes(group)), merged)
  }
  const open = new Set(degenerate.flat())
  return {
    standardErrors: Array.from(variance, (v, p) => (open.has(p) ? null : Math.sqrt(Math.max(0, v)))),
    degenerate
  }
}

/** Eigenvalues and eigenvectors (columns) of a small symmetric matrix, by Jacobi rotations. */
function symmetricEigen(matrix: Float64Array, count: number): { values: Float64Array; vectors: Float64Array } {
  const a = Float64Array.from(matrix)
  const vectors = Float64Array.from({ length: count * count }, (_, n) => (n % (count + 1) === 0 ? 1 : 0))
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0
    for (let p = 0; p < count; p++) for (let q = 0; q < p; q++) off += a[p * count + q] ** 2
    if (off < 1e-30) break
    for (let p = 1; p < count; p++)
      for (let q = 0; q < p; q++) {
        const apq = a[p * count + q]
        if (apq === 0) continue
        const theta = (a[q * count + q] - a[p * count + p]) / (2 * apq)
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const c = 1 / Math.sqrt(t * t + 1)
        rotate(a, count, { p, q, cosine: c, sine: t * c })
        for (let k = 0; k < count; k++) {
          const vp = vectors[k * count + p]
          const vq = vectors[k * count + q]
          vectors[k * count + p] = c * vp - t * c * vq
          vectors[k * count + q] = t * c * vp + c * vq
        }
      }
  }
  return { values: Float64Array.from({ length: count }, (_, p) => a[p * count + p]), vectors }
}

/** A rotation in the plane of the axes p and q. */
interface Rotation {
  p: number
  q: number
  cosine: number
  sine: number
}

/** R^T a R in place; a is count x count. */
function rotate(a: Float64Array, count: number, { p, q, cosine: c, sine: s }: Rotation): void {
  for (let k = 0; k < count; k++) {
    const kp = a[k * count + p]
    const kq = a[k * count + q]
    a[k * count + p] = c * kp - s * kq
    a[k * count + q] = s * kp + c * kq
  }
  for (let k = 0; k < count; k++) {
    const pk = a[p * count + k]
    const qk = a[q * count + k]
    a[p * count + k] = c * pk - s * qk
    a[q * count + k] = s * pk + c * qk
  }
}
