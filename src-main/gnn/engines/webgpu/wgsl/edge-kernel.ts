import { gatherCode } from './edge-inputs.ts'
import { entry, lanes } from './kernel.ts'
import type { BufferName } from './kernel.ts'
import { Slab, addBack, pathOf } from './layers.ts'
import type { SlabKernel } from './layers.ts'
import { isVariational } from './layout.ts'
import type { NetworkPlan } from './layout.ts'
import { sharedCode } from './program.ts'
import { RowSums } from './row-sums.ts'
import { divergenceCode, noiseCode } from './variational.ts'

/** Result of a pass over the edges: sums of messages for prediction or training, their moments, the messages, or gradients. */
export type EdgePass = 'predict' | 'train' | 'moments' | 'messages' | 'gradient'

/** The edge function over blocks of edges, with activations in the workgroup's slab, followed by the pass's use of the messages. */
export function edgeKernel(plan: NetworkPlan, pass: EdgePass): SlabKernel {
  const { layout, blockEdges, config } = plan
  const sums = new RowSums('slab')
  const slab = new Slab()
  const back = pass === 'gradient'
  const path = pathOf(layout.edgeLayers, { rows: blockEdges, slab, sums, plan, back })
  const messages = `base + ${path.values.at(-1)}u`
  const { sums: quads, message: row } = layout
  if (back) addBack(path, layout.edgeLayers, blockEdges, plan, { quads: 0, at: 0 })
  else sums.width(quads)
  const { kind } = config.penalty
  const hasNoise = isVariational(config) && (pass === 'train' || back)
  const penalised = kind === 'l1' || kind === 'kl'
  // Without a penalty the backward pass does not need the messages.
  if (back && !penalised) path.forward.dropLast()
  const width = sums.columns
  const sumsOf = (begin: string, end: string, to: string, column = 0): string => `
      for (var quad0 = 0u; quad0 < ${quads}u; quad0 += ${width}u) {
        let total = sumRows(${messages} + ${column}u, ${row}u, ${begin}, ${end}, quad0, ${quads}u);
        if (lane < ${width}u && quad0 + lane < ${quads}u) { sums[${to} + quad0 + lane] = total; }
      }`
  /** Loops over a block's messages by quad; the body may use at (in the slab), edge (in the block) and quad. */
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
      let receiver = rows[batch.firstRow + row];
      let first = max(receiver.begin, begin);
      let stop = min(receiver.end, begin + count);
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
    // derivative of the drawn message with respect to logVariance: s noise / 2
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
  const drawing: [BufferName, 'read'][] = hasNoise ? [['order', 'read']] : []
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
      hasNoise ? noiseCode(config) : '',
      entry(body)
    ].join('')
  }
}
