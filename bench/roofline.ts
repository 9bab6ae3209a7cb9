// `node bench/roofline.ts`: compares the CPU engine's training with the limits of this machine, as the table of
// docs/performance.md.
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { loadCatalog } from '../src-main/catalog/load.ts'
import { benchTrain, benchWidths, parameterCount } from '../src-main/gnn/index.ts'
import type { BenchWidth } from '../src-main/gnn/index.ts'
import { benchConfig } from '../src-main/gnn/bench.ts'
import { splitEdgeFeatures } from '../src-main/gnn/network/features.ts'
import { edgeMultiplyAdds } from '../src-main/gnn/network/parameters.ts'
import { benchGraph } from '../src-main/graph/bench.ts'
import { projectRoot } from '../src-main/native.ts'

const radius = 50
/** Size of a float, and the most parts of a step's gradient (native/network/trainer.cpp) */
const floatBytes = 4
const gradientParts = 32

/** Bytes per second, read and written, of one thread's copy of arrays far larger than any cache. */
function copyBandwidth(): number {
  const from = new Float32Array(2 ** 26).fill(1)
  const to = new Float32Array(from.length).fill(2)
  let best = Infinity
  for (let turn = 0; turn < 5; turn++) {
    const start = performance.now()
    to.set(from)
    best = Math.min(best, (performance.now() - start) / 1000)
  }
  return (2 * from.byteLength) / best
}

/**
 * Bytes per edge if nothing stays in cache between edges: the sender's position, velocity and features, and a part of the step's
 * weights, moments, average (read and written) and gradients (written and read).
 */
function bytesAnEdge(width: BenchWidth, edgesPerStep: number): number {
  const config = benchConfig(catalog, width)
  const { sender } = splitEdgeFeatures(config.edgeFeatures)
  const parameters = parameterCount(config) * (4 * 2 + 2 * gradientParts)
  return floatBytes * (3 + 3 + sender.length + parameters / edgesPerStep)
}

const threads = availableParallelism()
const catalog = await loadCatalog(join(projectRoot(), 'resources', 'fastpm-500-z0.h5'))
const bandwidth = copyBandwidth()
const graph = await benchGraph(catalog, radius, threads)
const rows: string[][] = []
for (const width of Object.keys(benchWidths) as BenchWidth[]) {
  const { engines, peakGflops } = await benchTrain(catalog, radius, threads, { width, engine: 'cpu' })
  const [{ edgesPerSecond, edgesPerStep, shareOfPeak, gflops }] = engines
  const operations = 2 * edgeMultiplyAdds(benchConfig(catalog, width), 'per receiver').training
  const bytes = bytesAnEdge(width, edgesPerStep)
  const nanoseconds = (seconds: number): string => (1e9 * seconds).toPrecision(3)
  rows.push([
    width,
    `${operations}`,
    bytes.toFixed(0),
    nanoseconds(operations / (1e9 * peakGflops)),
    nanoseconds(bytes / bandwidth),
    nanoseconds(1 / graph.edgesPerSecond),
    nanoseconds(1 / edgesPerSecond),
    gflops.toFixed(0),
    `${(100 * shareOfPeak).toFixed(0)} %`
  ])
  console.error(
    `${width}: peak ${peakGflops.toFixed(0)} GFLOP/s, copying ${(bandwidth / 1e9).toFixed(1)} GB/s, ${threads} threads`
  )
}
const heads = [
  'network',
  'operations',
  'bytes',
  'arithmetic, ns',
  'memory, ns',
  'neighbours, ns',
  'reached, ns',
  'GFLOP/s',
  'of peak'
]
for (const row of [heads, heads.map((_, n) => (n === 0 ? '---' : '---:')), ...rows])
  console.log(`| ${row.join(' | ')} |`)
// Exits without waiting for the catalog's worker and native threads.
process.exit()
