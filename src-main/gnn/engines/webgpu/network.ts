import { pairsBetween } from '../../../graph/pairs.ts'
import type { SeparatedPairs } from '../../../graph/pairs.ts'
import type {
  EngineNetwork,
  MessageMoments,
  StepLoss,
  TrainedSteps,
  TrainingSteps,
  WeightSet
} from '../../network/engine.ts'
import { joinMoments, splitMoments } from '../../network/parameters.ts'
import { batchOf, batchesOf } from './batches.ts'
import type { Cut } from './batches.ts'
import type { Device, Pipeline } from './device/device.ts'
import { batchBytes, edgeBytes } from './wgsl/kernel.ts'
import type { Batch, BufferName, Kernel } from './wgsl/kernel.ts'
import { edgeKernel } from './wgsl/edge-kernel.ts'
import type { EdgePass } from './wgsl/edge-kernel.ts'
import { isVariational, toPadded, toPlain } from './wgsl/layout.ts'
import type { NetworkPlan } from './wgsl/layout.ts'
import { fillMemory, planMemory } from './memory.ts'
import type { DeviceCatalog } from './memory.ts'
import { searchKernel } from './wgsl/neighbours.ts'
import { aggregateKernel, nodeBlocks, nodeKernel } from './wgsl/node-kernel.ts'
import { TrainingQueue } from './training.ts'

/** Receivers or pairs whose results are read back at once. */
const receiversAtOnce = 65_536

export class WebGpuNetwork implements EngineNetwork {
  private readonly device: Device
  private readonly plan: NetworkPlan
  private readonly catalog: DeviceCatalog
  private readonly cut: Cut
  private readonly search: Kernel
  private readonly training: TrainingQueue
  private steps = 0

  constructor(device: Device, plan: NetworkPlan, catalog: DeviceCatalog, edgesAtOnce?: number) {
    this.device = device
    this.plan = plan
    this.catalog = catalog
    const memory = planMemory(plan, catalog, device.mostBytes, edgesAtOnce)
    this.cut = memory.cut
    this.search = searchKernel(catalog.grid, catalog.radius, catalog.boxSize, device.subgroups)
    this.training = new TrainingQueue(device, plan, catalog, this.cut, this.search)
    fillMemory(device, memory, plan, catalog)
  }

  /** Waits until the buffers exist. @throws EngineLostError if memory does not suffice */
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

  async weights(set: WeightSet): Promise<Float32Array> {
    const [weights] = await this.readWeights([set === 'average' ? 'average' : 'weights'])
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
    const noUpdate = { weightDecay: 0, averageDecay: 0, clipNorm: 0 }
    await this.training.run(
      { ...one, ...noUpdate, seed: at.seed, penalties: Float32Array.of(at.penalty) },
      at.step,
      'keep'
    )
    const { size } = this.plan.layout
    const [loss, gradient] = await this.device.read([
      { name: 'losses', bytes: 4 },
      { name: 'gradient', bytes: 16 * size }
    ])
    return { loss: new Float32Array(loss)[0], gradient: toPlain(this.plan.layout, new Float32Array(gradient)) }
  }

  async train(options: TrainingSteps): Promise<TrainedSteps> {
    const began = performance.now()
    const edges = await this.training.run(options, this.steps, 'update')
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

  predict(receivers: Uint32Array, set: WeightSet): Promise<Float32Array> {
    const nodes = nodeKernel(this.plan, 'predict')
    return this.overReceivers(receivers, set, 1, nodes, ({ rows }) => Math.min(this.cut.groups, nodeBlocks(rows)))
  }

  aggregate(receivers: Uint32Array, set: WeightSet): Promise<Float32Array> {
    const sums = aggregateKernel(this.plan)
    return this.overReceivers(receivers, set, this.plan.config.messageWidth, sums, ({ rows }) => rows)
  }

  async messageMoments(receivers: Uint32Array, set: WeightSet): Promise<MessageMoments> {
    const width = this.plan.config.messageWidth
    const row = 4 * this.plan.layout.sums
    const sums = [0, 1, 2].map(() => new Float64Array(width))
    let edges = 0
    for (let begin = 0; begin < receivers.length; begin += receiversAtOnce) {
      const { batches } = this.layOut(receivers.subarray(begin, begin + receiversAtOnce))
      // One part at a time, because all parts write their sums to the same buffer.
      for (const [n, batch] of batches.entries()) {
        await this.forward([batch], n, set, 'moments')
        const [bytes] = await this.device.read([{ name: 'sums', bytes: 12 * row * batch.blocks }])
        const partSums = new Float32Array(bytes)
        edges += batch.edges
        for (let block = 0; block < batch.blocks; block++)
          sums.forEach((sum, k) => {
            for (let d = 0; d < width; d++) sum[d] += partSums[(3 * block + k) * row + d]
          })
      }
    }
    const [sum, squares, divergence] = sums
    return { edges, sum, squares, divergence: isVariational(this.plan.config) ? divergence : null }
  }

  async messages(pairs: SeparatedPairs, set: WeightSet): Promise<Float32Array> {
    const width = this.plan.config.messageWidth
    const { place } = this.catalog
    const out = new Float32Array(pairs.receiver.length * width)
    const atOnce = Math.min(receiversAtOnce, this.cut.capacity.edges)
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
      const batch = batchOf({ first: 0, rows: count, edges: count }, this.cut)
      this.device.write('batches', batchBytes([batch]))
      await this.forward([batch], 0, set, 'messages')
      const [bytes] = await this.device.read([{ name: 'results', bytes: count * width * 4 }])
      out.set(new Float32Array(bytes), begin * width)
    }
    return out
  }

