// `node bench/planted.ts [--noise 0,0.02,0.05] [--seeds 3] [--first 1] [--evaluations 4000] [--radius 30]`: plants the paper's
// law with mass on the bundled simulation's halos and searches for it on the graph, starting from a sum of distances. Prints one
// line per search: form, error, constants.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadCatalog } from '../src-main/catalog/load.ts'
import { describeLaw } from '../src-main/law/text/describe-law.ts'
import { buildNeighbours } from '../src-main/graph/neighbours.ts'
import { projectRoot } from '../src-main/native.ts'
import { recover, withMass } from './planted-law.ts'

const { values } = parseArgs({
  options: {
    noise: { type: 'string', default: '0,0.02,0.05' },
    seeds: { type: 'string', default: '3' },
    first: { type: 'string', default: '1' },
    evaluations: { type: 'string', default: '4000' },
    radius: { type: 'string', default: '30' }
  }
})
/** Mpc/h; the planted window is 20 Mpc/h wide. */
const radius = Number(values.radius)
const catalog = await loadCatalog(join(projectRoot(), 'resources', 'fastpm-500-z0.h5'))
const neighbours = buildNeighbours(catalog, radius)
const share = (value: number): string => `${(100 * value).toPrecision(2)} %`

for (const noise of values.noise.split(',').map(Number))
  for (let seed = Number(values.first); seed < Number(values.first) + Number(values.seeds); seed++) {
    const started = performance.now()
    const { formula, complexity, onFront, form, error, constants } = await recover(withMass, catalog, neighbours, {
      noise,
      receivers: 400,
      evaluations: Number(values.evaluations),
      seed,
      threads: 2
    })
    console.log(
      [
        `noise ${share(noise)}`,
        `seed ${seed}`,
        `form ${form ? 'found' : onFront ? 'on the front' : 'not found'}`,
        `error ${share(error)}`,
        `constants ${constants === null ? '-' : share(constants)}`,
        `complexity ${complexity}`,
        `${((performance.now() - started) / 1000).toFixed(0)} s`,
        describeLaw(formula, radius, neighbours.boxSize).text
      ].join('   ')
    )
  }
