import { badInput } from '../../../../src-shared/errors.ts'
import type { CellGridLayout } from '../../../graph/neighbours.ts'
import { pairsBetween } from '../../../graph/pairs.ts'
import type { SeparatedPairs } from '../../../graph/pairs.ts'
import type { EngineNetwork, MessageMoments, StepLoss, TrainedSteps, TrainingSteps } from '../../engine.ts'
import { joinMoments, splitMoments } from '../../parameters.ts'
import { stepFactors } from '../adam.ts'
import { nearOrder, partsOf, mostReceivers, writeRows } from './batches.ts'
import type { Capacity, Part } from './batches.ts'
import type { Device, Pipeline } from './device.ts'
import { batchStride, edgeBytes, rowBytes, writeBatch } from './kernel.ts'
import type { Batch, BufferName, Kernel } from './kernel.ts'
import { isVariational, toPadded, toPlain } from './layout.ts'
import { searchKernel } from './neighbours.ts'
import { aggregateKernel, edgeKernel, nodeBlocks, nodeKernel } from './network-kernels.ts'
import type { EdgePass, NetworkPlan } from './network-kernels.ts'
import { adamDispatch, adamKernel, lossKernel, reduceKernel, reducers } from './optimiser-kernels.ts'

/** Receivers whose rows, and pairs whose messages, one read-back takes. */
const receiversAtOnce = 65_536
/** Edges and operations of one dispatch: a driver that sees no end of a dispatch for seconds gives the device up. */
const mostEdges = 2 ** 20
const operationsAtOnce = 2e11
const mostGroups = 512
/** Of one buffer; what kernels write between dispatches stays small beside the card's memory. */
const bufferBytes = 2 ** 29

/** The halos as a network on the GPU needs them. */
export interface DeviceCatalog {
  grid: CellGridLayout
  radius: number
  boxSize: number
  /** By place: [halos x haloQuads] quads; see NetworkPlan */
  inputs: Float32Array<ArrayBuffer>
  /** By halo */
  place: Uint32Array
  degrees: Uint32Array
  /** Multiply-adds of one edge on the way forward */
  multiplyAdds: number
}

export class WebGpuNetwork implements EngineNetwork {
  private readonly device: Device
  private readonly plan: NetworkPlan
  private readonly catalog: DeviceCatalog
  private readonly capacity: Capacity
  /** Workgroups that share a batch's edges */
  private readonly groups: number
  private readonly search: Kernel
  private steps = 0

  constructor(device: Device, plan: NetworkPlan, catalog: DeviceCatalog, edgesAtOnce?: number) {
    this.device = device
    this.plan = plan
    this.catalog = catalog
    const { layout, blockEdges } = plan
    const { grid } = catalog
    let edges = 0
    let most = 1
    for (const degree of catalog.degrees) {
      edges += degree
      most = Math.max(most, degree)
    }
    const affordable = Math.max(2 ** 14, Math.floor(operationsAtOnce / (8 * catalog.multiplyAdds)))
    const wanted = edgesAtOnce ?? Math.min(mostEdges, affordable)
    this.capacity = { edges: Math.max(most, Math.min(edges, wanted)), rows: 2 ** 14 }
    const blocks = Math.ceil(this.capacity.edges / blockEdges)
    const slab = Math.max(edgeKernel(plan, 'gradient').slab, nodeKernel(plan, 'gradient').slab)
    const budget = Math.min(device.limits.bindingBytes, bufferBytes) / 16
    this.groups = Math.min(
      mostGroups,
      Math.max(blocks, 32),
      Math.floor(budget / layout.size),
      Math.floor(budget / slab)
    )
    this.search = searchKernel(grid, catalog.radius, catalog.boxSize, device.subgroups)
    const { groups } = this
    const quads = 16
    const sizes: [BufferName, number][] = [
      ['edges', this.capacity.edges * edgeBytes],
      ['slab', groups * slab * quads],
      ['sums', (3 * blocks + this.capacity.rows) * layout.sums * quads],
      ['sumGradients', this.capacity.rows * layout.sums * quads],
      ['gradients', groups * layout.size * quads],
      ['gradient', layout.size * quads],
      ['penalties', groups * 4],
      ['norms', reducers(layout).all * 4],
      ['state', 16]
    ]
    const needed = Math.max(catalog.inputs.byteLength, grid.x.length * 16, ...sizes.map(([, bytes]) => bytes))
    if (groups < 1 || needed > device.limits.bindingBytes)
      throw badInput(
        `This catalog and network need ${Math.ceil(needed / 2 ** 20)} MB in one piece on the graphics device, which gives at most ${Math.floor(device.limits.bindingBytes / 2 ** 20)} MB; take --engine cpu.`
      )
    for (const [name, bytes] of sizes) device.buffer(name, bytes)
    device.write('positions', interleaved([grid.x, grid.y, grid.z]))
    device.write('bins', Uint32Array.from(grid.binStart))
    device.write('settled', Uint32Array.from(grid.settled))
    device.write('halos', catalog.inputs)
    device.write('order', Uint32Array.from(grid.order))
    for (const name of ['weights', 'average', 'first', 'second'] as const)
      device.write(name, new Float32Array(4 * layout.size))
  }

