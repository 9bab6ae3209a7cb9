import type { CatalogSummary, ColumnSummary, ProjectCatalog, Result, RunDetail } from '../../../src-shared/contract.ts'
import type { MaskCheck } from '../../../src-renderer/state/mask-checks.svelte.ts'
import { runConfig, runSummary } from '../../fixtures/run-config.ts'
import { messageFront, result } from '../plots/inputs.ts'

export const config = runConfig({ seed: 3 })

export const runs = [
  runSummary({ id: 'r3', name: 'Run 3', state: 'running', progress: 0.42, result: null }),
  runSummary({ id: 'r2', name: 'Run 2', state: 'interrupted', result: null }),
  runSummary({ id: 'r1', name: 'Run 1', result })
]

export const detail: RunDetail = {
  ...runSummary({ result }),
  epochs: [],
  messageFront,
  nodeFront: [],
  lawFront: messageFront.slice(0, 2),
  guidance: {
    weights: null,
    guesses: [{ text: 'sum(M_j)', state: 'tried', loss: 0.35, complexity: 4 }]
  },
  laws: []
}

export const check: MaskCheck = { state: 'good', halos: 80, problem: null }

const column = (name: string, unit: string | null, source = name): ColumnSummary => ({
  name,
  source,
  type: 'float32',
  unit,
  min: 0,
  max: 1,
  nulls: 0
})

/** Open space with two masses */
export const catalog: CatalogSummary = {
  path: '/data/open.csv',
  format: 'csv',
  halos: 400,
  boxSize: null,
  periodic: false,
  columns: [
    column('x', 'Mpc/h'),
    column('mass', 'Msun/h', 'M200c'),
    column('M200m', 'Msun/h'),
    column('Delta20', null)
  ],
  warnings: ['open.csv does not say its box size; give it with --box (Mpc/h).']
}

const listed = (id: string, path: string, state: ProjectCatalog['state']): ProjectCatalog => ({
  id,
  path,
  halos: 400,
  map: {},
  boxSize: null,
  state,
  temporary: false,
  runs: []
})
export const catalogs = [
  listed('a', '/data/open.csv', 'open'),
  listed('b', '/data/closed.csv', 'closed'),
  listed('c', '/data/gone.csv', 'missing')
]

export const statistics: Result<'graph.statistics'> = {
  edges: 6000,
  meanDegree: 15,
  minDegree: 2,
  maxDegree: 40,
  isolated: 0,
  histogram: [{ degree: 15, halos: 400 }]
}
