import type * as tfjs from '@tensorflow/tfjs'
import type { GnnConfig } from '../../network/model.ts'
import { layersOf, messageOutputs } from '../../network/parameters.ts'
import type { LayerShape } from '../../network/parameters.ts'
import type { EdgeBatch } from './inputs.ts'
import type { Tf } from './library.ts'

/** The network's weights as tensors, in the order of parameters.ts, without matrices that have no rows. */
export function weightTensors(tf: Tf, parameters: Float32Array, config: GnnConfig): tfjs.Tensor2D[] {
  const tensors: tfjs.Tensor2D[] = []
  let at = 0
  const take = (rows: number, columns: number): void => {
    tensors.push(tf.tensor2d(parameters.slice(at, at + rows * columns), [rows, columns]))
    at += rows * columns
  }
  for (const { inputs, outputs, bias } of layersOf(config)) {
    if (inputs > 0) take(inputs, outputs)
    if (bias) take(1, outputs)
  }
  return tensors
}

/** A layer's weights: input x matrix + bias. */
interface Layer {
  part: LayerShape['part']
  matrix: tfjs.Tensor2D | null
  bias: tfjs.Tensor2D | null
}

function layersFrom(tensors: tfjs.Tensor[], config: GnnConfig): Layer[] {
  const rest = tensors.values() as IterableIterator<tfjs.Tensor2D>
  const next = (): tfjs.Tensor2D => rest.next().value as tfjs.Tensor2D
  return layersOf(config).map(({ part, inputs, bias }) => ({
    part,
    matrix: inputs > 0 ? next() : null,
    bias: bias ? next() : null
  }))
}

/** Messages of edges, [edges x D], and the terms that the penalty sums over edges and components: |e|, or the divergence from N(0, 1). */
interface Messages {
  values: tfjs.Tensor2D
  penalised: tfjs.Tensor2D
}

/** The network in TensorFlow operations with automatic differentiation, edge by edge, without fusing or reordering. */
export class TensorflowModel {
  private readonly tf: Tf
  private readonly config: GnnConfig
  private readonly meanDegree: number

  constructor(tf: Tf, config: GnnConfig, meanDegree: number) {
    this.tf = tf
    this.config = config
    this.meanDegree = meanDegree
  }

  /** Messages of the batch's edges; variational messages are drawn with `noise` [edges x D], or without it equal their means. */
  messages(weights: tfjs.Tensor[], batch: EdgeBatch, noise?: tfjs.Tensor2D): Messages {
    const outputs = this.edgeFunction(weights, batch)
    if (this.config.penalty.kind !== 'kl') return { values: outputs, penalised: outputs.abs() }
    const [means, logVariance] = this.tf.split(outputs, 2, 1) as tfjs.Tensor2D[]
    const penalised = means.square().add(logVariance.exp()).sub(logVariance).sub(1).mul(0.5) as tfjs.Tensor2D
    const values = noise ? means.add<tfjs.Tensor2D>(logVariance.mul(0.5).exp().mul(noise)) : means
    return { values, penalised }
  }

  /** [edges x outputs]; one row of zeros if there is no edge */
  private edgeFunction(weights: tfjs.Tensor[], batch: EdgeBatch): tfjs.Tensor2D {
    if (batch.edges === 0) return this.noEdge(weights)
    const layers = layersFrom(weights, this.config)
    const part = (name: LayerShape['part']): Layer[] => layers.filter((layer) => layer.part === name)
    const [receiver, edge] = layers
    // The receiver's part of the first layer is computed once per receiver; without receiver features only its bias is left.
    const perReceiver = batch.receiver && this.tf.gather(this.dense(batch.receiver, receiver), batch.segment)
    const first = batch.edge && this.dense(batch.edge, edge)
    const sum = first && perReceiver ? first.add(perReceiver) : first ? first.add(receiver.bias!) : perReceiver!
    let hidden = this.activate(sum as tfjs.Tensor2D)
    for (const layer of part('hidden')) hidden = this.activate(this.dense(hidden, layer))
    return this.dense(hidden, part('message')[0])
  }

  /** Sums of messages over the edges of each receiver, [receivers x D] */
  sums(messages: tfjs.Tensor2D, batch: EdgeBatch): tfjs.Tensor2D {
    if (batch.edges === 0) return messages.mul(this.tf.zeros([batch.receivers, 1]))
    return this.tf.unsortedSegmentSum(messages, batch.segment, batch.receivers) as tfjs.Tensor2D
  }

  /** Predictions from the sums, [receivers] */
  predict(weights: tfjs.Tensor[], sums: tfjs.Tensor2D, batch: EdgeBatch): tfjs.Tensor1D {
    const layers = layersFrom(weights, this.config)
    const scaled = sums.div(this.meanDegree) as tfjs.Tensor2D
    const inputs = batch.node ? this.tf.concat([scaled, batch.node], 1) : scaled
    let value = inputs
    for (const layer of layers.filter(({ part }) => part === 'node')) value = this.activate(this.dense(value, layer))
    let output = this.dense(
      value,
      layers.find(({ part }) => part === 'output')!
    )
    const skip = layers.find(({ part }) => part === 'skip')
    if (skip) output = output.add(this.dense(inputs, skip))
    return output.reshape([batch.receivers]) as tfjs.Tensor1D
  }

  /** Loss summed over receivers */
  error(predicted: tfjs.Tensor1D, target: tfjs.Tensor1D): tfjs.Scalar {
    const { loss } = this.config
    const size = predicted.sub(target).abs()
    if (loss.kind === 'mae') return size.sum()
    // Huber: e^2 / (2 delta) up to delta, slope 1 beyond
    const small = size.minimum(loss.delta)
    return small
      .square()
      .div(2 * loss.delta)
      .add(size.sub(small))
      .sum()
  }

  /** One row of zeros, because TensorFlow rejects empty tensors; it depends on every weight, so that all have a derivative. */
  private noEdge(weights: tfjs.Tensor[]): tfjs.Tensor2D {
    const { tf, config } = this
    const sum = tf.addN(weights.map((w) => w.sum()))
    return sum.mul(0).broadcastTo([1, messageOutputs(config)])
  }

  private dense(input: tfjs.Tensor2D, { matrix, bias }: Layer): tfjs.Tensor2D {
    const product = this.tf.matMul(input, matrix!)
    return bias ? product.add<tfjs.Tensor2D>(bias) : (product as tfjs.Tensor2D)
  }

  private activate(x: tfjs.Tensor2D): tfjs.Tensor2D {
    return this.config.activation === 'relu' ? this.tf.relu(x) : x.mul<tfjs.Tensor2D>(this.tf.sigmoid(x))
  }
}
