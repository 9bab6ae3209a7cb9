import type * as tfjs from '@tensorflow/tfjs'
import { badInput } from '../../../../src-shared/errors.ts'
import type { Neighbours } from '../../../graph/neighbours.ts'
import { edgesOf } from './inputs.ts'
import type { EdgeBatch, EdgeList, HaloTensors } from './inputs.ts'
import type { Runtime } from './runtime.ts'

/** Consecutive receivers of a call: their edges by halo index, and as tensors. */
export interface EdgePart {
  list: EdgeList
  batch: EdgeBatch
}

/** Cuts receivers into parts whose edges fit into memory, and computes part by part. */
export class EdgeParts {
  /** One sentence about the parts, until it is taken */
  notice: string | undefined
  private noticed = false
  private readonly runtime: Runtime
  private readonly neighbours: Neighbours
  private readonly halos: HaloTensors
  /** Most edges in memory at the same time */
  private atMost: number

  constructor(runtime: Runtime, neighbours: Neighbours, halos: HaloTensors, atMost: number) {
    this.runtime = runtime
    this.neighbours = neighbours
    this.halos = halos
    this.atMost = Math.max(1, Math.floor(atMost))
  }

  get edgesAtOnce(): number {
    return this.atMost
  }

  /**
   * Computes one tensor per part and passes on its values with the position of the part's first receiver. If the device has
   * less memory than assumed, parts are halved until they fit.
   * @throws HalolawError `bad-input` if the edges of a single receiver do not fit
   */
  async compute(
    receivers: Uint32Array,
    tensorOf: (part: EdgePart) => tfjs.Tensor,
    onValues: (values: Float32Array, begin: number) => void
  ): Promise<void> {
    const degrees = await this.neighbours.degrees()
    for (let begin = 0; begin < receivers.length;) {
      let edges = degrees[receivers[begin]]
      let end = begin + 1
      while (end < receivers.length && edges + degrees[receivers[end]] <= this.atMost)
        edges += degrees[receivers[end++]]
      const part = receivers.subarray(begin, end)
      if (begin === 0 && end < receivers.length) this.setNotice()
      try {
        onValues(await this.valuesOf(part, tensorOf), begin)
        begin = end
      } catch (cause) {
        if (!isOutOfMemory(cause)) throw cause
        if (part.length === 1)
          throw badInput(
            `The ${edges} edges of halo ${part[0]} do not fit into the memory of ${this.runtime.device}; use a smaller radius, smaller widths or --engine cpu.`
          )
        this.atMost = Math.max(1, Math.floor(Math.min(this.atMost, edges) / 2))
        this.setNotice()
      }
    }
  }

  private async valuesOf(receivers: Uint32Array, tensorOf: (part: EdgePart) => tfjs.Tensor): Promise<Float32Array> {
    const list = edgesOf(this.neighbours, receivers)
    this.runtime.use()
    const result = this.runtime.tf.tidy(() => tensorOf({ list, batch: this.halos.batch(list) }))
    try {
      return await result.data<'float32'>()
    } finally {
      result.dispose()
    }
  }

  private setNotice(): void {
    if (this.noticed) return
    this.noticed = true
    this.notice = `The edges of one step do not fit into memory together, so they are computed in parts of at most ${this.atMost} edges: the result is the same, a little slower.`
  }
}

/** Matches libtensorflow's message (status 8) and V8's for an array that cannot be allocated. */
function isOutOfMemory(cause: unknown): boolean {
  return cause instanceof Error && /TF_Status: 8|OOM|resource.?exhausted|allocation failed/i.test(cause.message)
}
