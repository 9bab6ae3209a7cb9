import { beta1, beta2, epsilon } from '../../shared/adam.ts'
import type { Kernel } from './kernel.ts'
import { entry, lanes, wgslLiteral } from './kernel.ts'
import type { NetworkLayout } from './layout.ts'
import { sharedCode } from './program.ts'
import { RowSums } from './row-sums.ts'

/** Quads of the gradient per workgroup, and workgroups along the first dimension of a dispatch. */
const quadsAtOnce = 16
const across = 32_768

/** Workgroups that add up the gradient. */
export function reducers({ size, nodeStart }: NetworkLayout): {
  edge: number
  all: number
  dispatch: [number, number]
} {
  const edge = Math.ceil(nodeStart / quadsAtOnce)
  const all = edge + Math.ceil((size - nodeStart) / quadsAtOnce)
  return { edge, all, dispatch: [Math.min(all, across), Math.ceil(all / across)] }
}

/** Adds up the workgroups' parts of the gradient, always in the same order, and the squares of its elements. */
export function reduceKernel(layout: NetworkLayout): Kernel {
  const { edge, all } = reducers(layout)
  const sums = new RowSums('gradients')
  sums.width(quadsAtOnce)
  const body = `
  let part = group + workgroup.y * ${across}u;
  if (part < ${all}u) {
    let ofNode = part >= ${edge}u;
    let quad0 = select(part * ${quadsAtOnce}u, ${layout.nodeStart}u + (part - ${edge}u) * ${quadsAtOnce}u, ofNode);
    let end = select(${layout.nodeStart}u, ${layout.size}u, ofNode);
    let total = sumRows(0u, ${layout.size}u, 0u, select(batch.edgeShares, batch.nodeShares, ofNode), quad0, end);
    workgroupBarrier();
    if (lane < ${quadsAtOnce}u) {
      scratch[lane] = vec4f();
      if (quad0 + lane < end) {
        gradient[quad0 + lane] = total;
        scratch[lane] = total * total;
      }
    }
    workgroupBarrier();
    if (lane == 0u) {
      var squares = vec4f();
      for (var n = 0u; n < ${quadsAtOnce}u; n++) { squares += scratch[n]; }
      norms[part] = dot(squares, vec4f(1.0));
    }
  }`
  return {
    name: 'reduce',
    buffers: [
      ['gradients', 'read'],
      ['gradient', 'read_write'],
      ['norms', 'read_write']
    ],
    code: sharedCode + sums.text() + entry(body)
  }
}

/** Loss of the batch, and the clipping factor of its gradient. After a loss that is not finite, weights no longer change. */
export function lossKernel(layout: NetworkLayout): Kernel {
  const body = `
  var loss = 0.0;
  var penalty = 0.0;
  var squares = 0.0;
  for (var n = lane; n < batch.batchRows; n += ${lanes}u) { loss += rowLosses[n]; }
  for (var n = lane; n < batch.edgeShares; n += ${lanes}u) { penalty += penalties[n]; }
  for (var n = lane; n < ${reducers(layout).all}u; n += ${lanes}u) { squares += norms[n]; }
  scratch[lane] = vec4f(loss, penalty, squares, 0.0);
  for (var half = ${lanes / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { scratch[lane] += scratch[lane + half]; }
  }
  if (lane == 0u) {
    let total = scratch[0].x * batch.perReceiver + scratch[0].y * batch.perEdge;
    let length = sqrt(scratch[0].z);
    losses[batch.step] = total;
    if ((bitcast<u32>(total) & 0x7f800000u) == 0x7f800000u) { state[1] = 1.0; }
    state[0] = select(1.0, batch.clipNorm / length, batch.clipNorm > 0.0 && length > batch.clipNorm);
  }`
  return {
    name: 'loss',
    buffers: [
      ['rowLosses', 'read'],
      ['penalties', 'read'],
      ['norms', 'read'],
      ['losses', 'read_write'],
      ['state', 'read_write']
    ],
    code: sharedCode + entry(body)
  }
}

const adamLanes = 64

/** One step of Adam with decoupled weight decay and a moving average, as in native/kernels/graph_network_rows.cpp. */
export function adamKernel(layout: NetworkLayout): Kernel {
  return {
    name: 'adam',
    buffers: [
      ['gradient', 'read'],
      ['state', 'read'],
      ['weights', 'read_write'],
      ['first', 'read_write'],
      ['second', 'read_write'],
      ['average', 'read_write']
    ],
    code: `
@compute @workgroup_size(${adamLanes})
fn main(@builtin(global_invocation_id) invocation: vec3u) {
  let n = invocation.x + invocation.y * ${across * adamLanes}u;
  if (n >= ${layout.size}u || state[1] != 0.0) { return; }
  let g = gradient[n] * state[0];
  let isBias = (n >= ${layout.edgeBias}u && n < ${layout.nodeStart}u) || n >= ${layout.nodeBias}u;
  let decay = select(batch.weightDecay, 0.0, isBias);
  let m = ${wgslLiteral(beta1)} * first[n] + ${wgslLiteral(1 - beta1)} * g;
  let v = ${wgslLiteral(beta2)} * second[n] + ${wgslLiteral(1 - beta2)} * g * g;
  first[n] = m;
  second[n] = v;
  let w = weights[n];
  let next = w - batch.rate * (m * batch.correction1 / (sqrt(v * batch.correction2) + ${wgslLiteral(epsilon)}) + decay * w);
  weights[n] = next;
  average[n] = next + batch.averageDecay * (average[n] - next);
}`
  }
}

/** Workgroups along both dimensions of a dispatch of the Adam kernel. */
export function adamDispatch({ size }: NetworkLayout): [number, number] {
  const groups = Math.ceil(size / adamLanes)
  return [Math.min(groups, across), Math.ceil(groups / across)]
}
