import { setImmediate as nextTurn } from 'node:timers/promises'
import type * as tfjs from '@tensorflow/tfjs'
import { badInput } from '../../../../src-shared/errors.ts'
import type { Catalog } from '../../../catalog/catalog.ts'
import type { Neighbours } from '../../../graph/neighbours.ts'
import { pairsBetween } from '../../../graph/pairs.ts'
import type { SeparatedPairs } from '../../../graph/pairs.ts'
import type { EngineNetwork, MessageMoments, StepLoss, TrainedSteps, TrainingSteps } from '../../network/engine.ts'
import type { GnnConfig, Standardisation } from '../../network/model.ts'
import { messageNoise } from '../../network/noise.ts'
import { joinMoments, splitMoments } from '../../network/parameters.ts'
import { Adam } from './adam.ts'
import { edgesOf, HaloTensors } from './inputs.ts'
import type { EdgeBatch, EdgeList } from './inputs.ts'
import { TensorflowModel, weightTensors } from './model.ts'
import type { Runtime } from './runtime.ts'

/** Bytes that the tensors of one part of a step may take together, if the device has them */
const affordableBytes = 2 ** 30

/** Tensors of a part's size that a layer leaves behind on the way forward and back */
const tensorsALayer = 6

/** Some of the receivers that are asked about: their edges by halo index, and as tensors. */
interface Part {
  list: EdgeList
  batch: EdgeBatch
}

export class TensorflowNetwork implements EngineNetwork {
  private readonly runtime: Runtime
  private readonly neighbours: Neighbours
  private readonly config: GnnConfig
  private readonly halos: HaloTensors
  private readonly model: TensorflowModel
  private readonly adam: Adam
  /** Edges in memory at once; what has more is taken in parts */
  private edgesAtOnce: number
  private notice: { text: string; told: boolean } | null = null

  constructor(
    runtime: Runtime,
    catalog: Catalog,
    neighbours: Neighbours,
    config: GnnConfig,
    standardisation: Standardisation,
    bytes = affordableBytes
  ) {
    runtime.use()
    this.runtime = runtime
    this.neighbours = neighbours
    this.config = config
    this.halos = new HaloTensors(runtime.tf, catalog, neighbours.boxSize, config, standardisation)
    this.model = new TensorflowModel(runtime.tf, config, standardisation.meanDegree)
    this.adam = new Adam(config)
    const widths = config.edgeHidden.reduce((sum, width) => sum + width, config.messageWidth)
    this.edgesAtOnce = Math.max(1, Math.floor(bytes / (4 * tensorsALayer * (widths + config.edgeFeatures.length))))
  }

  setWeights(current: Float32Array, average: Float32Array): void {
    this.adam.current = current.slice()
    this.adam.average = average.slice()
  }

  setMoments(moments: Float32Array, step: number): void {
    const [first, second] = splitMoments(moments.slice())
    Object.assign(this.adam, { first, second })
    this.adam.steps = step
  }

  weights(average: boolean): Float32Array {
    return (average ? this.adam.average : this.adam.current).slice()
  }

  moments(): Float32Array {
    return joinMoments(this.adam.first, this.adam.second)
  }

  async gradient(
    receivers: Uint32Array,
    target: Float32Array,
    at: StepLoss
  ): Promise<{ loss: number; gradient: Float32Array; edges: number }> {
    const edges = await this.edgeCount(receivers)
    const gradient = new Float32Array(this.adam.current.length)
    let loss = 0
    await this.inParts(
      receivers,
      false,
      (part, weights) => this.lossAndGradient(part, weights, target, at, receivers.length, edges),
      (values) => {
        loss += values[0]
        for (let n = 0; n < gradient.length; n++) gradient[n] += values[n + 1]
      }
    )
    return { loss, gradient, edges }
  }

