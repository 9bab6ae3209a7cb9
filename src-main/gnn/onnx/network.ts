import { boxText } from '../../../src-shared/contract/box.ts'
import type { BoxSize } from '../../../src-shared/contract/box.ts'
import type { GnnConfig, GnnState } from '../network/model.ts'
import { layersOf, type LayerShape } from '../network/parameters.ts'
import { splitEdgeFeatures } from '../network/features.ts'
import { OnnxGraph, type Value } from './protocol.ts'

/** Origin and inputs of a network, for the metadata of its files. */
export interface OnnxContext {
  target: string
  /** Unit of a feature by its name in the configuration; null: no unit */
  unitOf: (feature: string) => string | null
  /** Mpc/h; pairs farther apart are not neighbours */
  radius: number
  /** The periodic training box, Mpc/h; null: open space */
  boxSize: BoxSize | null
}

/**
 * The network as two ONNX models in the units of the catalog; they contain the standardisation.
 *
 * - edge: `edge_features` [edges x features] -> `message` [edges x D], one pair per row (variational messages: their means);
 * - node: `message_sum` [halos x D], the sum of the messages of all neighbours within the radius, and `node_features`
 *   [halos x features], if the network has any -> `prediction` [halos x 1] in the target's unit.
 *
 * The columns of an input are its features in the order of the metadata entry of the same name (JSON: name and unit of each).
 */
export function networkToOnnx(state: GnnState, context: OnnxContext): { edge: Uint8Array; node: Uint8Array } {
  const layers = layersWithWeights(state)
  return { edge: edgeModel(state, layers, context), node: nodeModel(state, layers, context) }
}

/** A layer of parameters.ts with its matrix, [inputs x outputs], row-major. */
interface Layer extends LayerShape {
  weights: Float32Array
  biases: Float32Array
}

function layersWithWeights({ config, parameters }: GnnState): Layer[] {
  let at = 0
  const take = (count: number): Float32Array => parameters.slice(at, (at += count))
  return layersOf(config).map((shape) => ({
    ...shape,
    weights: take(shape.inputs * shape.outputs),
    biases: take(shape.bias ? shape.outputs : 0)
  }))
}

function edgeModel({ config, standardisation }: GnnState, layers: Layer[], context: OnnxContext): Uint8Array {
  const graph = new OnnxGraph()
  const width = config.edgeFeatures.length
  const raw = graph.input('edge_features', 'edges', width, 'one row per edge, receiver <- sender')
  let value = standardised(graph, raw, 'edge', standardisation.edge)
  const part = (name: LayerShape['part']): Layer[] => layers.filter((layer) => layer.part === name)
  const hidden = [firstLayer(config, part('receiver')[0], part('edge')[0]), ...part('hidden')]
  hidden.forEach((layer, n) => {
    value = activated(graph, dense(graph, value, layer, `edge_${n + 1}`), config.activation)
  })
  // Variational messages have log-variances after their means; prediction uses the means.
  dense(graph, value, firstOutputs(part('message')[0], config.messageWidth), 'message')
  graph.output('message', 'edges', config.messageWidth, 'message from the sender to the receiver')
  return graph.encode('edge_function', describe(config, context), metadata(config, context))
}

function nodeModel({ config, standardisation }: GnnState, layers: Layer[], context: OnnxContext): Uint8Array {
  const graph = new OnnxGraph()
  const sums = graph.input('message_sum', 'halos', config.messageWidth, 'sum of messages over all neighbours')
  const degree = graph.constant('mean_degree', [1], [standardisation.meanDegree])
  let inputs = graph.apply('Div', [sums, degree], 'message_mean')
  if (config.nodeFeatures.length > 0) {
    const raw = graph.input('node_features', 'halos', config.nodeFeatures.length, 'features of the receiving halo')
    inputs = graph.apply('Concat', [inputs, standardised(graph, raw, 'node', standardisation.node)], 'node_inputs', {
      axis: 1
    })
  }
  let value = inputs
  layers
    .filter(({ part }) => part === 'node')
    .forEach((layer, n) => {
      value = activated(graph, dense(graph, value, layer, `node_${n + 1}`), config.activation)
    })
  value = dense(
    graph,
    value,
    layers.find(({ part }) => part === 'output')!,
    'node_output'
  )
  const skip = layers.find(({ part }) => part === 'skip')
  if (skip) value = graph.apply('Add', [value, dense(graph, inputs, skip, 'linear_path')], 'with_linear_path')
  const { mean, scale } = standardisation.target
  const scaled = graph.apply('Mul', [value, graph.constant('target_scale', [1], [scale])], 'scaled_prediction')
  graph.apply('Add', [scaled, graph.constant('target_mean', [1], [mean])], 'prediction')
  graph.output('prediction', 'halos', 1, context.target)
  return graph.encode('node_function', describe(config, context), metadata(config, context))
}

