import { setImmediate as nextTurn } from 'node:timers/promises'
import type * as tfjs from '@tensorflow/tfjs'
import type { Neighbours } from '../../../graph/neighbours.ts'
import { pairsBetween } from '../../../graph/pairs.ts'
import type { SeparatedPairs } from '../../../graph/pairs.ts'
import type {
  EngineNetwork,
  MessageMoments,
  NetworkSetup,
  StepLoss,
  TrainedSteps,
  TrainingSteps,
  WeightSet
} from '../../network/engine.ts'
import type { GnnConfig } from '../../network/model.ts'
import { messageNoise } from '../../network/noise.ts'
import { joinMoments, splitMoments } from '../../network/parameters.ts'
import { Adam } from './adam.ts'
import { EdgeParts } from './edge-parts.ts'
import type { EdgePart } from './edge-parts.ts'
import { HaloTensors } from './inputs.ts'
import type { EdgeBatch, EdgeList } from './inputs.ts'
import { TensorflowModel, weightTensors } from './model.ts'
import type { Runtime } from './runtime.ts'

/** Bytes for the tensors of one part of a step, if the device has that much memory */
const affordableBytes = 2 ** 30

/** Tensors of a part's size that one layer keeps for the forward and backward pass */
const tensorsALayer = 6

export class TensorflowNetwork implements EngineNetwork {
  private readonly runtime: Runtime
  private readonly neighbours: Neighbours
  private readonly config: GnnConfig
  private readonly halos: HaloTensors
  private readonly model: TensorflowModel
  private readonly adam: Adam
  private readonly parts: EdgeParts

  constructor(runtime: Runtime, setup: NetworkSetup, bytes = affordableBytes) {
    const { neighbours, config } = setup
    runtime.use()
    this.runtime = runtime
    this.neighbours = neighbours
    this.config = config
    this.halos = new HaloTensors(runtime.tf, setup)
    this.model = new TensorflowModel(runtime.tf, config, setup.standardisation.meanDegree)
    this.adam = new Adam(config)
    const widths = config.edgeHidden.reduce((sum, width) => sum + width, config.messageWidth)
    const edgeBytes = 4 * tensorsALayer * (widths + config.edgeFeatures.length)
    this.parts = new EdgeParts(runtime, neighbours, this.halos, bytes / edgeBytes)
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

  weights(set: WeightSet): Float32Array {
    return this.adam[set].slice()
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
    await this.parts.compute(
      receivers,
      (part) => this.lossAndGradient(part, target, at, { receivers: receivers.length, edges }),
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
      // Plain JavaScript computes on this thread, so signals and messages are handled between steps.
      await nextTurn()
    }
    outcome.losses = losses.subarray(0, outcome.failed < 0 ? rates.length : outcome.failed + 1)
    outcome.seconds = (performance.now() - start) / 1000
    outcome.notice = this.parts.notice
    this.parts.notice = undefined
    return outcome
  }

  async predict(receivers: Uint32Array, set: WeightSet): Promise<Float32Array> {
    const out = new Float32Array(receivers.length)
    await this.parts.compute(
      receivers,
      ({ batch }) => {
        const weights = this.weightsOf(set)
        return this.model.predict(weights, this.sums(batch, weights), batch)
      },
      (values, begin) => out.set(values, begin)
    )
    return out
  }

  async aggregate(receivers: Uint32Array, set: WeightSet): Promise<Float32Array> {
    const { messageWidth } = this.config
    const out = new Float32Array(receivers.length * messageWidth)
    await this.parts.compute(
      receivers,
      ({ batch }) => this.sums(batch, this.weightsOf(set)),
      (values, begin) => out.set(values, begin * messageWidth)
    )
    return out
  }

  async messageMoments(receivers: Uint32Array, set: WeightSet): Promise<MessageMoments> {
    const { messageWidth, penalty } = this.config
    const [sum, squares, divergence] = [0, 1, 2].map(() => new Float64Array(messageWidth))
    await this.parts.compute(
      receivers,
      ({ batch }) => {
        const { values, penalised } = this.model.messages(this.weightsOf(set), batch)
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

  async messages(pairs: SeparatedPairs, set: WeightSet): Promise<Float32Array> {
    const { tf } = this.runtime
    const { messageWidth } = this.config
    const { edgesAtOnce } = this.parts
    const out = new Float32Array(pairs.receiver.length * messageWidth)
    for (let begin = 0; begin < pairs.receiver.length; begin += edgesAtOnce) {
      const { receiver, sender, dx, dy, dz, r } = pairsBetween(pairs, begin, begin + edgesAtOnce)
      this.runtime.use()
      const messages = tf.tidy(() => {
        const list = {
          receivers: receiver,
          segment: Int32Array.from(receiver, (_, n) => n),
          sender: Int32Array.from(sender)
        }
        const separations = { dx: tf.tensor1d(dx), dy: tf.tensor1d(dy), dz: tf.tensor1d(dz), r: tf.tensor1d(r) }
        const batch = this.halos.batch(list, separations)
        return this.model.messages(this.weightsOf(set), batch).values
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
   * A part's contribution to the loss, followed by its derivative with respect to each weight: one vector, read back once.
   * @param total receivers and edges of the whole step
   */
  private lossAndGradient(
    { list, batch }: EdgePart,
    target: Float32Array,
    at: StepLoss,
    total: { receivers: number; edges: number }
  ): tfjs.Tensor {
    const { tf } = this.runtime
    const { model, config } = this
    const truth = tf.tensor1d(Float32Array.from(list.receivers, (halo) => target[halo]))
    const noise = config.penalty.kind === 'kl' && batch.edges > 0 ? this.noise(list, at) : undefined
    const { value, grads } = tf.valueAndGrads((...weights: tfjs.Tensor[]) => {
      const { values, penalised } = model.messages(weights, batch, noise)
      const error = model.error(model.predict(weights, model.sums(values, batch), batch), truth).div(total.receivers)
      const penalty = at.penalty > 0 && batch.edges > 0
      return (penalty ? error.add(penalised.sum().mul(at.penalty / total.edges)) : error) as tfjs.Scalar
    })(this.weightsOf('current'))
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

  private weightsOf(set: WeightSet): tfjs.Tensor[] {
    return weightTensors(this.runtime.tf, this.adam[set], this.config)
  }

  private async edgeCount(receivers: Uint32Array): Promise<number> {
    const degrees = await this.neighbours.degrees()
    return receivers.reduce((sum, halo) => sum + degrees[halo], 0)
  }
}