  async train(options: TrainingSteps): Promise<TrainedSteps> {
    const { receivers, batch, rates, target } = options
    const losses = new Float32Array(rates.length)
    const start = performance.now()
    const outcome: TrainedSteps = { losses, edges: 0, seconds: 0, failed: -1 }
    for (let step = 0; step < rates.length && outcome.failed < 0; step++) {
      const { loss, gradient, edges } = await this.gradient(
        receivers.subarray(step * batch, Math.min(receivers.length, (step + 1) * batch)),
        target,
        { penalty: options.penalties[step], seed: options.seed, step: this.adam.steps }
      )
      losses[step] = loss
      outcome.edges += edges
      if (Number.isFinite(loss)) this.adam.step(gradient, rates[step], options)
      else outcome.failed = step
      // Plain JavaScript computes on this thread: signals and messages have their turn between steps.
      await nextTurn()
    }
    outcome.losses = losses.subarray(0, outcome.failed < 0 ? rates.length : outcome.failed + 1)
    outcome.seconds = (performance.now() - start) / 1000
    if (this.notice && !this.notice.told) outcome.notice = this.notice.text
    if (this.notice) this.notice.told = true
    return outcome
  }

  async predict(receivers: Uint32Array, average: boolean): Promise<Float32Array> {
    const out = new Float32Array(receivers.length)
    await this.inParts(
      receivers,
      average,
      ({ batch }, weights) => this.model.predict(weights, this.sums(batch, weights), batch),
      (values, begin) => out.set(values, begin)
    )
    return out
  }

  async aggregate(receivers: Uint32Array, average: boolean): Promise<Float32Array> {
    const { messageWidth } = this.config
    const out = new Float32Array(receivers.length * messageWidth)
    await this.inParts(
      receivers,
      average,
      ({ batch }, weights) => this.sums(batch, weights),
      (values, begin) => out.set(values, begin * messageWidth)
    )
    return out
  }

  async messageMoments(receivers: Uint32Array, average: boolean): Promise<MessageMoments> {
    const { messageWidth, penalty } = this.config
    const [sum, squares, divergence] = [0, 1, 2].map(() => new Float64Array(messageWidth))
    await this.inParts(
      receivers,
      average,
      ({ batch }, weights) => {
        const { values, penalised } = this.model.messages(weights, batch)
        return this.runtime.tf.concat([values.sum(0), values.square().sum(0), penalised.sum(0)])
      },
      (values) => {
        for (let d = 0; d < messageWidth; d++) {
          sum[d] += values[d]
          squares[d] += values[messageWidth + d]
          divergence[d] += values[2 * messageWidth + d]
        }
      }
    )
    return {
      edges: await this.edgeCount(receivers),
      sum,
      squares,
      divergence: penalty.kind === 'kl' ? divergence : null
    }
  }

  async messages(pairs: SeparatedPairs, average: boolean): Promise<Float32Array> {
    const { tf } = this.runtime
    const { messageWidth } = this.config
    const out = new Float32Array(pairs.receiver.length * messageWidth)
    for (let begin = 0; begin < pairs.receiver.length; begin += this.edgesAtOnce) {
      const { receiver, sender, dx, dy, dz, r } = pairsBetween(pairs, begin, begin + this.edgesAtOnce)
      this.runtime.use()
      const messages = tf.tidy(() => {
        const list = {
          receivers: receiver,
          segment: Int32Array.from(receiver, (_, n) => n),
          sender: Int32Array.from(sender)
        }
        const given = { dx: tf.tensor1d(dx), dy: tf.tensor1d(dy), dz: tf.tensor1d(dz), r: tf.tensor1d(r) }
        const batch = this.halos.batch(list, given)
        return this.model.messages(this.weightsOf(average), batch).values
      })
      out.set(await messages.data<'float32'>(), begin * messageWidth)
      messages.dispose()
    }
    return out
  }

  dispose(): void {
    this.halos.dispose()
  }

  private sums(batch: EdgeBatch, weights: tfjs.Tensor[]): tfjs.Tensor2D {
    return this.model.sums(this.model.messages(weights, batch).values, batch)
  }

