import type { TrainingSteps } from '../../network/engine.ts'
import { batchedSteps } from './batches.ts'
import type { Cut, Step } from './batches.ts'
import type { Device, Pipeline } from './device/device.ts'
import { edgeKernel } from './wgsl/edge-kernel.ts'
import { batchBytes } from './wgsl/kernel.ts'
import type { Kernel } from './wgsl/kernel.ts'
import type { NetworkPlan } from './wgsl/layout.ts'
import { operationsAtOnce } from './memory.ts'
import type { DeviceCatalog } from './memory.ts'
import { nodeKernel } from './wgsl/node-kernel.ts'
import { adamDispatch, adamKernel, lossKernel, reduceKernel, reducers } from './wgsl/optimiser-kernels.ts'

type TrainingKernels = Record<'search' | 'sums' | 'nodes' | 'edges' | 'reduce' | 'loss' | 'adam', Pipeline>

/** Submits optimiser steps to the device's queue; all steps of a call are submitted before any result is read. */
export class TrainingQueue {
  private readonly device: Device
  private readonly plan: NetworkPlan
  private readonly catalog: DeviceCatalog
  private readonly cut: Cut
  private readonly search: Kernel

  constructor(device: Device, plan: NetworkPlan, catalog: DeviceCatalog, cut: Cut, search: Kernel) {
    this.device = device
    this.plan = plan
    this.catalog = catalog
    this.cut = cut
    this.search = search
  }

  /**
   * Writes the loss of each step to `losses`, and the gradient of the last step to `gradient`.
   * @param before number of earlier steps
   * @param weights whether the steps change the weights
   * @returns number of edges
   */
  async run(options: Omit<TrainingSteps, 'threads'>, before: number, weights: 'update' | 'keep'): Promise<number> {
    const { device } = this
    const kernels = await this.kernels()
    const { rows, batches, steps } = batchedSteps(options, before, this.catalog, this.cut)
    device.write('rows', rows)
    device.write('batches', batchBytes(batches))
    device.buffer('rowLosses', 4 * Math.min(options.batch, options.receivers.length))
    device.buffer('losses', 4 * options.rates.length)
    device.write('state', new Float32Array(4))
    await Promise.all(
      submissions(steps, this.catalog.multiplyAdds).map((some) =>
        device.submit((encoder) => {
          for (const step of some) this.encode(encoder, kernels, step, weights)
        })
      )
    )
    return batches.reduce((sum, { edges }) => sum + edges, 0)
  }

  private encode(
    encoder: GPUCommandEncoder,
    kernels: TrainingKernels,
    { parts, first }: Step,
    weights: 'update' | 'keep'
  ): void {
    const { device, plan } = this
    if (parts.length > 1) for (const name of ['gradients', 'penalties'] as const) device.clear(encoder, name)
    const pass = encoder.beginComputePass()
    parts.forEach((part, n) => {
      device.dispatch(pass, kernels.search, first + n, [part.rows])
      device.dispatch(pass, kernels.sums, first + n, [part.groups])
      device.dispatch(pass, kernels.nodes, first + n, [part.nodeGroups])
      device.dispatch(pass, kernels.edges, first + n, [part.groups])
    })
    const last = first + parts.length - 1
    device.dispatch(pass, kernels.reduce, last, reducers(plan.layout).dispatch)
    device.dispatch(pass, kernels.loss, last, [1])
    if (weights === 'update') device.dispatch(pass, kernels.adam, last, adamDispatch(plan.layout))
    pass.end()
  }

  private async kernels(): Promise<TrainingKernels> {
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
}

/** Groups steps into submissions: enough to keep the queue full, few enough that no command buffer runs for long. */
function submissions(steps: Step[], multiplyAdds: number): Step[][] {
  const all: Step[][] = []
  let operations = Infinity
  for (const step of steps) {
    if (operations >= operationsAtOnce) {
      all.push([])
      operations = 0
    }
    all[all.length - 1].push(step)
    for (const part of step.parts) operations += 8 * part.edges * multiplyAdds
  }
  return all
}
