import { beforeAll, expect, test } from 'vitest'
import type { Catalog } from '../../../../src-main/catalog/catalog.ts'
import type { Neighbours } from '../../../../src-main/graph/neighbours.ts'
import { aggregatesOf, messagesOf, predictGnn } from '../../../../src-main/gnn/inference/predict.ts'
import type { GnnState } from '../../../../src-main/gnn/network/model.ts'
import { layersOf } from '../../../../src-main/gnn/network/parameters.ts'
import { pairOf } from '../../law/scene.ts'
import { drawnState, smallCatalog, smallConfig, smallGraph } from '../small-catalog.ts'

const halos = 50
const radius = 30
let catalog: Catalog
let neighbours: Neighbours
let state: GnnState
const every = Uint32Array.from({ length: halos }, (_, halo) => halo)

beforeAll(async () => {
  catalog = smallCatalog(halos, 9)
  neighbours = smallGraph(catalog, radius)
  const target = Float32Array.from(every, (halo) => 2 + Math.cos(halo))
  const config = { ...smallConfig, linearSkip: true }
  state = await drawnState({ catalog, neighbours, target, train: every, validation: every }, config)
})

type Vector = number[]
const silu = (z: number): number => z / (1 + Math.exp(-z))
const plus = (a: Vector, b: Vector): Vector => a.map((value, n) => value + b[n])

/** The layers as plain functions from vector to vector, by part, from the vector of weights. */
function plainLayers({ config, parameters }: GnnState): Record<string, ((inputs: Vector) => Vector)[]> {
  let at = 0
  const byPart: Record<string, ((inputs: Vector) => Vector)[]> = {}
  for (const { part, inputs, outputs, bias } of layersOf(config)) {
    const matrix = parameters.slice(at, (at += inputs * outputs))
    const offset = bias ? parameters.slice(at, (at += outputs)) : new Float32Array(outputs)
    const apply = (vector: Vector): Vector =>
      Array.from(offset, (b, n) => vector.reduce((sum, value, k) => sum + value * matrix[k * outputs + n], b))
    byPart[part] = [...(byPart[part] ?? []), apply]
  }
  return byPart
}

const log10Mass = (halo: number): number => Math.log10(catalog.mass![halo] / 1e14)

/** A message in plain numbers: the edge function on standardised features, in the order of the settings. */
function plainMessage(i: number, j: number): Vector {
  const { r, v_ij } = pairOf(catalog, i, j)
  const { mean, scale } = state.standardisation.edge
  const values = [log10Mass(i), log10Mass(j), r, Math.log(r), v_ij].map((value, n) => (value - mean[n]) / scale[n])
  const { receiver, edge, hidden, message } = plainLayers(state)
  let units = plus(receiver[0](values.slice(0, 1)), edge[0](values.slice(1))).map(silu)
  for (const layer of hidden) units = layer(units).map(silu)
  return message[0](units)
}

function plainSum(i: number): Vector {
  const senders = [...every].filter((j) => j !== i && pairOf(catalog, i, j).r < radius)
  return senders.map((j) => plainMessage(i, j)).reduce(plus, Array<number>(state.config.messageWidth).fill(0))
}

function plainPrediction(i: number): number {
  const { node: moments, target, meanDegree } = state.standardisation
  const features = [log10Mass(i), pairOf(catalog, i, (i + 1) % halos).v_i].map(
    (value, n) => (value - moments.mean[n]) / moments.scale[n]
  )
  const inputs = [...plainSum(i).map((sum) => sum / meanDegree), ...features]
  const { node, output, skip } = plainLayers(state)
  const units = node.reduce((vector, layer) => layer(vector).map(silu), inputs)
  return plus(output[0](units), skip[0](inputs))[0] * target.scale + target.mean
}

test('a prediction is the network written out in plain numbers, for receivers in any order', async () => {
  const receivers = Uint32Array.of(7, 0, 49, 7, 23)
  const predicted = await predictGnn(state, { catalog, neighbours }, receivers)
  receivers.forEach((halo, n) => expect(predicted[n]).toBeCloseTo(plainPrediction(halo), 4))
})

test('messages and their sums are those of the edge function written out', async () => {
  const pairs = { receiver: Uint32Array.of(0, 3, 12), sender: Uint32Array.of(5, 2, 40) }
  const messages = await messagesOf(state, { catalog, neighbours }, pairs)
  const width = state.config.messageWidth
  pairs.receiver.forEach((i, n) =>
    plainMessage(i, pairs.sender[n]).forEach((value, k) => expect(messages[n * width + k]).toBeCloseTo(value, 4))
  )
  const sums = await aggregatesOf(state, { catalog, neighbours }, Uint32Array.of(31, 8))
  ;[31, 8].forEach((i, n) => plainSum(i).forEach((value, k) => expect(sums[n * width + k]).toBeCloseTo(value, 3)))
})

test('a network whose weights do not match its settings, and a cancelled prediction, are refused', async () => {
  const short = { ...state, parameters: state.parameters.slice(1) }
  await expect(predictGnn(short, { catalog, neighbours }, every)).rejects.toThrow('train it again')
  const bare = { ...catalog, mass: null }
  await expect(predictGnn(state, { catalog: bare, neighbours }, every)).rejects.toThrow('needs masses')
  const signal = AbortSignal.abort()
  await expect(predictGnn(state, { catalog, neighbours }, every, { signal })).rejects.toMatchObject({
    code: 'cancelled'
  })
})
