import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { loadCatalog } from '../catalog/load.ts'
import { benchTrain } from '../gnn/index.ts'
import { benchGraph } from '../graph/bench.ts'
import { projectRoot } from '../native.ts'
import { benchSymbolic } from '../symbolic/index.ts'
import { choiceFrom, numberFrom, readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { print, printJson } from './output.ts'

/** Mpc/h, as in the paper */
const radius = 50

export const bench: Command = {
  summary: 'measures this machine: graph, train or symbolic',
  help: `halolaw bench graph|train|symbolic [options]

  graph      edges within 50 Mpc/h of the bundled simulation: {edges, seconds, edgesPerSecond}
  train      the network's engines: {engines: [{id, edgesPerSecond, gflops, shareOfPeak}], peakGflops, epochSeconds}
  symbolic   evaluating formulas: {nodeEvalsPerSecond: {arithmetic, transcendental}}

  --threads N   default: all cores
  --json        one JSON object on stdout`,

  async run(args) {
    const { values, positionals } = readArguments('bench', args, ['graph|train|symbolic'], {
      threads: { type: 'string' }
    })
    const what = choiceFrom('bench', positionals[0], ['graph', 'train', 'symbolic'] as const)
    const threads =
      numberFrom('threads', values.threads, { integer: true, least: 1, most: 1024 }) ?? availableParallelism()
    const result = await measure(what, threads)
    if (values.json) return printJson(result)
    print(JSON.stringify(result, null, 2).replace(/[{}"]/g, '').trim())
  }
}

async function measure(what: 'graph' | 'train' | 'symbolic' | undefined, threads: number): Promise<object> {
  if (what === 'symbolic') return benchSymbolic()
  const catalog = await loadCatalog(join(projectRoot(), 'resources', 'fastpm-500-z0.h5'))
  return what === 'train' ? benchTrain(catalog, radius, threads) : benchGraph(catalog, radius, threads)
}