  /** Waits until the buffers are there. @throws EngineLostError when memory does not suffice */
  ready(): Promise<void> {
    return this.device.submit(() => {})
  }

  dispose(): void {
    this.device.destroy()
  }

  setWeights(current: Float32Array, average: Float32Array): void {
    this.device.write('weights', toPadded(this.plan.layout, current))
    this.device.write('average', toPadded(this.plan.layout, average))
  }

  setMoments(moments: Float32Array, step: number): void {
    const [first, second] = splitMoments(moments)
    this.device.write('first', toPadded(this.plan.layout, first))
    this.device.write('second', toPadded(this.plan.layout, second))
    this.steps = step
  }

  async weights(average: boolean): Promise<Float32Array> {
    const [weights] = await this.readWeights([average ? 'average' : 'weights'])
    return weights
  }

  async moments(): Promise<Float32Array> {
    const [first, second] = await this.readWeights(['first', 'second'])
    return joinMoments(first, second)
  }

  async gradient(
    receivers: Uint32Array,
    target: Float32Array,
    at: StepLoss
  ): Promise<{ loss: number; gradient: Float32Array }> {
    const one = { receivers, batch: Math.max(1, receivers.length), target, rates: new Float32Array(1) }
    const still = { weightDecay: 0, averageDecay: 0, clipNorm: 0 }
    await this.run({ ...one, ...still, seed: at.seed, penalties: Float32Array.of(at.penalty) }, at.step, false)
    const { size } = this.plan.layout
    const [loss, gradient] = await this.device.read([
      { name: 'losses', bytes: 4 },
      { name: 'gradient', bytes: 16 * size }
    ])
    return { loss: new Float32Array(loss)[0], gradient: toPlain(this.plan.layout, new Float32Array(gradient)) }
  }

  async train(options: TrainingSteps): Promise<TrainedSteps> {
    const began = performance.now()
    const edges = await this.run(options, this.steps, true)
    const [bytes] = await this.device.read([{ name: 'losses', bytes: 4 * options.rates.length }])
    const losses = new Float32Array(bytes)
    const failed = losses.findIndex((loss) => !Number.isFinite(loss))
    this.steps += failed < 0 ? losses.length : failed
    return {
      losses: failed < 0 ? losses : losses.subarray(0, failed + 1),
      edges,
      seconds: (performance.now() - began) / 1000,
      failed
    }
  }

  predict(receivers: Uint32Array, average: boolean): Promise<Float32Array> {
    const nodes = nodeKernel(this.plan, 'predict')
    return this.overReceivers(receivers, average, 1, nodes, ({ rows }) => Math.min(this.groups, nodeBlocks(rows)))
  }

  aggregate(receivers: Uint32Array, average: boolean): Promise<Float32Array> {
    const sums = aggregateKernel(this.plan)
    return this.overReceivers(receivers, average, this.plan.config.messageWidth, sums, ({ rows }) => rows)
  }

