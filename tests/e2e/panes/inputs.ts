import type {
  CatalogSummary,
  ColumnSummary,
  LawList,
  ListedLaw,
  ProjectCatalog,
  Result,
  RunDetail
} from '../../../src-shared/contract.ts'
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

const projectCatalog = (id: string, path: string, state: ProjectCatalog['state']): ProjectCatalog => ({
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
  projectCatalog('a', '/data/open.csv', 'open'),
  projectCatalog('b', '/data/closed.csv', 'closed'),
  projectCatalog('c', '/data/gone.csv', 'missing')
]

export const statistics: Result<'graph.statistics'> = {
  edges: 6000,
  meanDegree: 15,
  minDegree: 2,
  maxDegree: 40,
  isolated: 0,
  histogram: [{ degree: 15, halos: 400 }]
}

const lawOf = (id: 'formula-short' | 'formula' | 'formula-best', complexity: number, note: string) => ({
  ...result.models.find(({ id }) => id === 'formula')!,
  id,
  complexity,
  text: `delta = ${complexity} * e`,
  latex: `\\hat{\\delta}_{i} = ${complexity} \\, e_{i}`,
  notes: [note]
})

/** A run that reports three laws: two on its front of complexities 1 and 3, one beyond it */
export const reporting = runSummary({
  id: 'r1',
  result: {
    ...result,
    models: [
      ...result.models.filter(({ id }) => id !== 'formula'),
      lawOf('formula-short', 1, 'The best of 3 short laws.'),
      lawOf('formula', 3, 'Within a standard error of the best.'),
      lawOf('formula-best', 30, 'Of 9 laws the one of least error.')
    ]
  }
})

const listed = (fit: number, complexity: number, text: string): ListedLaw => ({
  complexity,
  constants: [{ name: 'C1', value: 0.5 }],
  loss: 0.07,
  validationLoss: fit === 1 ? 0.0612 : null,
  mae: fit === 1 ? { train: 0.0601, test: 0.0622 } : {},
  text,
  latex: 'e_{i}',
  form: 'C1*e1 | M_j',
  fit
})

export const lawList: LawList = {
  laws: [
    listed(1, 7, 'delta = 0.5 * e, e = sum(M_j for r < 50)'),
    listed(2, 9, 'delta = 0.5 * e, e = sum(tanh(r) for r < 50)')
  ],
  matches: 321,
  fitted: 4000,
  blocks: { e1: 321, M_j: 200, 'tanh(r)': 120, r: 121 }
}
