import { pairFeatures, splitEdgeFeatures } from '../../../network/features.ts'
import { lanes, wgslLiteral } from './kernel.ts'
import type { NetworkPlan } from './layout.ts'

/** Inputs of the edge function, one edge per lane; rows after the last edge are zero. */
export function gatherCode({ config, standardisation, layout, haloQuads, blockEdges }: NetworkPlan): string {
  const { receiver, sender, pair, node } = layout
  const inputs = receiver + sender + pair
  const names = splitEdgeFeatures(config.edgeFeatures).pair
  const values = names.map((name) => {
    const at = config.edgeFeatures.indexOf(name)
    const { mean, scale } = standardisation.edge
    return `(${pairExpressions[name]} - ${wgslLiteral(mean[at])}) * ${wgslLiteral(1 / scale[at])}`
  })
  const copies = (count: number, to: number, from: string): string[] =>
    Array.from({ length: count }, (_, n) => `slab[at + ${to + n}u] = halos[${from} + ${to + n}u];`)
  const pairs = Array.from({ length: pair }, (_, n) => {
    const four = Array.from({ length: 4 }, (_, k) => values[4 * n + k] ?? '0.0')
    return `slab[at + ${receiver + sender + n}u] = vec4f(${four.join(', ')});`
  })
  const needsVelocity = names.some(
    (name) => pairFeatures.find((feature) => feature.name === name)?.needs === 'velocity'
  )
  const velocity = receiver + sender + node
  return `
fn over(along: f32, size: f32) -> f32 { return select(0.0, along / size, size > 0.0); }
fn gather(to: u32, begin: u32, count: u32) {
  for (var n = lane; n < ${blockEdges}u; n += ${lanes}u) {
    let at = to + n * ${inputs}u;
    if (n < count) {
      let edge = edges[begin + n];
      let i = rows[batch.firstRow + edge.row].place * ${haloQuads}u;
      let j = edge.sender * ${haloQuads}u;
      let d = vec3f(edge.dx, edge.dy, edge.dz);
      let r = length(d);
      ${needsVelocity ? `let vi = halos[i + ${velocity}u].xyz; let vj = halos[j + ${velocity}u].xyz;` : ''}
      ${[...copies(receiver, 0, 'i'), ...copies(sender, receiver, 'j'), ...pairs].join('\n      ')}
    } else {
      for (var quad = 0u; quad < ${inputs}u; quad++) { slab[at + quad] = vec4f(); }
    }
  }
  storageBarrier();
  workgroupBarrier();
}`
}

/** The pair features of features.ts as WGSL of the separation d (sender minus receiver), its length r, and both velocities. */
const pairExpressions: Record<string, string> = {
  r: 'r',
  log_r: 'log(max(r, 1e-3))',
  inv_r: '1.0 / (r + 1.0)',
  dx: 'd.x',
  dy: 'd.y',
  dz: 'd.z',
  cos_i: 'over(dot(vi, d), length(vi) * r)',
  cos_j: 'over(dot(vj, d), length(vj) * r)',
  v_ij: 'length(vj - vi)',
  v_r: 'over(dot(vj - vi, d), r)',
  dvx: 'vj.x - vi.x',
  dvy: 'vj.y - vi.y',
  dvz: 'vj.z - vi.z'
}