/** (x - mean) / scale by column. */
function standardised(
  graph: OnnxGraph,
  value: Value,
  name: string,
  { mean, scale }: { mean: number[]; scale: number[] }
): Value {
  const centred = graph.apply('Sub', [value, graph.constant(`${name}_mean`, [mean.length], mean)], `${name}_centred`)
  return graph.apply('Div', [centred, graph.constant(`${name}_scale`, [scale.length], scale)], `${name}_standardised`)
}

function dense(graph: OnnxGraph, value: Value, layer: Layer, name: string): Value {
  const weights = graph.constant(`${name}_weights`, [layer.inputs, layer.outputs], layer.weights)
  if (!layer.bias) return graph.apply('MatMul', [value, weights], name)
  return graph.apply('Gemm', [value, weights, graph.constant(`${name}_bias`, [layer.outputs], layer.biases)], name)
}

function activated(graph: OnnxGraph, value: Value, activation: GnnConfig['activation']): Value {
  if (activation === 'relu') return graph.apply('Relu', [value], `${value}_relu`)
  return graph.apply('Mul', [value, graph.apply('Sigmoid', [value], `${value}_sigmoid`)], `${value}_silu`)
}

/** The receiver and edge parts of the first layer as one matrix, with rows in the order of config.edgeFeatures. */
function firstLayer(config: GnnConfig, receiver: Layer, edge: Layer): Layer {
  const outputs = receiver.outputs
  const split = splitEdgeFeatures(config.edgeFeatures)
  const row = (name: string): Float32Array => {
    const index = split.receiver.indexOf(name)
    const [part, at] = index >= 0 ? [receiver, index] : [edge, [...split.sender, ...split.pair].indexOf(name)]
    return part.weights.subarray(at * outputs, (at + 1) * outputs)
  }
  const weights = new Float32Array(config.edgeFeatures.length * outputs)
  config.edgeFeatures.forEach((name, n) => weights.set(row(name), n * outputs))
  return { part: 'edge', inputs: config.edgeFeatures.length, outputs, bias: true, weights, biases: receiver.biases }
}

function firstOutputs(layer: Layer, outputs: number): Layer {
  const weights = layer.weights.filter((_, n) => n % layer.outputs < outputs)
  return { ...layer, outputs, weights, biases: layer.biases.subarray(0, outputs) }
}

function describe(config: GnnConfig, { target, radius, boxSize }: OnnxContext): string {
  const space =
    boxSize === null ? 'in open space' : `in a periodic box of ${boxText(boxSize)} Mpc/h, by the minimum image`
  return (
    `Graph network for ${target} by Halolaw. For each halo: the edge function on the features of the halo (receiver, _i), ` +
    `of each other halo within ${radius} Mpc/h (sender, _j) ${space}, and of the pair; the sum of these messages; the node ` +
    `function on that sum${config.nodeFeatures.length > 0 ? ' and the features of the halo' : ''} gives ${target}.`
  )
}

function metadata(config: GnnConfig, { target, unitOf, radius, boxSize }: OnnxContext): Record<string, string> {
  const columns = (names: string[]): string => JSON.stringify(names.map((name) => ({ name, unit: unitOf(name) })))
  return {
    target,
    radius_mpc_h: String(radius),
    box_mpc_h: boxSize === null ? '' : String(boxSize),
    message_width: String(config.messageWidth),
    edge_features: columns(config.edgeFeatures),
    node_features: columns(config.nodeFeatures)
  }
}
