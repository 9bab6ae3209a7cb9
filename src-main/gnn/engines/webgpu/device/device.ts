import { EngineLostError } from '../../../network/engine.ts'
import { batchStride, kernelText } from '../wgsl/kernel.ts'
import type { BufferName, Kernel } from '../wgsl/kernel.ts'

// Numbers of the WebGPU standard: the names behind them are globals of a browser, not of Node.
const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 }
const mapRead = 1
const visibleToCompute = 4

export interface Pipeline {
  kernel: Kernel
  pipeline: GPUComputePipeline
  layout: GPUBindGroupLayout
}

/**
 * A device with the buffers and pipelines of one network. Whatever fails because the device is gone or out of memory fails
 * with EngineLostError.
 */
export class Device {
  /** Of the longest buffer that a kernel may be bound to */
  readonly mostBytes: number
  /** Whether kernels may let the lanes of a subgroup speak with each other */
  readonly subgroups: boolean
  private readonly device: GPUDevice
  private readonly buffers = new Map<string, GPUBuffer>()
  private readonly pipelines = new Map<string, Promise<Pipeline>>()
  /** Of pipelines and what stands in for their buffers; thousands of dispatches share a few */
  private readonly groups = new Map<string, GPUBindGroup>()
  private lost: string | null = null

  constructor(device: GPUDevice) {
    this.device = device
    this.subgroups = device.features.has('subgroups')
    this.mostBytes = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize)
    void device.lost.then(({ reason, message }) => (this.lost ??= message || reason))
    // Errors are asked for where work is submitted; without a listener Dawn would print them as well.
    device.onuncapturederror = (event) => event.preventDefault()
  }

  destroy(): void {
    this.lost ??= 'it was closed'
    this.device.destroy()
    this.buffers.clear()
    this.pipelines.clear()
    this.groups.clear()
  }

  /** A buffer of a name with at least so many bytes; an older one that is too small is replaced, its contents lost. */
  buffer(name: BufferName | 'batches', bytes: number): GPUBuffer {
    this.refuseLost()
    const old = this.buffers.get(name)
    if (old && old.size >= bytes) return old
    old?.destroy()
    this.groups.clear()
    const size = 4 * Math.ceil(Math.max(16, bytes) / 4)
    const kind = name === 'batches' ? usage.uniform : usage.storage
    const buffer = this.device.createBuffer({ label: name, size, usage: kind | usage.copySource | usage.copyTarget })
    this.buffers.set(name, buffer)
    return buffer
  }

  write(name: BufferName | 'batches', data: ArrayBuffer | ArrayBufferView<ArrayBuffer>): void {
    const buffer = this.buffer(name, data.byteLength)
    if (data.byteLength > 0) this.device.queue.writeBuffer(buffer, 0, data)
  }

  pipeline(kernel: Kernel): Promise<Pipeline> {
    let made = this.pipelines.get(kernel.name)
    if (!made) this.pipelines.set(kernel.name, (made = this.guarded(() => this.compile(kernel))))
    return made
  }

  /** Encodes a kernel's work on one of the batches that lie in `batches`, with other buffers instead of those it names. */
  dispatch(
    pass: GPUComputePassEncoder,
    pipeline: Pipeline,
    batch: number,
    [x, y = 1]: [workgroups: number, number?],
    instead: Partial<Record<BufferName, BufferName>> = {}
  ): void {
    pass.setPipeline(pipeline.pipeline)
    pass.setBindGroup(0, this.bind(pipeline, instead), [batch * batchStride])
    pass.dispatchWorkgroups(x, y)
  }

  /** The buffers of a kernel, by their names or by others that stand in for them. */
  private bind({ kernel, layout }: Pipeline, instead: Partial<Record<BufferName, BufferName>>): GPUBindGroup {
    // Before looking: a buffer that is made now makes all groups anew.
    const buffers = kernel.buffers.map(([name]) => this.existing(instead[name] ?? name))
    const batch = { buffer: this.existing('batches'), offset: 0, size: batchStride }
    const key = `${kernel.name} ${JSON.stringify(instead)}`
    let group = this.groups.get(key)
    if (!group) {
      const resources = [batch, ...buffers.map((buffer) => ({ buffer }))]
      const entries = resources.map((resource, binding): GPUBindGroupEntry => ({ binding, resource }))
      group = this.device.createBindGroup({ layout, entries })
      this.groups.set(key, group)
    }
    return group
  }

  /** Encodes work, sends it off, and says what went wrong on the way. */
  async submit(encode: (encoder: GPUCommandEncoder) => void): Promise<void> {
    await this.guarded(async () => {
      const { device } = this
      device.pushErrorScope('out-of-memory')
      device.pushErrorScope('validation')
      const encoder = device.createCommandEncoder()
      encode(encoder)
      device.queue.submit([encoder.finish()])
      const [wrong, full] = await Promise.all([device.popErrorScope(), device.popErrorScope()])
      if (full) throw this.gone(`it is out of memory (${full.message})`)
      if (wrong) throw new Error(`The GPU refused a kernel: ${wrong.message}`)
    })
  }

  clear(encoder: GPUCommandEncoder, name: BufferName): void {
    encoder.clearBuffer(this.existing(name))
  }

  /** Contents of buffers' first bytes, as they are after all that was submitted. */
  read(wanted: { name: BufferName; bytes: number }[]): Promise<ArrayBuffer[]> {
    return this.guarded(async () => {
      const staging = wanted.map(({ bytes }) =>
        this.device.createBuffer({ size: Math.max(16, bytes), usage: usage.mapRead | usage.copyTarget })
      )
      try {
        const encoder = this.device.createCommandEncoder()
        wanted.forEach(({ name, bytes }, n) => encoder.copyBufferToBuffer(this.existing(name), 0, staging[n], 0, bytes))
        this.device.queue.submit([encoder.finish()])
        await Promise.all(staging.map((buffer) => buffer.mapAsync(mapRead)))
        return staging.map((buffer, n) => buffer.getMappedRange().slice(0, wanted[n].bytes))
      } finally {
        for (const buffer of staging) buffer.destroy()
      }
    })
  }

  private existing(name: BufferName | 'batches'): GPUBuffer {
    return this.buffers.get(name) ?? this.buffer(name, 0)
  }

  private async compile(kernel: Kernel): Promise<Pipeline> {
    const { device } = this
    const layout = device.createBindGroupLayout({
      entries: [
        { binding: 0, visibility: visibleToCompute, buffer: { type: 'uniform', hasDynamicOffset: true } },
        ...kernel.buffers.map(([, access], n): GPUBindGroupLayoutEntry => ({
          binding: n + 1,
          visibility: visibleToCompute,
          buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' }
        }))
      ]
    })
    const module = device.createShaderModule({ label: kernel.name, code: kernelText(kernel) })
    const pipeline = await device.createComputePipelineAsync({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' }
    })
    return { kernel, pipeline, layout }
  }

  private refuseLost(): void {
    if (this.lost !== null) throw this.gone(this.lost)
  }

  private gone(why: string): EngineLostError {
    this.lost ??= why
    return new EngineLostError(`The graphics device can no longer be used: ${why.trim().replace(/\.$/, '')}.`)
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    this.refuseLost()
    try {
      return await work()
    } catch (cause) {
      if (cause instanceof EngineLostError) throw cause
      // A device that goes away rejects what is under way, and says why a moment later.
      const name = cause instanceof Error ? cause.name : ''
      if (this.lost !== null || name === 'AbortError' || name === 'OperationError')
        throw this.gone(this.lost ?? (cause as Error).message)
      throw cause
    }
  }
}
