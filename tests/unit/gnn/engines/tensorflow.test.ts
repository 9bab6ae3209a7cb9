import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { cpuEngine, createNetwork } from '../../../../src-main/gnn/engines/cpu/cpu.ts'
import { tensorflowEngine } from '../../../../src-main/gnn/engines/tensorflow/index.ts'
import { nativeLibraryPath } from '../../../../src-main/gnn/engines/tensorflow/library.ts'
import { openRuntime, probe } from '../../../../src-main/gnn/engines/tensorflow/runtime.ts'
import type { Engine, EngineNetwork, TrainedSteps } from '../../../../src-main/gnn/network/engine.ts'
import type { GnnConfig } from '../../../../src-main/gnn/network/model.ts'
import { initialParameters } from '../../../../src-main/gnn/network/parameters.ts'
import { standardise } from '../../../../src-main/gnn/training/standardise.ts'
import { separatePairs } from '../../../../src-main/graph/pairs.ts'
import { Random } from '../../../../src-main/random.ts'
import { needs } from '../../../fixtures/needs.ts'
import { relativeDifference } from '../difference.ts'
import { oracle } from '../oracle.ts'
import { smallCatalog, smallConfig, smallGraph } from '../small-catalog.ts'

const halos = 300
const catalog = smallCatalog(halos, 9)
const neighbours = smallGraph(catalog, 15)
const all = Uint32Array.from({ length: halos }, (_, i) => i)
const target = Float32Array.from(all, (i) => Math.sin(i))
const step = { penalty: 0.05, seed: 3, step: 0 }
const folder = mkdtempSync(join(tmpdir(), 'halolaw-tensorflow-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The same network on both engines, from the same start. */
async function both(change: Partial<GnnConfig>, engine: Engine = oracle): Promise<[EngineNetwork, EngineNetwork]> {
  const config = { ...smallConfig, ...change }
  const input = { catalog, neighbours, target, train: all, validation: all }
  const standardisation = await standardise(input, config, 1, 2)
  const parameters = initialParameters(config, new Random(2))
  const average = initialParameters(config, new Random(3))
  const networks: [EngineNetwork, EngineNetwork] = [
    createNetwork({ catalog, neighbours, config, standardisation }),
    await engine.createNetwork({ catalog, neighbours, config, standardisation })
  ]
  for (const network of networks) {
    network.setWeights(parameters, average)
    network.setMoments(new Float32Array(2 * parameters.length), 0)
  }
  return networks
}

function steps(network: EngineNetwork, count: number, batch = 8): Promise<TrainedSteps> {
  const random = new Random(4)
  return network.train({
    receivers: Uint32Array.from({ length: count * batch }, () => random.integer(halos)),
    batch,
    target,
    rates: Float32Array.from({ length: count }, (_, n) => 3e-3 * (1 - n / count)),
    penalties: new Float32Array(count).fill(0.05),
    seed: 6,
    weightDecay: 1e-2,
    averageDecay: 0.95,
    clipNorm: 0.5,
    threads: 2
  })
}

const library = nativeLibraryPath() === null ? null : await openRuntime()
needs(
  library?.tf.getBackend() === 'tensorflow',
  "TensorFlow's native library: the optional package @tensorflow/tfjs-node-gpu, or HALOLAW_TENSORFLOW"
)('a hundred steps in the native library lose as the CPU engine does', async () => {
  const [cpu, native] = await both({}, tensorflowEngine(library!))
  const [ours, theirs] = [await steps(cpu, 100), await steps(native, 100)]
  theirs.losses.forEach((loss, step) => expect(Math.abs(loss / ours.losses[step] - 1)).toBeLessThan(1e-3))
})

test.each([
  ['plain', {}],
  [
    'an L1 penalty, ReLU and a linear path',
    { penalty: { kind: 'l1', weight: 0.05 }, activation: 'relu', linearSkip: true }
  ],
  ['variational messages and the mean absolute error', { penalty: { kind: 'kl', weight: 0.05 }, loss: { kind: 'mae' } }]
] as [string, Partial<GnnConfig>][])('a hundred steps lose as the CPU engine does: %s', async (_, change) => {
  const [cpu, tensorflow] = await both(change)
  const [ours, theirs] = [await steps(cpu, 100), await steps(tensorflow, 100)]
  expect(theirs.edges).toBe(ours.edges)
  expect(theirs.failed).toBe(-1)
  theirs.losses.forEach((loss, step) => expect(Math.abs(loss / ours.losses[step] - 1)).toBeLessThan(1e-3))
  expect(relativeDifference(await tensorflow.weights('current'), await cpu.weights('current'))).toBeLessThan(1e-3)
  expect(relativeDifference(await tensorflow.weights('average'), await cpu.weights('average'))).toBeLessThan(1e-3)
  expect(relativeDifference(await tensorflow.moments(), await cpu.moments())).toBeLessThan(1e-2)
})

test('predictions, sums, moments and messages are those of the CPU engine', async () => {
  const [cpu, tensorflow] = await both({
    edgeFeatures: ['log_mass_i', 'r', 'spin_j', 'cos_j', 'v_r'],
    penalty: { kind: 'kl', weight: 0.1 }
  })
  const some = Uint32Array.from({ length: 40 }, (_, n) => n * 7)
  const pairs = separatePairs({ receiver: some, sender: some.map((i) => (i + 3) % halos) }, catalog, 100)
  for (const set of ['current', 'average'] as const) {
    const of = async (network: EngineNetwork): Promise<ArrayLike<number>[]> => {
      const { edges, sum, squares, divergence } = await network.messageMoments(some, set, 2)
      return [
        await network.predict(some, set, 2),
        await network.aggregate(some, set, 2),
        await network.messages(pairs, set, 2),
        [edges],
        sum,
        squares,
        divergence!
      ]
    }
    const [ours, theirs] = [await of(cpu), await of(tensorflow)]
    theirs.forEach((values, n) => expect(relativeDifference(values, ours[n])).toBeLessThan(1e-4))
  }
})

test('a step whose edges do not fit is split into parts, reported once, with the same result', async () => {
  const [cpu, tensorflow] = await both(
    { penalty: { kind: 'l1', weight: 0.05 } },
    tensorflowEngine(oracle.runtime, 200_000)
  )
  const ours = await cpu.gradient(all, target, step, 2)
  const theirs = await tensorflow.gradient(all, target, step, 2)
  expect(theirs.loss).toBeCloseTo(ours.loss, 4)
  expect(relativeDifference(theirs.gradient, ours.gradient)).toBeLessThan(1e-4)
  const trained = await steps(tensorflow, 2, 200)
  expect(trained.notice).toMatch(/do not fit into memory together.* parts of at most \d+ edges/)
  expect((await steps(tensorflow, 2, 200)).notice).toBeUndefined()
})

test('halos without a neighbour are predicted and trained on', async () => {
  const lonely = smallGraph(catalog, 1e-3)
  const input = { catalog, neighbours: lonely, target, train: all, validation: all }
  const standardisation = await standardise(input, smallConfig, 1, 2)
  const parameters = initialParameters(smallConfig, new Random(2))
  const [ours, theirs] = await Promise.all(
    [cpuEngine, oracle].map(async (engine) => {
      const network = await engine.createNetwork({ catalog, neighbours: lonely, config: smallConfig, standardisation })
      network.setWeights(parameters, parameters)
      return network.gradient(all, target, step, 2)
    })
  )
  expect(theirs.loss).toBeCloseTo(ours.loss, 5)
  expect(relativeDifference(theirs.gradient, ours.gradient)).toBeLessThan(1e-4)
})

test('a loss that is not finite ends training at its step, and leaves the weights', async () => {
  const [, tensorflow] = await both({})
  const weights = (await tensorflow.weights('current')).map((value, n) => (n === 0 ? Infinity : value))
  tensorflow.setWeights(weights, weights)
  const { failed, losses } = await steps(tensorflow, 5)
  expect(failed).toBe(0)
  expect(losses).toHaveLength(1)
})

test.each([
  ['ends its process', 'process.abort()', /crashed with SIG/],
  ['throws', 'throw new Error("libcudart.so.11.0: cannot open shared object file")', /libcudart\.so\.11\.0/],
  ['exits', 'console.error("bad driver"); process.exit(3)', /exit code 3: bad driver/],
  ['is something else', 'module.exports = {}', /./]
])('a native library that %s is reported, and this process lives', async (_, script, says) => {
  const path = join(folder, 'broken.cjs')
  writeFileSync(path, script)
  const runtime = await openRuntime(path)
  expect(runtime.gpu).toBe(false)
  expect(runtime.notice).toMatch(says)
  expect(runtime.notice).toContain('its native library does not work on this machine')
})

test('a native library that hangs is abandoned', async () => {
  const path = join(folder, 'hangs.cjs')
  writeFileSync(path, 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)')
  expect(await probe(path, 1)).toEqual({ error: 'it did not answer within 1 seconds' })
})