  async messageMoments(receivers: Uint32Array, average: boolean): Promise<MessageMoments> {
    const width = this.plan.config.messageWidth
    const row = 4 * this.plan.layout.sums
    const sums = [0, 1, 2].map(() => new Float64Array(width))
    let edges = 0
    for (let begin = 0; begin < receivers.length; begin += receiversAtOnce) {
      const { batches } = this.layOut(receivers.subarray(begin, begin + receiversAtOnce))
      // A part at a time: each leaves its sums in the same place.
      for (const [n, batch] of batches.entries()) {
        await this.forward([batch], n, average, 'moments')
        const [bytes] = await this.device.read([{ name: 'sums', bytes: 12 * row * batch.blocks }])
        const found = new Float32Array(bytes)
        edges += batch.edges
        for (let block = 0; block < batch.blocks; block++)
          sums.forEach((sum, k) => {
            for (let d = 0; d < width; d++) sum[d] += found[(3 * block + k) * row + d]
          })
      }
    }
    const [sum, squares, divergence] = sums
    return { edges, sum, squares, divergence: isVariational(this.plan.config) ? divergence : null }
  }

  async messages(pairs: SeparatedPairs, average: boolean): Promise<Float32Array> {
    const width = this.plan.config.messageWidth
    const { place } = this.catalog
    const out = new Float32Array(pairs.receiver.length * width)
    const atOnce = Math.min(receiversAtOnce, this.capacity.edges)
    for (let begin = 0; begin < pairs.receiver.length; begin += atOnce) {
      const { receiver, sender, dx, dy, dz } = pairsBetween(pairs, begin, begin + atOnce)
      const count = receiver.length
      const rows = new Uint32Array(4 * count)
      const edges = new ArrayBuffer(count * edgeBytes)
      const u32 = new Uint32Array(edges)
      const f32 = new Float32Array(edges)
      for (let n = 0; n < count; n++) {
        rows[4 * n] = place[receiver[n]]
        u32[5 * n] = n
        u32[5 * n + 1] = place[sender[n]]
        f32.set([dx[n], dy[n], dz[n]], 5 * n + 2)
      }
      this.device.write('rows', rows)
      this.device.write('edges', edges)
      this.device.buffer('results', count * width * 4)
      const batch = this.batchOf({ first: 0, rows: count, edges: count })
      this.writeBatches([batch])
      await this.forward([batch], 0, average, 'messages')
      const [bytes] = await this.device.read([{ name: 'results', bytes: count * width * 4 }])
      out.set(new Float32Array(bytes), begin * width)
    }
    return out
  }

  /** The edges of receivers as the GPU finds them, in its order: senders by halo and separations, Mpc/h. */
  async neighbours(receivers: Uint32Array): Promise<{ sender: Uint32Array; d: Float32Array }[]> {
    const { order, batches } = this.layOut(receivers)
    const found = new Array<{ sender: Uint32Array; d: Float32Array }>(receivers.length)
    const search = await this.device.pipeline(this.search)
    for (const [n, batch] of batches.entries()) {
      await this.device.submit((encoder) => {
        const pass = encoder.beginComputePass()
        this.dispatch(pass, search, n, [batch.rows])
        pass.end()
      })
      const [bytes] = await this.device.read([{ name: 'edges', bytes: batch.edges * edgeBytes }])
      const u32 = new Uint32Array(bytes)
      const f32 = new Float32Array(bytes)
      let at = 0
      for (let row = 0; row < batch.rows; row++) {
        const index = order[batch.rowInBatch + row]
        const degree = this.catalog.degrees[receivers[index]]
        const own = Array.from({ length: degree }, (_, k) => 5 * (at + k))
        found[index] = {
          sender: Uint32Array.from(own, (k) => this.catalog.grid.order[u32[k + 1]]),
          d: Float32Array.from(own.flatMap((k) => [f32[k + 2], f32[k + 3], f32[k + 4]]))
        }
        at += degree
      }
    }
    return found
  }

  /** One result of `width` numbers a receiver, from the sums of its messages by a kernel of the caller's. */
  private async overReceivers(
    receivers: Uint32Array,
    average: boolean,
    width: number,
    last: Kernel,
    workgroups: (batch: Batch) => number
  ): Promise<Float32Array> {
    const out = new Float32Array(receivers.length * width)
    const pipeline = await this.device.pipeline(last)
    for (let begin = 0; begin < receivers.length; begin += receiversAtOnce) {
      const some = receivers.subarray(begin, begin + receiversAtOnce)
      const { order, batches } = this.layOut(some)
      this.device.buffer('results', some.length * width * 4)
      await this.forward(batches, 0, average, 'predict', { pipeline, workgroups })
      const [bytes] = await this.device.read([{ name: 'results', bytes: some.length * width * 4 }])
      const results = new Float32Array(bytes)
      order.forEach((at, n) => out.set(results.subarray(n * width, (n + 1) * width), (begin + at) * width))
    }
    return out
  }

