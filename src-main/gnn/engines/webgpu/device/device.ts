import { EngineLostError } from '../../../network/engine.ts'
import { batchStride, kernelText } from '../wgsl/kernel.ts'
import type { BufferName, Kernel } from '../wgsl/kernel.ts'

// Constants of the WebGPU standard, which Node does not define by name.
const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 }
const mapRead = 1
const visibleToCompute = 4

export interface Pipeline {
  kernel: Kernel
  pipeline: GPUComputePipeline
  layout: GPUBindGroupLayout
}

/**
 * A device with the buffers and pipelines of one network. Every method throws EngineLostError if the device is lost or out of
 * memory.
 */
export class Device {
  /** Size limit of a buffer that a kernel uses */
  readonly mostBytes: number
  /** Whether kernels may use subgroup operations */
  readonly subgroups: boolean
  private readonly device: GPUDevice
  private readonly buffers = new Map<string, GPUBuffer>()
  private readonly pipelines = new Map<string, Promise<Pipeline>>()
  /** By pipeline and substituted buffers; thousands of dispatches share a few */
  private readonly groups = new Map<string, GPUBindGroup>()
  private lost: string | null = null

  constructor(device: GPUDevice) {
    this.device = device
    this.subgroups = device.features.has('subgroups')
    this.mostBytes = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize)
    void device.lost.then(({ reason, message }) => (this.lost ??= message || reason))
    // submit() reports errors; without this listener Dawn would also print them.
    device.onuncapturederror = (event) => event.preventDefault()
  }

  destroy(): void {
    this.lost ??= 'it was closed'
    this.device.destroy()
    this.buffers.clear()
    this.pipelines.clear()
    this.groups.clear()
  }

  /** The buffer of a name with at least `bytes` bytes; one that is too small is replaced, and its contents are lost. */
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
    let pipeline = this.pipelines.get(kernel.name)
    if (!pipeline) this.pipelines.set(kernel.name, (pipeline = this.guarded(() => this.compile(kernel))))
    return pipeline
  }

  /** Encodes a kernel on one batch of the `batches` buffer; `instead` substitutes buffers. */
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

  /** The bind group of a kernel with its buffers or their substitutes. */
  private bind({ kernel, layout }: Pipeline, instead: Partial<Record<BufferName, BufferName>>): GPUBindGroup {
    // Before the lookup, because creating a buffer clears all groups.
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

  /** Encodes and submits work. @throws EngineLostError, or Error if the GPU rejects a kernel */
  async submit(encode: (encoder: GPUCommandEncoder) => void): Promise<void> {
    await this.guarded(async () => {
      const { device } = this
      device.pushErrorScope('out-of-memory')
      device.pushErrorScope('validation')
      const encoder = device.createCommandEncoder()
      encode(encoder)
      device.queue.submit([encoder.finish()])
      const [invalid, outOfMemory] = await Promise.all([device.popErrorScope(), device.popErrorScope()])
      if (outOfMemory) throw this.lostError(`it is out of memory (${outOfMemory.message})`)
      if (invalid) throw new Error(`The GPU rejected a kernel: ${invalid.message}`)
    })
  }

  clear(encoder: GPUCommandEncoder, name: BufferName): void {
    encoder.clearBuffer(this.existing(name))
  }

  /** The first bytes of each buffer after all submitted work. */
  read(ranges: { name: BufferName; bytes: number }[]): Promise<ArrayBuffer[]> {
    return this.guarded(async () => {
      const staging = ranges.map(({ bytes }) =>
        this.device.createBuffer({ size: Math.max(16, bytes), usage: usage.mapRead | usage.copyTarget })
      )
      try {
        const encoder = this.device.createCommandEncoder()
        ranges.forEach(({ name, bytes }, n) => encoder.copyBufferToBuffer(this.existing(name), 0, staging[n], 0, bytes))
        this.device.queue.submit([encoder.finish()])
        await Promise.all(staging.map((buffer) => buffer.mapAsync(mapRead)))
        return staging.map((buffer, n) => buffer.getMappedRange().slice(0, ranges[n].bytes))
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
    if (this.lost !== null) throw this.lostError(this.lost)
  }

  private lostError(why: string): EngineLostError {
    this.lost ??= why
    return new EngineLostError(`The graphics device can no longer be used: ${why.trim().replace(/\.$/, '')}.`)
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    this.refuseLost()
    try {
      return await work()
    } catch (cause) {
      if (cause instanceof EngineLostError) throw cause
      // A device that is lost first rejects pending work; the reason may follow later.
      const name = cause instanceof Error ? cause.name : ''
      if (this.lost !== null || name === 'AbortError' || name === 'OperationError')
        throw this.lostError(this.lost ?? (cause as Error).message)
      throw cause
    }
  }
}
