import type { GnnConfig, Standardisation } from '../../../network/model.ts'
import { splitEdgeFeatures } from '../../../network/features.ts'
import { layersOf } from '../../../network/parameters.ts'
import type { LayerShape } from '../../../network/parameters.ts'

/**
 * Layout of weights and inputs on the GPU: in quads, vectors of four floats; every width is padded with zeros to whole quads.
 * The receiver and edge rows of the first hidden layer form one matrix here.
 */
export interface DenseLayer {
  /** Quads */
  inputs: number
  outputs: number
  /** Offsets, quads: the matrix [4 inputs x outputs quads], row-major; its bias, or -1 */
  weights: number
  bias: number
}

export interface NetworkLayout {
  /** Quads of one edge's inputs: the receiver's features, the sender's, the pair's */
  receiver: number
  sender: number
  pair: number
  /** Quads of one node function's inputs: the D sums, then the node features */
  sums: number
  /** Quads of the edge function's last layer: D components, or D means followed by D log-variances */
  message: number
  node: number
  edgeLayers: DenseLayer[]
  nodeLayers: DenseLayer[]
  skip: DenseLayer | null
  /** All weights, quads: those of the edge function, then from `nodeStart` those of the node function */
  size: number
  nodeStart: number
  /** First bias of the edge function (up to nodeStart) and of the node function (up to size), quads; biases do not decay */
  edgeBias: number
  nodeBias: number
  /** Position on the GPU (floats) of each weight in the plain vector of parameters.ts */
  place: Uint32Array
}

/** What a network's kernels are generated from. */
export interface NetworkPlan {
  config: GnnConfig
  standardisation: Standardisation
  layout: NetworkLayout
  /** Quads of a halo's inputs: receiver, sender and node features, and the velocity if a pair feature needs it */
  haloQuads: number
  /** Edges that a workgroup computes at a time */
  blockEdges: number
}

export const isVariational = ({ penalty }: Pick<GnnConfig, 'penalty'>): boolean => penalty.kind === 'kl'

const quadsOf = (width: number): number => Math.ceil(width / 4)

/** Positions of all weights and inputs of a network on the GPU. */
export function networkLayout(config: GnnConfig): NetworkLayout {
  const names = splitEdgeFeatures(config.edgeFeatures)
  const receiver = quadsOf(names.receiver.length)
  const sender = quadsOf(names.sender.length)
  const pair = quadsOf(names.pair.length)
  const sums = quadsOf(config.messageWidth)
  const message = isVariational(config) ? 2 * sums : sums
  const node = quadsOf(config.nodeFeatures.length)

  const edgeWidths = [receiver + sender + pair, ...config.edgeHidden.map(quadsOf), message]
  const nodeWidths = [sums + node, ...config.nodeHidden.map(quadsOf), 1]
  let size = 0
  const chain = (widths: number[]): DenseLayer[] =>
    widths.slice(1).map((outputs, n) => {
      const layer = { inputs: widths[n], outputs, weights: size, bias: -1 }
      size += 4 * layer.inputs * outputs
      return layer
    })
  const addBiases = (layers: DenseLayer[]): void => {
    for (const layer of layers) {
      layer.bias = size
      size += layer.outputs
    }
  }
  const edgeLayers = chain(edgeWidths)
  const edgeBias = size
  addBiases(edgeLayers)
  const nodeStart = size
  const nodeLayers = chain(nodeWidths)
  const skip = config.linearSkip ? chain([sums + node, 1])[0] : null
  const nodeBias = size
  addBiases(nodeLayers)

  // In rows of an input matrix and columns of the message, the second part starts at a new quad.
  const split = (first: number, start: number) => (row: number) => (row < first ? row : 4 * start + row - first)
  const edgeRow = split(names.sender.length, sender)
  const nodeRow = split(config.messageWidth, sums)
  const same = (row: number): number => row
  const place: number[] = []
  const put = (layer: DenseLayer, { inputs, outputs, bias }: LayerShape, rowOf = same, columnOf = same): void => {
    for (let row = 0; row < inputs; row++)
      for (let column = 0; column < outputs; column++)
        place.push(4 * (layer.weights + rowOf(row) * layer.outputs) + columnOf(column))
    for (let column = 0; bias && column < outputs; column++) place.push(4 * layer.bias + columnOf(column))
  }
  let edgeAt = 1
  let nodeAt = 0
  for (const shape of layersOf(config)) {
    const { part } = shape
    if (part === 'receiver') put(edgeLayers[0], shape)
    else if (part === 'edge') put(edgeLayers[0], shape, (row) => 4 * receiver + edgeRow(row))
    else if (part === 'hidden') put(edgeLayers[edgeAt++], shape)
    else if (part === 'message') put(edgeLayers[edgeAt++], shape, same, split(config.messageWidth, sums))
    else if (part === 'skip') put(skip as DenseLayer, shape, nodeRow)
    else {
      put(nodeLayers[nodeAt], shape, nodeAt === 0 ? nodeRow : same)
      nodeAt++
    }
  }
  return {
    receiver,
    sender,
    pair,
    sums,
    message,
    node,
    edgeLayers,
    nodeLayers,
    skip,
    size,
    nodeStart,
    edgeBias,
    nodeBias,
    place: Uint32Array.from(place)
  }
}

/** Plain weights in the GPU's layout. */
export function toPadded(layout: NetworkLayout, plain: Float32Array): Float32Array<ArrayBuffer> {
  const padded = new Float32Array(4 * layout.size)
  layout.place.forEach((at, n) => (padded[at] = plain[n]))
  return padded
}

/** Weights from the GPU in the order of parameters.ts. */
export function toPlain(layout: NetworkLayout, padded: Float32Array): Float32Array {
  return Float32Array.from(layout.place, (at) => padded[at])
}
