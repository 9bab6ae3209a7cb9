import { expect, test } from 'vitest'
import { chooseEngine, fastestOf } from '../../../../src-main/gnn/training/choose.ts'
import { cpuEngine } from '../../../../src-main/gnn/engines/cpu/cpu.ts'
import type { Engine, EngineNetwork, NetworkSetup } from '../../../../src-main/gnn/network/engine.ts'
import { trainGnn } from '../../../../src-main/gnn/index.ts'
import { standardise } from '../../../../src-main/gnn/training/standardise.ts'
import { smallCatalog, smallConfig, smallGraph } from '../small-catalog.ts'

const catalog = smallCatalog(200, 5)
const neighbours = smallGraph(catalog, 20)
const train = Uint32Array.from({ length: 200 }, (_, i) => i)
const input = { catalog, neighbours, target: catalog.x, train, validation: train }
const setup = { ...input, config: smallConfig, standardisation: await standardise(input, smallConfig, 1, 1) }

/** The CPU under another name, whose clock says it is so many times as fast. */
function engineOf(factor: number): Engine & { disposed: number } {
  const engine = {
    ...cpuEngine,
    id: 'webgpu' as const,
    device: 'Test card',
    disposed: 0,
    async createNetwork(setup: NetworkSetup): Promise<EngineNetwork> {
      const network = await cpuEngine.createNetwork(setup)
      return {
        setWeights: (...given) => network.setWeights(...given),
        setMoments: (...given) => network.setMoments(...given),
        train: async (options) => {
          const done = await network.train(options)
          return { ...done, seconds: done.seconds / factor }
        },
        dispose: () => void engine.disposed++
      } as EngineNetwork
    }
  }
  return engine
}

test('auto chooses the engine that trains the network fastest, by measurement, and reports it', async () => {
  const [slow, fast] = [engineOf(1 / 8), engineOf(8)]
  const withSlow = await fastestOf([cpuEngine, slow], setup, 1)
  expect(withSlow.engine.id).toBe('cpu')
  expect(slow.disposed).toBe(1)
  const withFast = await fastestOf([cpuEngine, fast], setup, 1)
  expect(withFast.engine.id).toBe('webgpu')
  expect(fast.disposed).toBe(0)
  expect(withFast.notices).toEqual([
    expect.stringMatching(/^Training on webgpu \(Test card\).*cpu [\d.]+ million edges\/s, webgpu [\d.]+ million/)
  ])
})

test('an engine that fails its trial is skipped, with a notice', async () => {
  const broken: Engine = { ...engineOf(8), createNetwork: () => Promise.reject(new Error('device lost')) }
  const { engine, notices } = await fastestOf([cpuEngine, broken], setup, 1)
  expect(engine.id).toBe('cpu')
  expect(notices[0]).toContain('webgpu fails (device lost)')
})

test('auto skips an engine that computes in software', async () => {
  const { engine } = await chooseEngine('auto', setup, 1)
  expect(engine.software).toBe(false)
})

test('an engine in software trains on request, and its notice is reported and stored', async () => {
  const notices: string[] = []
  const config = { ...smallConfig, epochs: 1 }
  const trained = await trainGnn(input, config, {
    engine: 'tensorflow',
    onNotice: (sentence) => notices.push(sentence)
  })
  expect(trained.engine).toBe('tensorflow')
  expect(trained.notices).toEqual(notices)
  expect(notices[0]).toMatch(/TensorFlow .*docs\/engines\.md/)
  const { history } = await trainGnn(input, config, { engine: 'cpu' })
  expect(trained.history[0].trainLoss / history[0].trainLoss).toBeCloseTo(1, 3)
})
