import { expect } from 'vitest'
import type { Catalog } from '../../../../src-main/catalog/catalog.ts'
import { messagesOf, networkToOnnx, predictGnn, trainGnn } from '../../../../src-main/gnn/index.ts'
import type { GnnConfig, GnnState } from '../../../../src-main/gnn/network/model.ts'
import { needs } from '../../../fixtures/needs.ts'
import { onnxRuntime, whereOnnxRuntime } from '../../../fixtures/onnx-runtime/index.ts'
import type { OnnxTensor } from '../../../fixtures/onnx-runtime/index.ts'
import { relativeDifference } from '../difference.ts'
import { smallCatalog, smallConfig, smallGraph } from '../small-catalog.ts'

const runtime = onnxRuntime()
const test = needs(runtime !== null, whereOnnxRuntime)

const halos = 300
const catalog = smallCatalog(halos, 7)
const radius = 25
const neighbours = smallGraph(catalog, radius)
const everyHalo = Uint32Array.from({ length: halos }, (_, i) => i)
const context = { target: 'Delta20', unitOf: () => null, radius, boxSize: 100 }

const minimumImage = (d: number): number => d - 100 * Math.round(d / 100)
/** Features from their definitions, in double precision. */
function halo(c: Catalog, name: string, i: number): number {
  const { vx, vy, vz } = c.velocity!
  if (name === 'log_mass') return Math.log10(c.mass![i] / 1e14)
  if (name === 'mass') return c.mass![i] / 1e14
  if (name === 'speed') return Math.hypot(vx[i], vy[i], vz[i]) / 1000
  return c.extra.get(name)![i]
}
function edge(c: Catalog, name: string, i: number, j: number): number {
  const { vx, vy, vz } = c.velocity!
  const d = [c.x, c.y, c.z].map((axis) => minimumImage(axis[j] - axis[i]))
  const dv = [vx, vy, vz].map((axis) => (axis[j] - axis[i]) / 1000)
  const r = Math.hypot(...d)
  if (name === 'r') return r
  if (name === 'log_r') return Math.log(r)
  if (name === 'v_ij') return Math.hypot(...dv)
  if (name === 'v_r') return d.reduce((sum, x, k) => sum + x * dv[k], 0) / r
  return halo(c, name.slice(0, -2), name.endsWith('_i') ? i : j)
}

async function trainedState(config: Partial<GnnConfig>): Promise<GnnState> {
  const input = { catalog, neighbours, target: catalog.x, train: everyHalo, validation: new Uint32Array(0) }
  return (await trainGnn(input, { ...smallConfig, ...config, epochs: 2 }, { seed: 3, threads: 1 })).state
}

const session = (model: Uint8Array) => runtime!.InferenceSession.create(model)
const tensor = (values: number[], width: number): OnnxTensor =>
  new runtime!.Tensor('float32', Float32Array.from(values), [values.length / width, width])

const variants: Record<string, Partial<GnnConfig>> = {
  'a linear node function': { nodeHidden: [], edgeFeatures: ['r', 'log_mass_j', 'v_r', 'log_mass_i', 'spin_j'] },
  'a node MLP': { nodeHidden: [10, 6], activation: 'relu' },
  'a linear path beside a node MLP': { linearSkip: true, edgeHidden: [70] },
  'variational messages': { penalty: { kind: 'kl', weight: 1e-3 } },
  'components removed in training': { penalty: { kind: 'sparse', weight: 5 }, learningRate: 0.02 },
  'no node features': { nodeFeatures: [], nodeHidden: [], edgeFeatures: ['r'] }
}

test.each(Object.entries(variants))('onnxruntime predicts what we predict, with %s', async (_, variant) => {
  const state = await trainedState(variant)
  const { edgeFeatures, nodeFeatures, messageWidth } = state.config
  if (variant.penalty?.kind === 'sparse') expect(messageWidth).toBeLessThan(smallConfig.messageWidth)
  const files = networkToOnnx(state, context)
  const edgeFunction = await session(files.edge)
  const nodeFunction = await session(files.node)

  const receiver: number[] = []
  const sender: number[] = []
  for (const i of everyHalo)
    for (const j of neighbours.of(i).index) {
      receiver.push(i)
      sender.push(j)
    }
  const edges = receiver.flatMap((i, n) => edgeFeatures.map((name) => edge(catalog, name, i, sender[n])))
  const { message } = await edgeFunction.run({ edge_features: tensor(edges, edgeFeatures.length) })
  const pairs = { receiver: Uint32Array.from(receiver), sender: Uint32Array.from(sender) }
  const ours = await messagesOf(state, { catalog, neighbours }, pairs)
  const messages = message.data
  expect(relativeDifference(messages, ours)).toBeLessThan(1e-5)

  const sums = Array<number>(halos * messageWidth).fill(0)
  receiver.forEach((i, n) => {
    for (let d = 0; d < messageWidth; d++) sums[i * messageWidth + d] += messages[n * messageWidth + d]
  })
  const inputs: Record<string, OnnxTensor> = { message_sum: tensor(sums, messageWidth) }
  if (nodeFeatures.length > 0)
    inputs.node_features = tensor(
      [...everyHalo].flatMap((i) => nodeFeatures.map((name) => halo(catalog, name, i))),
      nodeFeatures.length
    )
  const { prediction } = await nodeFunction.run(inputs)
  expect(prediction.dims).toEqual([halos, 1])
  expect(relativeDifference(prediction.data, await predictGnn(state, { catalog, neighbours }, everyHalo))).toBeLessThan(
    1e-5
  )
})

test('the files describe their inputs and outputs', async () => {
  const { edge, node } = networkToOnnx(await trainedState({}), context)
  const edgeFunction = await session(edge)
  expect(edgeFunction.inputNames).toEqual(['edge_features'])
  expect(edgeFunction.outputNames).toEqual(['message'])
  expect((await session(node)).inputNames).toEqual(['message_sum', 'node_features'])
  const text = Buffer.from(edge).toString('latin1')
  expect(text).toContain('"log_mass_i"')
  expect(text).toContain('within 25 Mpc/h')
})
