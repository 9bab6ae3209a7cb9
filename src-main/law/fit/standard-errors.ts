import type { Catalog } from '../../catalog/catalog.ts'
import { sandwich, type Uncertainty } from '../../symbolic/index.ts'
import { meanAbsoluteError, weightedGram } from './robust-fit.ts'
import type { RobustFit } from './robust-fit.ts'

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
  const blockCount = blocks.reduce((most, block) => Math.max(most, block + 1), 0)
  const byBlock = fit.jacobian.map((column) => {
    const sums = new Float64Array(blockCount)
    for (let row = 0; row < column.length; row++) sums[blocks[row]] += score[row] * column[row]
    return sums
  })
  const scores = new Float64Array(count * count)
  for (let p = 0; p < count; p++)
    for (let q = 0; q < count; q++)
      for (let block = 0; block < blockCount; block++) scores[p * count + q] += byBlock[p][block] * byBlock[q][block]
  return sandwich(hessian, scores, count)
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
