import * as tf from '@tensorflow/tfjs'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Neighbours } from '../../graph/neighbours.ts'
import { resolveFeatures, splitEdgeFeatures } from '../features.ts'
import type { StepLoss } from '../engine.ts'
import type { GnnConfig, GnnState } from '../model.ts'
import { messageNoise } from '../noise.ts'
import { layersOf } from '../parameters.ts'

/**
 * The same network in TensorFlow operations, edge by edge and with automatic differentiation: what the fused kernels are
 * held against. Every edge of the receivers is in memory at once, so it is for small graphs.
 */
export interface TensorflowResult {
  /** Standardised units, penalty included */
  loss: number
  gradient: Float32Array
  /** In the target's own units */
  predictions: Float32Array
}

/** Loss and gradient of one batch, and predictions (of mean messages, where they are variational). `target` is by halo, standardised. */
export async function tensorflowGradient(
  state: GnnState,
  catalog: Catalog,
  neighbours: Neighbours,
  receivers: Uint32Array,
  target: Float32Array,
  step: StepLoss
): Promise<TensorflowResult> {
  await tf.setBackend('cpu')
  const { config, standardisation } = state
  const edges = edgesOf(catalog, neighbours, state, receivers, step)
  const node = tf.tensor2d(nodeInputs(catalog, state, receivers), [receivers.length, config.nodeFeatures.length])
  const wanted = tf.tensor1d(Float32Array.from(receivers, (halo) => target[halo]))
  const layers = layersOf(config)
  const variables = unpack(state.parameters, config)
  let predicted: tf.Tensor1D | null = null
  const activate = (x: tf.Tensor2D): tf.Tensor2D => (config.activation === 'relu' ? tf.relu(x) : x.mul(tf.sigmoid(x)))
  const reader = (weights: readonly tf.Tensor[]) => {
    const next = weights.values()
    const take = (): tf.Tensor2D => next.next().value as tf.Tensor2D
    return (input: tf.Tensor2D, bias: boolean): tf.Tensor2D => {
      const product = input.shape[1] === 0 ? zeroTimes(input, take()) : tf.matMul(input, take())
      return (bias ? product.add(take()) : product) as tf.Tensor2D
    }
  }
  const edgeLayers = layers.findIndex(({ part }) => part === 'message') + 1
  const nodeLayers = layers.filter(({ part }) => part === 'node').length
  const edgeWeights = layers.slice(0, edgeLayers).reduce((count, { bias }) => count + (bias ? 2 : 1), 0)
  /** The edge function's last layer: [edges x outputs] */
  const edgeFunction = (weights: readonly tf.Tensor[]): tf.Tensor2D => {
    const dense = reader(weights)
    let hidden = activate(dense(edges.receiver, true).add(dense(edges.edge, false)))
    for (let l = 3; l < edgeLayers; l++) hidden = activate(dense(hidden, true))
    return dense(hidden, true)
  }
  const nodeFunction = (weights: readonly tf.Tensor[], messages: tf.Tensor2D): tf.Tensor1D => {
    const dense = reader(weights.slice(edgeWeights))
    const sums = tf.unsortedSegmentSum(messages, edges.segment, receivers.length).div(standardisation.meanDegree)
    const inputs = tf.concat([sums, node] as tf.Tensor2D[], 1)
    let value = inputs
    for (let l = 0; l < nodeLayers; l++) value = activate(dense(value, true))
    let output = dense(value, true)
    if (config.linearSkip) output = output.add(dense(inputs, false))
    return output.reshape([receivers.length])
  }
  const lossOf = (...weights: tf.Tensor[]): tf.Scalar => {
    const outputs = edgeFunction(weights)
    const { messages, penalised, means } = messagesFrom(outputs, edges.noise, config)
    const prediction = nodeFunction(weights, messages)
    predicted = tf.keep(means === messages ? prediction.clone() : nodeFunction(weights, means))
    const error = prediction.sub(wanted).abs() as tf.Tensor1D
    const { loss } = config
    const each = loss.kind === 'mae' ? error : huber(error, loss.delta)
    return each.mean().add(penalised.sum().mul(step.penalty / Math.max(1, outputs.shape[0]))) as tf.Scalar
  }
  const { value, grads } = tf.valueAndGrads(lossOf)(variables)
  const gradient = new Float32Array(state.parameters.length)
  let at = 0
  for (const part of grads) {
    gradient.set(await part.data<'float32'>(), at)
    at += part.size
  }
  const { mean, scale } = standardisation.target
  const loss = (await value.data())[0]
  const predictions = (await (predicted as unknown as tf.Tensor1D).data<'float32'>()).map((p) => p * scale + mean)
  tf.dispose([
    value,
    grads,
    variables,
    edges.receiver,
    edges.edge,
    edges.segment,
    edges.noise,
    node,
    wanted,
    predicted as unknown as tf.Tensor1D
  ])
  return { loss, gradient: Float32Array.from(gradient), predictions: Float32Array.from(predictions) }
}

/** Messages as they are summed, their means, and what the penalty sums over edges and components. */
function messagesFrom(
  outputs: tf.Tensor2D,
  noise: tf.Tensor2D,
  config: GnnConfig
): { messages: tf.Tensor2D; means: tf.Tensor2D; penalised: tf.Tensor } {
  if (config.penalty.kind !== 'kl') return { messages: outputs, means: outputs, penalised: outputs.abs() }
  const [means, logVariance] = tf.split(outputs, 2, 1) as [tf.Tensor2D, tf.Tensor2D]
  const messages = means.add(logVariance.mul(0.5).exp().mul(noise)) as tf.Tensor2D
  return { messages, means, penalised: means.square().add(logVariance.exp()).sub(logVariance).sub(1).mul(0.5) }
}

