import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { loadCatalog } from '../catalog/load.ts'
import { benchTrain, benchWidths, findEngine } from '../gnn/index.ts'
import type { BenchWidth, EngineId } from '../gnn/index.ts'
import { benchGraph } from '../graph/bench.ts'
import { projectRoot } from '../native.ts'
import { benchSymbolic } from '../symbolic/index.ts'
import { choiceFrom, threadsFrom, usage } from './arguments.ts'
import { defineCommand } from './command.ts'
import { print, printJson } from './output.ts'

/** Mpc/h, as in Cranmer et al. 2020 */
const radius = 50

export const bench = defineCommand({
  name: 'bench',
  summary: 'measures the speed of this machine: graph, train or symbolic',
  arguments: ['graph|train|symbolic'],
  about: `  graph      edges within 50 Mpc/h in the bundled simulation: {edges, seconds, edgesPerSecond}
  train      the engines that train the network, each with the peak of its device: {width, engines: [{id, device,
             edgesPerSecond, edgesPerStep, cpuSecondsPerStep, gflops, shareOfPeak, peakGflops}], peakGflops,
             epochSeconds, edges, peakRssMB, trainingRssMB}
  symbolic   evaluation of formulas: {nodeEvalsPerSecond: {arithmetic, transcendental} on one thread, threaded: the
             same on all threads, small: {text, rows, microseconds}}`,
  options: {
    '--threads N': 'default: all cores',
    '--width W': `train only: ${Object.keys(benchWidths).join(', ')}; default 64-64-16`,
    '--engine E': 'train only: cpu, webgpu or tensorflow; default: every available engine',
    '--json': 'prints one JSON object on stdout'
  },

  async run(values, positionals) {
    const what = choiceFrom('bench', positionals[0], ['graph', 'train', 'symbolic'] as const)
    const threads = threadsFrom(values.threads) ?? availableParallelism()
    const width = choiceFrom('width', values.width, Object.keys(benchWidths) as BenchWidth[])
    const engine = choiceFrom('engine', values.engine, ['auto', 'cpu', 'webgpu', 'tensorflow'] as const)
    if ((width ?? engine) !== undefined && what !== 'train')
      throw usage(`--width and --engine belong to "halolaw bench train"; leave them out.`)
    const result = await measure(what, threads, width, engine)
    if (values.json) return printJson(result)
    print(JSON.stringify(result, null, 2).replace(/[{}"]/g, '').trim())
  }
})

async function measure(
  what: 'graph' | 'train' | 'symbolic' | undefined,
  threads: number,
  width?: BenchWidth,
  engine?: EngineId | 'auto'
): Promise<object> {
  if (what === 'symbolic') return benchSymbolic(threads)
  // Reports a missing engine before the catalog is read.
  if (engine !== undefined && engine !== 'auto') await findEngine(engine)
  const catalog = await loadCatalog(join(projectRoot(), 'resources', 'fastpm-500-z0.h5'))
  return what === 'train'
    ? benchTrain(catalog, radius, threads, { width, engine })
    : benchGraph(catalog, radius, threads)
}