  /** Writes receivers where the kernels find them, near ones together, as one batch in parts. */
  private layOut(receivers: Uint32Array): { order: Uint32Array; batches: Batch[] } {
    const { place, degrees } = this.catalog
    const order = nearOrder(receivers, place)
    const parts = partsOf(
      Array.from(order, (n) => degrees[receivers[n]]),
      this.capacity
    )
    const rows = new ArrayBuffer(receivers.length * rowBytes)
    writeRows(rows, 0, receivers, order, parts, { place, degrees })
    this.device.write('rows', rows)
    const batches = parts.map((part) => this.batchOf(part))
    this.writeBatches(batches)
    return { order, batches }
  }

  private batchOf(part: Part): Batch {
    const blocks = Math.ceil(part.edges / this.plan.blockEdges)
    return {
      firstRow: part.first,
      rowInBatch: part.first,
      rows: part.rows,
      edges: part.edges,
      blocks,
      groups: Math.min(this.groups, blocks),
      nodeGroups: Math.min(this.groups, nodeBlocks(part.rows)),
      fresh: 1,
      step: 0,
      seed: 0,
      draw: 0,
      batchRows: part.rows,
      edgeShares: 0,
      nodeShares: 0,
      perReceiver: 0,
      perEdge: 0,
      rate: 0,
      correction1: 1,
      correction2: 1,
      averageDecay: 0,
      weightDecay: 0,
      clipNorm: 0
    }
  }

  private writeBatches(batches: Batch[]): void {
    const bytes = new ArrayBuffer(batches.length * batchStride)
    batches.forEach((batch, n) => writeBatch(batch, bytes, n))
    this.device.write('batches', bytes)
  }

  /** Runs a forward pass over batches that were laid out, the first of them as number `at` there. */
  private async forward(
    batches: Batch[],
    at: number,
    average: boolean,
    purpose: EdgePass,
    last?: { pipeline: Pipeline; workgroups: (batch: Batch) => number }
  ): Promise<void> {
    const search = await this.device.pipeline(this.search)
    const edges = await this.device.pipeline(edgeKernel(this.plan, purpose))
    const instead = average ? ({ weights: 'average' } as const) : {}
    await this.device.submit((encoder) => {
      const pass = encoder.beginComputePass()
      batches.forEach((batch, n) => {
        if (purpose !== 'messages') this.dispatch(pass, search, at + n, [batch.rows])
        this.dispatch(pass, edges, at + n, [batch.groups], instead)
        if (last) this.dispatch(pass, last.pipeline, at + n, [last.workgroups(batch)], instead)
      })
      pass.end()
    })
  }

  /** Gradient, and where asked the update, of batch after batch, without waiting for any. Returns the number of edges. */
  private async run(options: Omit<TrainingSteps, 'threads'>, before: number, update: boolean): Promise<number> {
    const kernels = await this.trainingKernels()
    const steps = this.layOutSteps(options, before)
    this.device.buffer('rowLosses', 4 * Math.min(options.batch, options.receivers.length))
    this.device.buffer('losses', 4 * options.rates.length)
    this.device.write('state', new Float32Array(4))
    const reduceGroups = reducers(this.plan.layout).dispatch
    const adamGroups = adamDispatch(this.plan.layout)
    let at = 0
    let edges = 0
    const sent: Promise<void>[] = []
    while (at < steps.length) {
      // A few steps a submission: the queue stays full, and no command buffer runs for long.
      let operations = 0
      const until = { from: at, to: at }
      while (until.to < steps.length && operations < operationsAtOnce) {
        for (const part of steps[until.to].parts) operations += 8 * part.edges * this.catalog.multiplyAdds
        until.to++
      }
      const some = steps.slice(until.from, until.to)
      sent.push(
        this.device.submit((encoder) => {
          for (const { parts, first } of some) {
            if (parts.length > 1)
              for (const name of ['gradients', 'penalties'] as const) this.device.clear(encoder, name)
            const pass = encoder.beginComputePass()
            parts.forEach((part, n) => {
              this.dispatch(pass, kernels.search, first + n, [part.rows])
              this.dispatch(pass, kernels.sums, first + n, [part.groups])
              this.dispatch(pass, kernels.nodes, first + n, [part.nodeGroups])
              this.dispatch(pass, kernels.edges, first + n, [part.groups])
            })
            const last = first + parts.length - 1
            this.dispatch(pass, kernels.reduce, last, reduceGroups)
            this.dispatch(pass, kernels.loss, last, [1])
            if (update) this.dispatch(pass, kernels.adam, last, adamGroups)
            pass.end()
          }
        })
      )
      for (const { parts } of some) for (const part of parts) edges += part.edges
      at = until.to
    }
    await Promise.all(sent)
    return edges
  }