  /**
   * A part's share of the loss over so many receivers and edges, then of its derivative with respect to each weight: one
   * vector, so that it is read back once.
   */
  private lossAndGradient(
    { list, batch }: Part,
    weights: tfjs.Tensor[],
    target: Float32Array,
    at: StepLoss,
    receivers: number,
    edges: number
  ): tfjs.Tensor {
    const { tf } = this.runtime
    const { model, config } = this
    const wanted = tf.tensor1d(Float32Array.from(list.receivers, (halo) => target[halo]))
    const noise = config.penalty.kind === 'kl' && batch.edges > 0 ? this.noise(list, at) : undefined
    const { value, grads } = tf.valueAndGrads((...given: tfjs.Tensor[]) => {
      const { values, penalised } = model.messages(given, batch, noise)
      const error = model.error(model.predict(given, model.sums(values, batch), batch), wanted).div(receivers)
      const penalty = at.penalty > 0 && batch.edges > 0
      return (penalty ? error.add(penalised.sum().mul(at.penalty / edges)) : error) as tfjs.Scalar
    })(weights)
    return tf.concat([value.reshape([1]), ...grads.map((gradient) => gradient.reshape([gradient.size]))])
  }

  /** [edges x D] */
  private noise({ receivers, segment, sender }: EdgeList, { seed, step }: StepLoss): tfjs.Tensor2D {
    const { messageWidth } = this.config
    const values = new Float32Array(sender.length * messageWidth)
    for (let edge = 0, at = 0; edge < sender.length; edge++)
      for (let d = 0; d < messageWidth; d++)
        values[at++] = messageNoise(seed, step, receivers[segment[edge]], sender[edge], d)
    return this.runtime.tf.tensor2d(values, [sender.length, messageWidth])
  }

  private weightsOf(average: boolean): tfjs.Tensor[] {
    return weightTensors(this.runtime.tf, average ? this.adam.average : this.adam.current, this.config)
  }

  private async edgeCount(receivers: Uint32Array): Promise<number> {
    const degrees = await this.neighbours.degrees()
    return receivers.reduce((sum, halo) => sum + degrees[halo], 0)
  }

  /**
   * Computes a tensor for as many receivers at once as memory holds the edges of, and hands out its values. Where the device
   * has less than was thought, parts are halved until they fit.
   * @throws HalolawError `bad-input` when the edges of a single receiver do not fit
   */
  private async inParts(
    receivers: Uint32Array,
    average: boolean,
    compute: (part: Part, weights: tfjs.Tensor[]) => tfjs.Tensor,
    take: (values: Float32Array, begin: number) => void
  ): Promise<void> {
    const degrees = await this.neighbours.degrees()
    for (let begin = 0; begin < receivers.length;) {
      let edges = degrees[receivers[begin]]
      let end = begin + 1
      while (end < receivers.length && edges + degrees[receivers[end]] <= this.edgesAtOnce)
        edges += degrees[receivers[end++]]
      const part = receivers.subarray(begin, end)
      if (begin === 0 && end < receivers.length) this.tellParts()
      try {
        take(await this.computed(part, average, compute), begin)
        begin = end
      } catch (cause) {
        if (!isOutOfMemory(cause)) throw cause
        if (part.length === 1)
          throw badInput(
            `The ${edges} edges of halo ${part[0]} do not fit into the memory of ${this.runtime.device}; take a smaller radius, smaller widths or --engine cpu.`
          )
        this.edgesAtOnce = Math.max(1, Math.floor(Math.min(this.edgesAtOnce, edges) / 2))
        this.tellParts()
      }
    }
  }

  private async computed(
    receivers: Uint32Array,
    average: boolean,
    compute: (part: Part, weights: tfjs.Tensor[]) => tfjs.Tensor
  ): Promise<Float32Array> {
    const { tf } = this.runtime
    const list = edgesOf(this.neighbours, receivers)
    this.runtime.use()
    const result = tf.tidy(() => compute({ list, batch: this.halos.batch(list) }, this.weightsOf(average)))
    try {
      return await result.data<'float32'>()
    } finally {
      result.dispose()
    }
  }

  private tellParts(): void {
    this.notice ??= {
      text: `A step's edges do not fit into memory together, and are taken in parts of at most ${this.edgesAtOnce} edges: the same steps, a little more slowly.`,
      told: false
    }
  }
}

/** As libtensorflow says it (status 8), and as V8 does of an array. */
function isOutOfMemory(cause: unknown): boolean {
  return cause instanceof Error && /TF_Status: 8|OOM|resource.?exhausted|allocation failed/i.test(cause.message)
}
