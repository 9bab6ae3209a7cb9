import { pairFeatures, splitEdgeFeatures } from '../../features.ts'
import type { GnnConfig, Standardisation } from '../../model.ts'
import { entry, literal } from './kernel.ts'
import type { BufferName, Kernel } from './kernel.ts'
import { isVariational } from './layout.ts'
import type { DenseLayer, NetworkLayout } from './layout.ts'
import { Program, RowSums, lanes, sharedCode } from './matrix.ts'

/** Receivers whose node function a workgroup computes at a time. */
const nodeRows = 16

export interface NetworkPlan {
  config: GnnConfig
  standardisation: Standardisation
  layout: NetworkLayout
  /** Quads of a halo's inputs: receiver, sender and node features, and its velocity where a pair feature needs it */
  haloQuads: number
  /** Edges that a workgroup computes at a time */
  blockEdges: number
}

/** What a pass over the edges is for: sums of messages to predict from or to train on, their moments, themselves, the way back. */
export type EdgePass = 'predict' | 'train' | 'moments' | 'messages' | 'gradient'
/** What a pass over the receivers is for. */
export type NodePass = 'predict' | 'gradient'

export interface SlabKernel extends Kernel {
  /** Quads of the slab that a workgroup needs */
  slab: number
}

/** Matrices of a workgroup's slab, one behind the other; offsets in quads. */
class Slab {
  size = 0
  take(quads: number): number {
    const at = this.size
    this.size += quads
    return at
  }
}

/** Where a function's layers leave what they compute, and the programs that compute it. */
interface Path {
  /** Input of each layer, and the last one's output */
  values: number[]
  /** Gradient of each layer's output; that of the last replaces the output */
  gradients: number[]
  forward: Program
  back: Program
}

/** The way through a function's layers. Hidden layers keep their slopes for the way back; their gradients then replace those. */
function pathOf(layers: DenseLayer[], rows: number, slab: Slab, sums: RowSums, plan: NetworkPlan, back: boolean): Path {
  const { activation } = plan.config
  const values = [slab.take(rows * layers[0].inputs)]
  const gradients: number[] = []
  const forward = new Program('forward', activation, back, sums)
  layers.forEach((layer, n) => {
    const last = n === layers.length - 1
    const output = slab.take(rows * layer.outputs)
    gradients.push(back && !last ? slab.take(rows * layer.outputs) : output)
    values.push(output)
    forward.multiply('forward', last ? 'linear' : 'activate', {
      rows,
      columns: layer.outputs,
      depth: 4 * layer.inputs,
      left: values[n],
      leftStride: layer.inputs,
      right: layer.weights,
      rightStride: layer.outputs,
      output,
      bias: layer.bias,
      slope: gradients[n]
    })
  })
  return { values, gradients, forward, back: new Program('back', activation, back, sums) }
}

/** Adds the way back through layers whose last gradient is in place, as far as the first `inputs.quads` of the input. */
function addBack(
  path: Path,
  layers: DenseLayer[],
  rows: number,
  plan: NetworkPlan,
  inputs: { quads: number; at: number }
): void {
  const { values, gradients, back } = path
  const keepsSlopes = plan.config.activation === 'silu'
  for (let n = layers.length - 1; n >= 0; n--) {
    const layer = layers[n]
    addShare(back, layer, rows, values[n], gradients[n])
    const columns = n > 0 ? layer.inputs : inputs.quads
    if (columns > 0)
      back.multiply('back', n > 0 ? 'slope' : 'keep', {
        rows,
        columns,
        depth: 4 * layer.outputs,
        left: gradients[n],
        leftStride: layer.outputs,
        right: layer.weights,
        rightStride: layer.outputs,
        output: n > 0 ? gradients[n - 1] : inputs.at,
        slope: n > 0 ? (keepsSlopes ? gradients[n - 1] : values[n]) : 0
      })
  }
}

/** Adds these rows' share of the gradient of a layer's weights and bias. */
function addShare(program: Program, layer: DenseLayer, rows: number, input: number, gradient: number): void {
  program.multiply('share', 'share', {
    rows: 4 * layer.inputs,
    columns: layer.outputs,
    depth: rows,
    left: input,
    leftStride: layer.inputs,
    right: gradient,
    rightStride: layer.outputs,
    output: layer.weights
  })
  if (layer.bias >= 0) program.shareOfBias(rows, layer.outputs, gradient, layer.bias)
}

