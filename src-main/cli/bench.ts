import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { loadCatalog } from '../catalog/load.ts'
import { benchTrain, benchWidths, findEngine } from '../gnn/index.ts'
import type { BenchWidth, EngineId } from '../gnn/index.ts'
import { benchGraph } from '../graph/bench.ts'
import { projectRoot } from '../native.ts'
import { benchSymbolic } from '../symbolic/index.ts'
import { choiceFrom, numberFrom, readArguments, usage } from './arguments.ts'
import type { CliCommand } from './command.ts'
import { print, printJson } from './output.ts'

/** Mpc/h, as in the paper */
const radius = 50

export const bench: CliCommand = {
  summary: 'measures this machine: graph, train or symbolic',
  help: `halolaw bench graph|train|symbolic [options]

  graph      edges within 50 Mpc/h of the bundled simulation: {edges, seconds, edgesPerSecond}
  train      the network's engines, each beside the peak of its device: {width, engines: [{id, device, edgesPerSecond,
             edgesPerStep, cpuSecondsPerStep, gflops, shareOfPeak, peakGflops}], peakGflops, epochSeconds, edges,
             peakRssMB, trainingRssMB}
  symbolic   evaluating formulas: {nodeEvalsPerSecond: {arithmetic, transcendental} on one thread, threaded: the same on
             all, small: {text, rows, microseconds}}

  --threads N   default: all cores
  --width W     of train: ${Object.keys(benchWidths).join(', ')}; default 64-64-16
  --engine E    of train: cpu, webgpu or tensorflow alone; default: every engine present
  --json        one JSON object on stdout`,

  async run(args) {
    const { values, positionals } = readArguments('bench', args, ['graph|train|symbolic'], {
      threads: { type: 'string' },
      width: { type: 'string' },
      engine: { type: 'string' }
    })
    const what = choiceFrom('bench', positionals[0], ['graph', 'train', 'symbolic'] as const)
    const threads =
      numberFrom('threads', values.threads, { integer: true, least: 1, most: 1024 }) ?? availableParallelism()
    const width = choiceFrom('width', values.width, Object.keys(benchWidths) as BenchWidth[])
    const engine = choiceFrom('engine', values.engine, ['auto', 'cpu', 'webgpu', 'tensorflow'] as const)
    if ((width ?? engine) !== undefined && what !== 'train')
      throw usage(`--width and --engine belong to "halolaw bench train"; leave them out.`)
    const result = await measure(what, threads, width, engine)
    if (values.json) return printJson(result)
    print(JSON.stringify(result, null, 2).replace(/[{}"]/g, '').trim())
  }
}

async function measure(
  what: 'graph' | 'train' | 'symbolic' | undefined,
  threads: number,
  width?: BenchWidth,
  engine?: EngineId | 'auto'
): Promise<object> {
  if (what === 'symbolic') return benchSymbolic(threads)
  // An engine that is not there is said at once.
  if (engine !== undefined && engine !== 'auto') await findEngine(engine)
  const catalog = await loadCatalog(join(projectRoot(), 'resources', 'fastpm-500-z0.h5'))
  return what === 'train'
    ? benchTrain(catalog, radius, threads, { width, engine })
    : benchGraph(catalog, radius, threads)
}
