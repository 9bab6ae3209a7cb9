// `node bench/core.ts`: CPU nanoseconds per edge in training on one core, by width and message strategy. CPU time is meaningful
// on a shared machine as well; `halolaw bench train` measures wall-clock time and the peak.
import { join } from 'node:path'
import { loadCatalog } from '../src-main/catalog/load.ts'
import { benchWidths } from '../src-main/gnn/bench.ts'
import { penaltyWeight } from '../src-main/gnn/network/config.ts'
import { cpuEngine } from '../src-main/gnn/engines/cpu/cpu.ts'
import { presetConfig } from '../src-main/gnn/index.ts'
import type { GnnConfig, MessagePenalty } from '../src-main/gnn/network/model.ts'
import { edgeMultiplyAdds, initialParameters } from '../src-main/gnn/network/parameters.ts'
import { standardise } from '../src-main/gnn/training/standardise.ts'
import { buildNeighbours } from '../src-main/graph/neighbours.ts'
import { projectRoot } from '../src-main/native.ts'
import { Random } from '../src-main/random.ts'

const catalog = await loadCatalog(join(projectRoot(), 'resources', 'fastpm-500-z0.h5'))
const neighbours = buildNeighbours(catalog, 50)
const target = Float32Array.from(catalog.extra.get('Delta20') ?? catalog.x)
const train = Uint32Array.from({ length: catalog.halos }, (_, halo) => halo)
const batch = 790

async function onOneCore<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const before = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(before)
  return { seconds: (user + system) / 1e6, result }
}

async function measure(name: string, config: GnnConfig): Promise<void> {
  const standardisation = await standardise({ catalog, neighbours, target, train, validation: train }, config, 1, 1)
  const network = await cpuEngine.createNetwork({ catalog, neighbours, config, standardisation })
  const weights = initialParameters(config, new Random(1))
  network.setWeights(weights, weights)
  const steps = config.edgeHidden[0] > 200 ? 1 : 4
  const each = (value: number): Float32Array => new Float32Array(steps).fill(value)
  let perEdge = Infinity
  for (let turn = 0; turn < 6; turn++) {
    const { seconds, result } = await onOneCore(() =>
      network.train({
        receivers: new Random(2).shuffle(train.slice()).subarray(0, batch * steps),
        batch,
        target,
        rates: each(1e-4),
        penalties: each(penaltyWeight(config)),
        seed: 1,
        weightDecay: 0,
        averageDecay: 0.99,
        clipNorm: 1,
        threads: 1
      })
    )
    perEdge = Math.min(perEdge, seconds / result.edges)
  }
  const strategy = config.penalty.kind
  const operations =
    2 * edgeMultiplyAdds(config, strategy === 'l1' || strategy === 'kl' ? 'per edge' : 'per receiver').training
  const gflops = operations / perEdge / 1e9
  console.log(
    `${name.padEnd(12)} ${strategy.padEnd(4)} ${(1e9 * perEdge).toFixed(0).padStart(6)} ns per edge, ${gflops.toFixed(0)} GFLOP/s`
  )
}

const strategies: MessagePenalty[] = [
  { kind: 'none', weight: 0 },
  { kind: 'l1', weight: 0.02 },
  { kind: 'kl', weight: 0.01 }
]
for (const [name, { edgeHidden, nodeHidden, messageWidth }] of Object.entries(benchWidths))
  for (const penalty of strategies)
    await measure(name, {
      ...presetConfig('standard', catalog),
      edgeHidden: [...edgeHidden],
      nodeHidden: [...nodeHidden],
      messageWidth,
      activation: 'relu',
      loss: { kind: 'mae' },
      edgeFeatures: ['log_mass_i', 'log_mass_j', 'r', 'log_r', 'v_ij', 'v_r', 'cos_i', 'cos_j'],
      nodeFeatures: ['log_mass'],
      penalty,
      batchReceivers: batch
    })