  /** The edges of receivers as the GPU finds them, in its order: sender halos and separations, Mpc/h. */
  async neighbours(receivers: Uint32Array): Promise<{ sender: Uint32Array; d: Float32Array }[]> {
    const { order, batches } = this.layOut(receivers)
    const edgesOf = new Array<{ sender: Uint32Array; d: Float32Array }>(receivers.length)
    const search = await this.device.pipeline(this.search)
    for (const [n, batch] of batches.entries()) {
      await this.device.submit((encoder) => {
        const pass = encoder.beginComputePass()
        this.device.dispatch(pass, search, n, [batch.rows])
        pass.end()
      })
      const [bytes] = await this.device.read([{ name: 'edges', bytes: batch.edges * edgeBytes }])
      const u32 = new Uint32Array(bytes)
      const f32 = new Float32Array(bytes)
      let at = 0
      for (let row = 0; row < batch.rows; row++) {
        const index = order[batch.rowInBatch + row]
        const degree = this.catalog.degrees[receivers[index]]
        const starts = Array.from({ length: degree }, (_, k) => 5 * (at + k))
        edgesOf[index] = {
          sender: Uint32Array.from(starts, (k) => this.catalog.grid.order[u32[k + 1]]),
          d: Float32Array.from(starts.flatMap((k) => [f32[k + 2], f32[k + 3], f32[k + 4]]))
        }
        at += degree
      }
    }
    return edgesOf
  }

  /** Computes `width` numbers per receiver from the sums of its messages with the kernel `last`. */
  private async overReceivers(
    receivers: Uint32Array,
    set: WeightSet,
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
      await this.forward(batches, 0, set, 'predict', { pipeline, workgroups })
      const [bytes] = await this.device.read([{ name: 'results', bytes: some.length * width * 4 }])
      const results = new Float32Array(bytes)
      order.forEach((at, n) => out.set(results.subarray(n * width, (n + 1) * width), (begin + at) * width))
    }
    return out
  }

  /** Writes receivers to the kernels' buffers, sorted by place, as one batch cut into parts. */
  private layOut(receivers: Uint32Array): { order: Uint32Array; batches: Batch[] } {
    const { order, rows, batches } = batchesOf(receivers, this.catalog, this.cut)
    this.device.write('rows', rows)
    this.device.write('batches', batchBytes(batches))
    return { order, batches }
  }

  /** Runs a forward pass over consecutive batches of the `batches` buffer, from number `at`. */
  private async forward(
    batches: Batch[],
    at: number,
    set: WeightSet,
    purpose: EdgePass,
    last?: { pipeline: Pipeline; workgroups: (batch: Batch) => number }
  ): Promise<void> {
    const search = await this.device.pipeline(this.search)
    const edges = await this.device.pipeline(edgeKernel(this.plan, purpose))
    const instead = set === 'average' ? ({ weights: 'average' } as const) : {}
    await this.device.submit((encoder) => {
      const pass = encoder.beginComputePass()
      batches.forEach((batch, n) => {
        if (purpose !== 'messages') this.device.dispatch(pass, search, at + n, [batch.rows])
        this.device.dispatch(pass, edges, at + n, [batch.groups], instead)
        if (last) this.device.dispatch(pass, last.pipeline, at + n, [last.workgroups(batch)], instead)
      })
      pass.end()
    })
  }

  private async readWeights(names: BufferName[]): Promise<Float32Array[]> {
    const bytes = 16 * this.plan.layout.size
    const buffers = await this.device.read(names.map((name) => ({ name, bytes })))
    return buffers.map((buffer) => toPlain(this.plan.layout, new Float32Array(buffer)))
  }
}
