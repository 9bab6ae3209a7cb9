import { entry, lanes, wgslLiteral } from './kernel.ts'
import type { BufferName, Kernel } from './kernel.ts'
import { Slab, addBack, addShare, pathOf } from './layers.ts'
import type { SlabKernel } from './layers.ts'
import type { NetworkPlan } from './layout.ts'
import { sharedCode } from './program.ts'
import { RowSums } from './row-sums.ts'

/** Receivers per workgroup and iteration. */
const nodeRows = 16

/** Result of a pass over the receivers. */
export type NodePass = 'predict' | 'gradient'

/** The node function over the edge kernel's sums: predictions, or loss and gradients. */
export function nodeKernel(plan: NetworkPlan, pass: NodePass): SlabKernel {
  const { layout, config, standardisation } = plan
  const sums = new RowSums('slab')
  const slab = new Slab()
  const back = pass === 'gradient'
  const path = pathOf(layout.nodeLayers, { rows: nodeRows, slab, sums, plan, back })
  const inputs = path.values[0]
  const output = path.values.at(-1) as number
  const columns = layout.sums + layout.node
  const sumGradient = slab.allocate(back ? nodeRows * layout.sums : 0)
  const { skip } = layout
  if (skip)
    path.forward.multiply('forward', 'add', {
      ...{ rows: nodeRows, columns: 1, depth: 4 * columns, left: inputs, leftStride: columns },
      ...{ right: skip.weights, rightStride: 1, output }
    })
  if (back) addBack(path, layout.nodeLayers, nodeRows, plan, { quads: layout.sums, at: sumGradient })
  if (back && skip) {
    addShare(path.back, skip, nodeRows, inputs, output)
    path.back.multiply('back', 'add', {
      ...{ rows: nodeRows, columns: layout.sums, depth: 4, left: output, leftStride: 1 },
      ...{ right: skip.weights, rightStride: 1, output: sumGradient }
    })
  }
  const delta = config.loss.kind === 'huber' ? wgslLiteral(config.loss.delta) : ''
  const lossCode =
    config.loss.kind === 'huber'
      ? `let loss = select(size - 0.5 * ${delta}, 0.5 * size * size / ${delta}, size < ${delta});
        let slope = clamp(error / ${delta}, -1.0, 1.0);`
      : `let loss = size; let slope = sign(error);`
  const ends: Record<NodePass, { buffers: [BufferName, 'read' | 'read_write'][]; lines: string }> = {
    predict: {
      buffers: [['results', 'read_write']],
      lines: `if (lane < ${nodeRows}u && first + lane < batch.rows) { results[batch.rowInBatch + first + lane] = slab[base + ${output}u + lane].x; }`
    },
    gradient: {
      buffers: [
        ['sumGradients', 'read_write'],
        ['gradients', 'read_write'],
        ['rowLosses', 'read_write']
      ],
      lines: `
    if (lane < ${nodeRows}u) {
      var g = 0.0;
      if (first + lane < batch.rows) {
        let error = slab[base + ${output}u + lane].x - rows[batch.firstRow + first + lane].truth;
        let size = abs(error);
        ${lossCode}
        rowLosses[batch.rowInBatch + first + lane] = loss;
        g = slope * batch.perReceiver;
      }
      slab[base + ${output}u + lane] = vec4f(g, 0.0, 0.0, 0.0);
    }
    storageBarrier();
    workgroupBarrier();
    ${path.back.run()}
    for (var n = lane; n < ${nodeRows * layout.sums}u; n += ${lanes}u) {
      let row = first + n / ${layout.sums}u;
      if (row < batch.rows) { sumGradients[row * ${layout.sums}u + n % ${layout.sums}u] = slab[base + ${sumGradient}u + n] * ${wgslLiteral(1 / standardisation.meanDegree)}; }
    }
    fresh = false;`
    }
  }
  const end = ends[pass]
  const body = `
  base = group * ${slab.size}u;
  share = group * ${layout.size}u;
  fresh = batch.fresh == 1u;
  for (var first = group * ${nodeRows}u; first < batch.rows; first += batch.nodeGroups * ${nodeRows}u) {
    for (var n = lane; n < ${nodeRows * columns}u; n += ${lanes}u) {
      let row = first + n / ${columns}u;
      let quad = n % ${columns}u;
      var value = vec4f();
      if (row < batch.rows) {
        let receiver = rows[batch.firstRow + row];
        if (quad < ${layout.sums}u) { value = sumOf(receiver, row, quad) * ${wgslLiteral(1 / standardisation.meanDegree)}; }
        else { value = halos[receiver.place * ${plan.haloQuads}u + ${layout.receiver + layout.sender}u + quad - ${layout.sums}u]; }
      }
      slab[base + ${inputs}u + n] = value;
    }
    storageBarrier();
    workgroupBarrier();
    ${path.forward.run()}
    ${end.lines}
    storageBarrier();
    workgroupBarrier();
  }`
  return {
    name: `node ${pass}`,
    slab: slab.size,
    buffers: [
      ['halos', 'read'],
      ['rows', 'read'],
      ['weights', 'read'],
      ['slab', 'read_write'],
      ['sums', 'read'],
      ...end.buffers
    ],
    code: [sharedCode, sums.text(), path.forward.text(), path.back.text(), sumOf(plan), entry(body)].join('')
  }
}

/** A receiver's sum of messages, added up over the blocks of its edges, in their order. */
function sumOf({ layout, blockEdges }: NetworkPlan): string {
  return `
fn sumOf(receiver: Row, row: u32, quad: u32) -> vec4f {
  var total = vec4f();
  if (receiver.begin < receiver.end) {
    let last = (receiver.end - 1u) / ${blockEdges}u;
    for (var block = receiver.begin / ${blockEdges}u; block <= last; block++) { total += sums[(block + row) * ${layout.sums}u + quad]; }
  }
  return total;
}`
}

/** Sums of messages, [receivers x D]. */
export function aggregateKernel(plan: NetworkPlan): Kernel {
  const { messageWidth } = plan.config
  return {
    name: 'aggregate',
    buffers: [
      ['rows', 'read'],
      ['sums', 'read'],
      ['results', 'read_write']
    ],
    code: `${sumOf(plan)}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = workgroup.x;
  for (var column = lane; column < ${messageWidth}u; column += ${lanes}u) {
    results[(batch.rowInBatch + row) * ${messageWidth}u + column] = sumOf(rows[batch.firstRow + row], row, column / 4u)[column % 4u];
  }
}`
  }
}

export const nodeBlocks = (rows: number): number => Math.ceil(rows / nodeRows)
