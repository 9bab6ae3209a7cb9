import type { CatalogSummary, Client, Method, Params, Result, RunDetail } from '../../../src-shared/contract.ts'
import type { Link } from '../../../src-renderer/state/client.ts'
import { runConfig, runSummary } from '../../fixtures/run-config.ts'
import { result } from './inputs.ts'

const config = runConfig({ catalog: '/halos.h5', boxSize: 500, test: 'x > 400' })

const column = (name: string, unit: string | null) => ({
  name,
  source: name,
  type: 'float32',
  unit,
  min: 0,
  max: 1,
  nulls: 0
})

/** What a service answers that has one catalog open, with these runs on it. */
export function madeUpService(name: string, runs: readonly string[]): Link {
  const catalog: CatalogSummary = {
    path: `/${name}.h5`,
    format: 'hdf5',
    halos: 400,
    boxSize: 500,
    periodic: true,
    columns: [column('x', 'Mpc/h'), column('Delta20', null)],
    warnings: []
  }
  const summaries = runs.map((runName, index) =>
    runSummary({ id: `r${index + 1}`, name: runName, config, createdAt: `2026-01-0${index + 1}`, result })
  )
  const detailOf = (id: string): RunDetail => ({
    ...summaries.find((run) => run.id === id)!,
    epochs: [],
    messageFront: [],
    nodeFront: [],
    lawFront: [],
    guidance: null,
    laws: []
  })
  const answers: { [M in Method]?: (params: Params<M>) => Result<M> } = {
    'app.info': () => ({
      version: '0',
      shell: 'browser',
      node: '24',
      instructionSet: 'base',
      cores: 1,
      memoryGB: 1,
      sampleCatalog: '',
      openAtStart: null
    }),
    'app.status': () => ({ rssMB: 1, runningRun: null, engine: 'cpu' }),
    'project.current': () => ({
      path: null,
      name,
      catalog,
      catalogs: [
        {
          id: 'made-up',
          path: catalog.path,
          halos: catalog.halos,
          map: {},
          boxSize: null,
          state: 'open',
          temporary: false,
          runs: summaries.map(({ id }) => id)
        }
      ],
      masks: [],
      runs: summaries,
      readOnly: null
    }),
    'run.defaults': () => config,
    'run.get': ({ id }) => detailOf(id),
    'graph.neighbours': ({ halo }) => ({ index: [halo + 1], distance: [3.5] }),
    'catalog.row': ({ halo, columns }) =>
      (columns ?? []).map((column, place) => ({ name: column, unit: null, value: halo + place }))
  }
  const client: Client = {
    call(method, params) {
      const answer = answers[method]
      return answer ? Promise.resolve(answer(params)) : Promise.reject(new Error(`Nobody made up ${method}.`))
    },
    on: () => () => undefined,
    onConnection(listener) {
      listener('up')
      return () => undefined
    }
  }
  return { client, shell: { kind: 'browser', pathOf: () => Promise.reject(new Error('There are no files.')) } }
}
