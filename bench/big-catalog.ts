// `node bench/big-catalog.ts CATALOG [--edge 64-64] [--message 16] [--radius 50] [--seconds S] [--target Delta20] [--threads 2]`: loads
// a catalog, counts the edges of its graph, trains one epoch (or S seconds of one), and prints wall-clock and CPU seconds of
// each step and the peak memory. CPU seconds are meaningful on a shared machine as well.
import { parseArgs } from 'node:util'
import { loadCatalog } from '../src-main/catalog/load.ts'
import { presetConfig, trainGnn } from '../src-main/gnn/index.ts'
import { buildNeighbours } from '../src-main/graph/neighbours.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    edge: { type: 'string', default: '64-64' },
    node: { type: 'string', default: '' },
    message: { type: 'string', default: '16' },
    radius: { type: 'string', default: '50' },
    seconds: { type: 'string' },
    target: { type: 'string', default: 'Delta20' },
    threads: { type: 'string', default: '2' }
  }
})
if (positionals.length !== 1) {
  console.error('halolaw: node bench/big-catalog.ts CATALOG; bench/ten-million.ts writes a large one.')
  process.exit(2)
}
const widths = (text: string): number[] => text.split('-').filter(Boolean).map(Number)
const threads = Number(values.threads)

let clock = performance.now()
let cpuStart = process.cpuUsage()
function lap(what: string): void {
  const { user, system } = process.cpuUsage(cpuStart)
  const wall = (performance.now() - clock) / 1000
  const peak = Math.round(process.resourceUsage().maxRSS / 1024)
  console.log(
    `${what}: ${wall.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} CPU seconds, ${peak} MB peak memory`
  )
  clock = performance.now()
  cpuStart = process.cpuUsage()
}

const catalog = await loadCatalog(positionals[0])
lap(`load ${catalog.halos} halos`)
const neighbours = buildNeighbours(catalog, Number(values.radius))
lap(`${await neighbours.countEdges({ threads })} edges within ${values.radius} Mpc/h`)

const target = catalog.extra.get(values.target)
if (!target) throw new Error(`there is no column ${values.target}`)
// One halo in a hundred validates, so that an epoch covers nearly all edges.
const every = Uint32Array.from({ length: catalog.halos }, (_, halo) => halo)
const config = {
  ...presetConfig('standard', catalog),
  edgeHidden: widths(values.edge),
  nodeHidden: widths(values.node),
  messageWidth: Number(values.message),
  epochs: 1,
  batchReceivers: 512
}
const stop = new AbortController()
let reached = 0
try {
  await trainGnn(
    {
      catalog,
      neighbours,
      target,
      train: every.filter((halo) => halo % 100 > 0),
      validation: every.filter((halo) => halo % 100 === 0)
    },
    config,
    {
      seed: 1,
      threads,
      signal: stop.signal,
      onProgress: ({ fraction }) => {
        reached = fraction
        if (values.seconds && performance.now() - clock > 1000 * Number(values.seconds)) stop.abort()
      }
    }
  )
} catch (error) {
  if (!stop.signal.aborted) throw error
}
lap(`${(100 * reached).toFixed(1)} % of an epoch at ${values.edge}, D = ${values.message}`)