export function edgeKernel(plan: NetworkPlan, pass: EdgePass): SlabKernel {
  const { layout, blockEdges, config } = plan
  const sums = new RowSums('slab')
  const slab = new Slab()
  const back = pass === 'gradient'
  const path = pathOf(layout.edgeLayers, blockEdges, slab, sums, plan, back)
  const messages = `base + ${path.values.at(-1)}u`
  const { sums: quads, message: row } = layout
  if (back) addBack(path, layout.edgeLayers, blockEdges, plan, { quads: 0, at: 0 })
  else sums.width(quads)
  const { kind } = config.penalty
  const drawn = isVariational(config) && (pass === 'train' || back)
  const penalised = kind === 'l1' || kind === 'kl'
  // Without a penalty the messages themselves are not needed on the way back.
  if (back && !penalised) path.forward.dropLast()
  const width = sums.columns
  const sumsOf = (begin: string, end: string, to: string, column = 0): string => `
      for (var quad0 = 0u; quad0 < ${quads}u; quad0 += ${width}u) {
        let total = sumRows(${messages} + ${column}u, ${row}u, ${begin}, ${end}, quad0, ${quads}u);
        if (lane < ${width}u && quad0 + lane < ${quads}u) { sums[${to} + quad0 + lane] = total; }
      }`
  /** Runs over a block's messages, quad by quad: WGSL that may use at (in the slab), edge (in the block) and quad. */
  const eachQuad = (body: string, rows = `${blockEdges}u`): string => `
    for (var n = lane; n < ${rows} * ${quads}u; n += ${lanes}u) {
      let edge = n / ${quads}u;
      let quad = n % ${quads}u;
      let at = ${messages} + edge * ${row}u + quad;
      ${body}
    }`
  const synchronised = `
    storageBarrier();
    workgroupBarrier();`
  const sumBySum = `
    let lastRow = edges[begin + count - 1u].row;
    for (var row = edges[begin].row; row <= lastRow; row++) {
      let own = rows[batch.firstRow + row];
      let first = max(own.begin, begin);
      let stop = min(own.end, begin + count);
      if (first < stop) { ${sumsOf('first - begin', 'stop - begin', `(block + row) * ${quads}u`)} }
    }`
  const size = {
    l1: 'size += dot(abs(slab[at]), vec4f(1.0));',
    kl: `let mean = slab[at];
      let logVariance = slab[at + ${quads}u];
      size += dot(divergence(mean, logVariance), vec4f(1.0));
      slab[at] = mean + exp(0.5 * logVariance) * noise(begin + edge, quad);`
  }
  const gradient = {
    plain: 'slab[at] = g;',
    l1: 'slab[at] = g + select(0.0, batch.perEdge, edge < count) * sign(slab[at]);',
    // d drawn / d logVariance = s noise / 2
    kl: `if (edge < count) {
        let mean = slab[at];
        let logVariance = slab[at + ${quads}u];
        slab[at] = g + batch.perEdge * mean;
        slab[at + ${quads}u] = 0.5 * (g * exp(0.5 * logVariance) * noise(begin + edge, quad) + batch.perEdge * (exp(logVariance) - 1.0));
      } else {
        slab[at] = vec4f();
        slab[at + ${quads}u] = vec4f();
      }`
  }
  const ends: Record<EdgePass, { buffers: [BufferName, 'read' | 'read_write'][]; lines: string; after?: string }> = {
    predict: { buffers: [['sums', 'read_write']], lines: sumBySum },
    train: {
      buffers: [
        ['sums', 'read_write'],
        ['penalties', 'read_write']
      ],
      lines: (penalised ? eachQuad(size[kind], 'count') + synchronised : '') + sumBySum,
      after: `
  workgroupBarrier();
  scratch[lane] = vec4f(size);
  workgroupBarrier();
  if (lane == 0u) {
    var total = 0.0;
    for (var n = 0u; n < ${lanes}u; n++) { total += scratch[n].x; }
    if (batch.fresh == 1u) { penalties[group] = total; } else { penalties[group] += total; }
  }`
    },
    moments: {
      buffers: [['sums', 'read_write']],
      lines: `
    ${sumsOf('0u', 'count', `3u * block * ${quads}u`)}
    ${
      kind === 'kl'
        ? eachQuad(`slab[at + ${quads}u] = divergence(slab[at], slab[at + ${quads}u]);`) +
          synchronised +
          sumsOf('0u', 'count', `(3u * block + 2u) * ${quads}u`, quads)
        : ''
    }
    ${eachQuad('let m = slab[at]; slab[at] = m * m;')}${synchronised}
    ${sumsOf('0u', 'count', `(3u * block + 1u) * ${quads}u`)}`
    },
    messages: {
      buffers: [['results', 'read_write']],
      lines: `
    for (var n = lane; n < count * ${config.messageWidth}u; n += ${lanes}u) {
      let column = n % ${config.messageWidth}u;
      results[begin * ${config.messageWidth}u + n] = slab[${messages} + (n / ${config.messageWidth}u) * ${row}u + column / 4u][column % 4u];
    }`
    },
    gradient: {
      buffers: [
        ['sumGradients', 'read'],
        ['gradients', 'read_write']
      ],
      lines: `
    ${eachQuad(`var g = vec4f();
      if (edge < count) { g = sumGradients[edges[begin + edge].row * ${quads}u + quad]; }
      ${gradient[penalised ? kind : 'plain']}`)}${synchronised}
    ${path.back.run()}`
    }
  }
  const end = ends[pass]
  const body = `
  base = group * ${slab.size}u;
  share = group * ${layout.size}u;
  var size = 0.0;
  fresh = batch.fresh == 1u;
  for (var block = group; block < batch.blocks; block += batch.groups) {
    let begin = block * ${blockEdges}u;
    let count = min(${blockEdges}u, batch.edges - begin);
    gather(base + ${path.values[0]}u, begin, count);
    ${path.forward.run()}
    ${end.lines}
    fresh = false;${synchronised}
  }
  ${end.after ?? ''}`
  const drawing: [BufferName, 'read'][] = drawn ? [['order', 'read']] : []
  return {
    name: `edge ${pass}`,
    slab: slab.size,
    buffers: [
      ['halos', 'read'],
      ['rows', 'read'],
      ['edges', 'read'],
      ['weights', 'read'],
      ['slab', 'read_write'],
      ...drawing,
      ...end.buffers
    ],
    code: [
      sharedCode,
      sums.text(),
      path.forward.text(),
      path.back.text(),
      gatherCode(plan),
      kind === 'kl' ? divergenceCode : '',
      drawn ? noiseCode(config) : '',
      entry(body)
    ].join('')
  }
}