  private async trainingKernels(): Promise<
    Record<'search' | 'sums' | 'nodes' | 'edges' | 'reduce' | 'loss' | 'adam', Pipeline>
  > {
    const { plan, device } = this
    const [search, sums, nodes, edges, reduce, loss, adam] = await Promise.all(
      [
        this.search,
        edgeKernel(plan, 'train'),
        nodeKernel(plan, 'gradient'),
        edgeKernel(plan, 'gradient'),
        reduceKernel(plan.layout),
        lossKernel(plan.layout),
        adamKernel(plan.layout)
      ].map((kernel) => device.pipeline(kernel))
    )
    return { search, sums, nodes, edges, reduce, loss, adam }
  }

  /** Every step's receivers and batches where the kernels find them; `before` steps were made already. */
  private layOutSteps(options: Omit<TrainingSteps, 'threads'>, before: number): { parts: Batch[]; first: number }[] {
    const { receivers, batch, target, rates, penalties, seed } = options
    const { place, degrees } = this.catalog
    if (batch > mostReceivers)
      throw badInput(`A batch of ${batch} receivers is more than this engine takes; give at most ${mostReceivers}.`)
    const rows = new ArrayBuffer(receivers.length * rowBytes)
    const all: Batch[] = []
    const steps = Array.from(rates, (rate, step) => {
      const begin = step * batch
      const own = receivers.subarray(begin, begin + batch)
      const order = nearOrder(own, place)
      const parts = partsOf(
        Array.from(order, (n) => degrees[own[n]]),
        this.capacity
      )
      writeRows(rows, begin, own, order, parts, { place, degrees, target })
      const edges = parts.reduce((sum, part) => sum + part.edges, 0)
      const shared = {
        step,
        seed: seed >>> 0,
        draw: before + step,
        fresh: parts.length > 1 ? 0 : 1,
        batchRows: own.length,
        perReceiver: 1 / own.length,
        perEdge: edges > 0 ? penalties[step] / edges : 0,
        rate,
        ...stepFactors(before + step + 1, options.averageDecay),
        weightDecay: options.weightDecay,
        clipNorm: options.clipNorm
      }
      const batches = parts.map((part) => {
        const one = { ...this.batchOf(part), ...shared }
        one.firstRow += begin
        return one
      })
      const edgeShares = Math.max(0, ...batches.map((one) => one.groups))
      const nodeShares = Math.max(0, ...batches.map((one) => one.nodeGroups))
      for (const one of batches) Object.assign(one, { edgeShares, nodeShares })
      const first = all.length
      all.push(...batches)
      return { parts: batches, first }
    })
    this.device.write('rows', rows)
    this.writeBatches(all)
    return steps
  }

  private dispatch(
    pass: GPUComputePassEncoder,
    pipeline: Pipeline,
    batch: number,
    [x, y = 1]: [number, number?],
    instead: Partial<Record<BufferName, BufferName>> = {}
  ): void {
    pass.setPipeline(pipeline.pipeline)
    pass.setBindGroup(0, this.device.bind(pipeline, instead), [batch * batchStride])
    pass.dispatchWorkgroups(x, y)
  }

  private async readWeights(names: BufferName[]): Promise<Float32Array[]> {
    const bytes = 16 * this.plan.layout.size
    const read = await this.device.read(names.map((name) => ({ name, bytes })))
    return read.map((buffer) => toPlain(this.plan.layout, new Float32Array(buffer)))
  }
}

/** Columns side by side, four a row. */
function interleaved(columns: Float32Array[]): Float32Array<ArrayBuffer> {
  const out = new Float32Array(4 * columns[0].length)
  columns.forEach((column, c) => column.forEach((value, n) => (out[4 * n + c] = value)))
  return out
}