/** e^2 / (2 delta) up to delta, then on with slope 1. */
function huber(error: tf.Tensor1D, delta: number): tf.Tensor1D {
  const small = tf.minimum(error, delta)
  return small
    .square()
    .div(2 * delta)
    .add(error.sub(small)) as tf.Tensor1D
}

/** A product with an empty matrix, which tfjs refuses: zeros that still depend on the weights. */
function zeroTimes(input: tf.Tensor2D, weights: tf.Tensor2D): tf.Tensor2D {
  return tf.zeros([input.shape[0], weights.shape[1]]).add(weights.sum().mul(0)) as tf.Tensor2D
}

function unpack(parameters: Float32Array, config: GnnConfig): tf.Tensor[] {
  const tensors: tf.Tensor[] = []
  let at = 0
  for (const { inputs, outputs, bias } of layersOf(config)) {
    tensors.push(tf.tensor2d(parameters.slice(at, at + inputs * outputs), [inputs, outputs]))
    at += inputs * outputs
    if (!bias) continue
    tensors.push(tf.tensor2d(parameters.slice(at, at + outputs), [1, outputs]))
    at += outputs
  }
  return tensors
}

function edgesOf(
  catalog: Catalog,
  neighbours: Neighbours,
  { config, standardisation }: GnnState,
  receivers: Uint32Array,
  { seed, step }: StepLoss
): { receiver: tf.Tensor2D; edge: tf.Tensor2D; segment: tf.Tensor1D; noise: tf.Tensor2D } {
  const names = splitEdgeFeatures(config.edgeFeatures)
  const columns = resolveFeatures(catalog, config.edgeFeatures, config.nodeFeatures)
  const scaled = (name: string, value: number): number => {
    const n = config.edgeFeatures.indexOf(name)
    return (value - standardisation.edge.mean[n]) / standardisation.edge.scale[n]
  }
  const receiver: number[] = []
  const edge: number[] = []
  const segment: number[] = []
  const noise: number[] = []
  receivers.forEach((i, row) => {
    for (const j of neighbours.of(i).index) {
      segment.push(row)
      for (let d = 0; d < config.messageWidth; d++) noise.push(messageNoise(seed, step, i, j, d))
      names.receiver.forEach((name, n) => receiver.push(scaled(name, columns.receiver[n][i])))
      names.sender.forEach((name, n) => edge.push(scaled(name, columns.sender[n][j])))
      for (const name of names.pair) edge.push(scaled(name, pairFeature(catalog, neighbours.boxSize, name, i, j)))
    }
  })
  const count = segment.length
  return {
    receiver: tf.tensor2d(receiver, [count, names.receiver.length]),
    edge: tf.tensor2d(edge, [count, names.sender.length + names.pair.length]),
    segment: tf.tensor1d(segment, 'int32'),
    noise: tf.tensor2d(noise, [count, config.messageWidth])
  }
}

function nodeInputs(catalog: Catalog, { config, standardisation }: GnnState, receivers: Uint32Array): Float32Array {
  const columns = resolveFeatures(catalog, config.edgeFeatures, config.nodeFeatures).node
  const { mean, scale } = standardisation.node
  const values = Array.from(receivers, (i) => columns.map((column, n) => (column[i] - mean[n]) / scale[n]))
  return Float32Array.from(values.flat())
}

/** A pair feature by its definition in features.ts, in double precision. */
function pairFeature(catalog: Catalog, boxSize: number, name: string, i: number, j: number): number {
  const image = (d: number): number => (boxSize > 0 ? d - boxSize * Math.round(d / boxSize) : d)
  const d = [image(catalog.x[j] - catalog.x[i]), image(catalog.y[j] - catalog.y[i]), image(catalog.z[j] - catalog.z[i])]
  const dot = (a: number[], b: number[]): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
  const r = Math.hypot(...d)
  const v = (halo: number): number[] =>
    catalog.velocity
      ? [catalog.velocity.vx[halo] / 1000, catalog.velocity.vy[halo] / 1000, catalog.velocity.vz[halo] / 1000]
      : [0, 0, 0]
  const [a, b] = [v(i), v(j)]
  const relative = [b[0] - a[0], b[1] - a[1], b[2] - a[2]]
  const cosine = (u: number[]): number => (r * Math.hypot(...u) > 0 ? dot(u, d) / (r * Math.hypot(...u)) : 0)
  switch (name) {
    case 'r':
      return r
    case 'log_r':
      return Math.log(Math.max(r, 1e-3))
    case 'inv_r':
      return 1 / (r + 1)
    case 'dx':
      return d[0]
    case 'dy':
      return d[1]
    case 'dz':
      return d[2]
    case 'dvx':
      return relative[0]
    case 'dvy':
      return relative[1]
    case 'dvz':
      return relative[2]
    case 'cos_i':
      return cosine(a)
    case 'cos_j':
      return cosine(b)
    case 'v_ij':
      return Math.hypot(...relative)
    default:
      return r > 0 ? dot(relative, d) / r : 0
  }
}