/** Divergence of N(mean, s^2) from N(0, 1). */
const divergenceCode = `
fn divergence(mean: vec4f, logVariance: vec4f) -> vec4f { return 0.5 * (mean * mean + exp(logVariance) - logVariance - 1.0); }`

/** The noise of noise.ts on four components of an edge; 0 on those that only fill the last quad. */
function noiseCode({ messageWidth }: GnnConfig): string {
  return `
fn noise(edge: u32, quad: u32) -> vec4f {
  let own = edges[edge];
  let receiver = order[rows[batch.firstRow + own.row].place] * 1664525u + 1013904223u;
  let sender = order[own.sender] * 1664525u + 1013904223u;
  let component = 4u * quad + vec4u(0u, 1u, 2u, 3u);
  var x = vec4u(receiver);
  var y = vec4u(sender);
  var z = vec4u(batch.draw * 1664525u + 1013904223u);
  var w = (batch.seed + component * 0x9e3779b9u) * 1664525u + 1013904223u;
  x += y * w; y += z * x; z += x * y; w += y * z;
  x ^= x >> vec4u(16u); y ^= y >> vec4u(16u); z ^= z >> vec4u(16u); w ^= w >> vec4u(16u);
  x += y * w; y += z * x;
  let above = (vec4f(x >> vec4u(8u)) + 1.0) * 0x1p-24f;
  let turn = vec4f(y >> vec4u(8u)) * 0x1p-24f;
  // cos(2 pi u) as the sine of the distance from a quarter turn, where its argument is small
  let value = sqrt(-2.0 * log(above)) * -sin((0.25 - abs(turn - 0.5)) * 6.283185307);
  return select(vec4f(), value, component < vec4u(${messageWidth}u));
}`
}

/** Inputs of the edge function, an edge a lane; rows behind the last edge are zero. */
function gatherCode({ config, standardisation, layout, haloQuads, blockEdges }: NetworkPlan): string {
  const { receiver, sender, pair, node } = layout
  const inputs = receiver + sender + pair
  const names = splitEdgeFeatures(config.edgeFeatures).pair
  const values = names.map((name) => {
    const at = config.edgeFeatures.indexOf(name)
    const { mean, scale } = standardisation.edge
    return `(${pairExpressions[name]} - ${literal(mean[at])}) * ${literal(1 / scale[at])}`
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

/** Each pair feature of features.ts from the separation d (sender minus receiver), its length r, and both velocities. */
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

export function nodeKernel(plan: NetworkPlan, pass: NodePass): SlabKernel {
  const { layout, config, standardisation } = plan
  const sums = new RowSums('slab')
  const slab = new Slab()
  const back = pass === 'gradient'
  const path = pathOf(layout.nodeLayers, nodeRows, slab, sums, plan, back)
  const inputs = path.values[0]
  const output = path.values.at(-1) as number
  const columns = layout.sums + layout.node
  const sumGradient = slab.take(back ? nodeRows * layout.sums : 0)
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
  const delta = config.loss.kind === 'huber' ? literal(config.loss.delta) : ''
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
        let error = slab[base + ${output}u + lane].x - rows[batch.firstRow + first + lane].wanted;
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
      if (row < batch.rows) { sumGradients[row * ${layout.sums}u + n % ${layout.sums}u] = slab[base + ${sumGradient}u + n] * ${literal(1 / standardisation.meanDegree)}; }
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
        let own = rows[batch.firstRow + row];
        if (quad < ${layout.sums}u) { value = sumOf(own, row, quad) * ${literal(1 / standardisation.meanDegree)}; }
        else { value = halos[own.place * ${plan.haloQuads}u + ${layout.receiver + layout.sender}u + quad - ${layout.sums}u]; }
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

/** A receiver's sum of messages: what the blocks that its edges lie in have left, in their order. */
function sumOf({ layout, blockEdges }: NetworkPlan): string {
  return `
fn sumOf(own: Row, row: u32, quad: u32) -> vec4f {
  var total = vec4f();
  if (own.begin < own.end) {
    let last = (own.end - 1u) / ${blockEdges}u;
    for (var block = own.begin / ${blockEdges}u; block <= last; block++) { total += sums[(block + row) * ${layout.sums}u + quad]; }
  }
  return total;
}`
}

/** Sums of messages, [receivers x D], as they are. */
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
