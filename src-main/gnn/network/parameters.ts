import type { Random } from '../../random.ts'
import { splitEdgeFeatures } from './features.ts'
import type { GnnConfig } from './model.ts'

/**
 * One matrix [inputs x outputs], row-major, followed by its bias. The weight vector holds the layers in this order:
 * `receiver` (receiver features -> first hidden layer, with that layer's bias), `edge` (sender and pair features -> first
 * hidden layer, no bias), further hidden layers of the edge function, `message`, the node function's layers (input: the D
 * sums, then the node features), and with linearSkip `skip` (the node function's input -> output, no bias).
 */
export interface LayerShape {
  part: 'receiver' | 'edge' | 'hidden' | 'message' | 'node' | 'output' | 'skip'
  inputs: number
  outputs: number
  bias: boolean
}

export type NetworkConfig = Pick<
  GnnConfig,
  'edgeHidden' | 'nodeHidden' | 'messageWidth' | 'edgeFeatures' | 'nodeFeatures' | 'linearSkip' | 'penalty'
>

/** Outputs of the edge function: D components, or with `kl` D means followed by D log-variances. */
export function messageOutputs(config: Pick<GnnConfig, 'messageWidth' | 'penalty'>): number {
  return config.penalty.kind === 'kl' ? 2 * config.messageWidth : config.messageWidth
}

/** The layers in the order of the weight vector. */
export function layersOf(config: NetworkConfig): LayerShape[] {
  const { receiver, sender, pair } = splitEdgeFeatures(config.edgeFeatures)
  const first = config.edgeHidden[0]
  const layers: LayerShape[] = [
    { part: 'receiver', inputs: receiver.length, outputs: first, bias: true },
    { part: 'edge', inputs: sender.length + pair.length, outputs: first, bias: false }
  ]
  for (let l = 1; l < config.edgeHidden.length; l++)
    layers.push({ part: 'hidden', inputs: config.edgeHidden[l - 1], outputs: config.edgeHidden[l], bias: true })
  layers.push({
    part: 'message',
    inputs: config.edgeHidden.at(-1) as number,
    outputs: messageOutputs(config),
    bias: true
  })
  const nodeInputs = config.messageWidth + config.nodeFeatures.length
  let inputs = nodeInputs
  for (const units of config.nodeHidden) {
    layers.push({ part: 'node', inputs, outputs: units, bias: true })
    inputs = units
  }
  layers.push({ part: 'output', inputs, outputs: 1, bias: true })
  if (config.linearSkip) layers.push({ part: 'skip', inputs: nodeInputs, outputs: 1, bias: false })
  return layers
}

/** Number of weights and biases. */
export function parameterCount(config: NetworkConfig): number {
  return layersOf(config).reduce(
    (sum, layer) => sum + layer.inputs * layer.outputs + (layer.bias ? layer.outputs : 0),
    0
  )
}

/** Adam's moments as one vector: first moments, then second moments, both in the order of the weights. */
export function joinMoments(first: Float32Array, second: Float32Array): Float32Array {
  const moments = new Float32Array(first.length + second.length)
  moments.set(first)
  moments.set(second, first.length)
  return moments
}

/** First and second moments, as views into `moments`. */
export function splitMoments(moments: Float32Array): [first: Float32Array, second: Float32Array] {
  const size = moments.length / 2
  return [moments.subarray(0, size), moments.subarray(size)]
}

/**
 * Multiply-adds per edge of a forward pass and of a training step.
 * @param lastLayer runs once per edge, or (because it is linear) once per receiver on the sums, at no cost per edge
 */
export function edgeMultiplyAdds(
  config: NetworkConfig,
  lastLayer: 'per edge' | 'per receiver'
): { forward: number; training: number } {
  let forward = 0
  let training = 0
  for (const layer of layersOf(config)) {
    const work = layer.inputs * layer.outputs
    if (layer.part === 'edge') {
      forward += work
      training += 2 * work
    } else if (layer.part === 'hidden' || (layer.part === 'message' && lastLayer === 'per edge')) {
      forward += work
      training += 3 * work
    }
  }
  return { forward, training }
}

/**
 * Random initial weights: uniform with variance 2 / inputs before an activation (He et al. 2015), 1 / inputs before the sum,
 * and a tenth of that scale for the output, so that the first predictions are near the target's mean.
 */
export function initialParameters(config: NetworkConfig, random: Random): Float32Array {
  const layers = layersOf(config)
  const parameters = new Float32Array(parameterCount(config))
  const firstInputs = layers[0].inputs + layers[1].inputs
  let at = 0
  for (const layer of layers) {
    const inputs = Math.max(1, layer.part === 'receiver' || layer.part === 'edge' ? firstInputs : layer.inputs)
    const gain = layer.part === 'message' ? 1 : layer.part === 'output' ? 0.1 : layer.part === 'skip' ? 0.1 : Math.SQRT2
    const limit = gain * Math.sqrt(3 / inputs)
    const uniform = (size: number): number => size * (2 * random.uniform() - 1)
    for (let n = layer.inputs * layer.outputs; n > 0; n--) parameters[at++] = uniform(limit)
    const isHidden = layer.part === 'receiver' || layer.part === 'hidden' || layer.part === 'node'
    if (layer.bias)
      for (let n = layer.outputs; n > 0; n--) parameters[at++] = isHidden ? uniform(1 / Math.sqrt(inputs)) : 0
  }
  return parameters
}
