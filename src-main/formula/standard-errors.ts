import type { Catalog } from '../catalog/catalog.ts'
import { meanAbsoluteError, weightedGram } from './robust-fit.ts'
import type { RobustFit } from './robust-fit.ts'

/** Directions of the (unit-diagonal) Hessian with less curvature than this share of the largest count as open. */
const openDirection = 1e-10

export interface Uncertainty {
  /** One a parameter; null where the data leave it open. */
  standardErrors: (number | null)[]
  /** Groups of parameters (their places) that can change together without changing any prediction. */
  degenerate: number[][]
}

/**
 * Standard errors of a least-absolute-error fit by the sandwich H^-1 B H^-1, smoothed at a third of the mean absolute error
 * h: H = sum rho''(r) J J^T with rho'' = h^2 / (r^2 + h^2)^(3/2) (a kernel estimate of the residuals' density at zero, which
 * least absolute error needs), B from the scores summed over spatial blocks, because neighbouring halos share their surroundings
 * (Huber 1967; Liang and Zeger 1986). Blocks are cubes of at least twice the graph's radius.
 */
export async function uncertainty(fit: RobustFit, target: Float64Array, blocks: Uint32Array): Promise<Uncertainty> {
  const count = fit.parameters.length
  const h = Math.max(meanAbsoluteError(fit.values, target) / 3, 1e-12)
  const curvature = new Float64Array(target.length)
  const score = new Float64Array(target.length)
  for (let row = 0; row < target.length; row++) {
    const residual = fit.values[row] - target[row]
    const root = Math.sqrt(residual * residual + h * h)
    curvature[row] = (h * h) / root ** 3
    score[row] = residual / root
  }
  const hessian = await weightedGram(fit.jacobian, curvature)
  const unit = Float64Array.from({ length: count }, (_, p) => Math.sqrt(hessian[p * count + p]) || 1)
  const scaled = hessian.map((value, n) => value / (unit[Math.floor(n / count)] * unit[n % count]))
  const { values, vectors } = symmetricEigen(scaled, count)
  const least = openDirection * Math.max(...values, 1e-300)

  const blockCount = blocks.reduce((most, block) => Math.max(most, block + 1), 0)
  const variance = new Float64Array(count)
  const scores = fit.jacobian.map((column) => {
    const sums = new Float64Array(blockCount)
    for (let row = 0; row < column.length; row++) sums[blocks[row]] += score[row] * column[row]
    return sums
  })
  for (let block = 0; block < blockCount; block++) {
    const influence = new Float64Array(count)
    for (let k = 0; k < count; k++) {
      if (values[k] <= least) continue
      let along = 0
      for (let p = 0; p < count; p++) along += (vectors[p * count + k] * scores[p][block]) / unit[p]
      for (let p = 0; p < count; p++) influence[p] += (vectors[p * count + k] * along) / values[k] / unit[p]
    }
    for (let p = 0; p < count; p++) variance[p] += influence[p] ** 2
  }
  const degenerate: number[][] = []
  for (let k = 0; k < count; k++) {
    if (values[k] > least) continue
    const together = Array.from({ length: count }, (_, p) => p).filter((p) => Math.abs(vectors[p * count + k]) > 1e-3)
    const touching = degenerate.filter((group) => group.some((p) => together.includes(p)))
    const merged = [...new Set([...touching.flat(), ...together])].sort((a, b) => a - b)
    degenerate.splice(0, degenerate.length, ...degenerate.filter((group) => !touching.includes(group)), merged)
  }
  const open = new Set(degenerate.flat())
  return { standardErrors: Array.from(variance, (v, p) => (open.has(p) ? null : Math.sqrt(v))), degenerate }
}

/** The cube that each receiver lies in, numbered from 0; cubes have sides of at least twice the radius. */
export function spatialBlocks(
  catalog: Pick<Catalog, 'x' | 'y' | 'z'>,
  receivers: Uint32Array,
  radius: number
): Uint32Array {
  const numbers = new Map<string, number>()
  const cell = (axis: Float32Array, halo: number): number => Math.floor(axis[halo] / (2 * radius))
  return receivers.map((halo) => {
    const key = `${cell(catalog.x, halo)} ${cell(catalog.y, halo)} ${cell(catalog.z, halo)}`
    let number = numbers.get(key)
    if (number === undefined) numbers.set(key, (number = numbers.size))
    return number
  })
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
        rotate(a, count, p, q, c, t * c)
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

function rotate(a: Float64Array, count: number, p: number, q: number, c: number, s: number): void {
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
