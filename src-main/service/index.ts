import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import type { AppInfo, EventName, Events, Method, Params, Result } from '../../src-shared/contract.ts'
import { HalolawError } from '../../src-shared/errors.ts'
import { logger } from '../log.ts'
import { native, projectRoot } from '../native.ts'
import { columnValues, requireHalo, rowOf } from './workspace/columns.ts'
import { recentFiles } from './workspace/config-folder.ts'
import { defaultRunConfig } from '../run/method/default-config.ts'
import { jobEntry } from './jobs/entry.ts'
import type { JobWatch } from './jobs/job-link.ts'
import { EventHub } from './jobs/events.ts'
import { fullPath, listFolder } from './workspace/files.ts'
import { checkParams, isMethod } from './params.ts'
import { lawListRequest } from './workspace/law-lists.ts'
import { frontsRequest } from './workspace/recurrence.ts'
import { requireSameCatalog } from './jobs/resumable.ts'
import { WorkThread } from './workspace/work-thread.ts'
import { Workspace } from './workspace/workspace.ts'
import { WritableFolders } from './workspace/writable-folders.ts'

export interface ServiceOptions {
  shell: AppInfo['shell']
  /** Catalog or project named on the command line, which the window opens at once */
  openAtStart?: string | null
  /** Folders that projects may be saved to, in addition to those that files are opened from; absent: every folder */
  writableFolders?: string[]
  /** The program that works on a run; tests supply their own */
  jobEntry?: string
  /** When a run's process counts as hung; see job-link.ts */
  jobWatch?: JobWatch
}

/** The interface that every shell serves. */
export interface Service {
  /**
   * Checks the parameters of a call of the contract and answers it.
   * @throws HalolawError with a code and a sentence
   */
  handle(method: string, params: unknown): Promise<unknown>
  on(listener: <E extends EventName>(event: E, data: Events[E]) => void): () => void
  /** Ends running work, which can be resumed, and closes the project. */
  close(): Promise<void>
}

const log = logger('service')

/** Methods that change the project; a project that is open for reading rejects them. */
const writing: ReadonlySet<Method> = new Set<Method>([
  'catalog.locate',
  'mask.save',
  'mask.delete',
  'run.start',
  'run.cancel',
  'run.pause',
  'run.resume',
  'run.delete',
  'search.inject',
  'search.weights',
  'law.measure',
  'law.forget'
])

type Handlers = { [M in Method]: (params: Params<M>) => Result<M> | Promise<Result<M>> }

/** Creates the service behind every shell, with the last project or a new one open. */
export function createService(options: ServiceOptions): Service {
  const hub = new EventHub()
  const openAtStart = options.openAtStart ?? null
  const workspace = Workspace.create(hub, {
    job: { entry: options.jobEntry ?? jobEntry(), watch: options.jobWatch },
    fresh: openAtStart !== null,
    writable: new WritableFolders(options.writableFolders ?? null)
  })
  const threads: Threads = { catalog: new WorkThread(), formulas: new WorkThread() }
  const handlers = handlersOf(workspace, threads, { ...options, openAtStart })
  log.info(`The service for the ${options.shell} starts with ${workspace.project.path}.`)
  return {
    async handle(method, params) {
      if (!isMethod(method))
        throw new HalolawError(
          'not-found',
          `The service has no method "${method.slice(0, 100)}"; reload the window, which may be older than the service.`
        )
      if (writing.has(method)) workspace.project.requireWritable()
      return call(handlers, method, params ?? {})
    },
    on: (listener) => hub.on(listener),
    async close() {
      await workspace.close()
      await Promise.all([threads.catalog.close(), threads.formulas.close()])
      hub.close()
      log.info('The service ends.')
    }
  }
}

/** Work on a large catalog takes seconds, for which formulas do not wait. */
interface Threads {
  catalog: WorkThread
  formulas: WorkThread
}

function call<M extends Method>(handlers: Handlers, method: M, params: unknown): Result<M> | Promise<Result<M>> {
  return handlers[method](checkParams(method, params))
}

function handlersOf(
  workspace: Workspace,
  threads: Threads,
  options: { shell: AppInfo['shell']; openAtStart: string | null }
): Handlers {
  return {
    'app.info': () => appInfo(options),
    'app.ping': () => ({ now: Date.now() }),
    'app.status': () => ({
      rssMB: Math.round(process.memoryUsage.rss() / 2 ** 20) + workspace.runs.rssMB,
      runningRun: workspace.runs.runningRun,
      engine: workspace.runs.engine
    }),
    'files.list': ({ path }) => listFolder(path),
    'files.recent': () => recentFiles(),

    'project.current': () => workspace.current(),
    'project.new': () => workspace.newProject(),
    'project.open': ({ path }) => workspace.openProject(path),
    'project.saveAs': ({ path, catalogs }) => workspace.saveAs(path, catalogs ?? 'leave'),

    'catalog.open': ({ path, map, boxSize, project }) =>
      workspace.openCatalog({ path, map: map ?? {}, boxSize: boxSize ?? null }, project ?? 'unsaid'),
    'catalog.cancel'() {
      workspace.cancelReading()
      return null
    },
    'catalog.locate': ({ id, path }) => workspace.locateCatalog(id, path),
    async 'catalog.columns'({ columns }) {
      const open = await workspace.catalog()
      const values = columns.map((name) => [name, columnValues(name, open, workspace.project)] as const)
      return threads.catalog.run('arrow', open.catalog, Object.fromEntries(values))
    },
    async 'catalog.row'({ halo, columns }) {
      return rowOf(halo, columns ?? null, await workspace.catalog(), workspace.project)
    },
    async 'graph.neighbours'({ halo, radius }) {
      const open = await workspace.catalog()
      requireHalo(halo, open.catalog)
      return threads.catalog.run('neighbours', open.catalog, { halo, radius })
    },
    async 'graph.statistics'({ radius }) {
      return threads.catalog.run('degrees', (await workspace.catalog()).catalog, { radius })
    },

    async 'split.preview'(settings) {
      return threads.catalog.run('splitPreview', (await workspace.catalog()).catalog, settings)
    },
    async 'split.sets'(settings) {
      return threads.catalog.run('splitSets', (await workspace.catalog()).catalog, settings)
    },
    async 'mask.evaluate'(mask) {
      return threads.catalog.run('mask', (await workspace.catalog()).catalog, mask)
    },
    'mask.save'(mask) {
      const record = workspace.project.saveMask(mask)
      workspace.changed()
      return record
    },
    'mask.delete'({ id }) {
      workspace.project.deleteMask(id)
      workspace.changed()
      return null
    },

    async 'run.defaults'() {
      await workspace.current()
      return defaultRunConfig(workspace.catalogSummary, workspace.catalogSource)
    },
    async 'run.start'({ config, name }) {
      await workspace.current()
      workspace.rememberCatalog()
      const run = workspace.runs.start({ ...config, catalog: fullPath(config.catalog) }, name)
      workspace.changed()
      return run
    },
    'run.cancel'({ id }) {
      workspace.runs.cancel(id)
      return null
    },
    'run.pause'({ id }) {
      workspace.runs.pause(id)
      return null
    },
    async 'run.resume'({ id }) {
      await requireSameCatalog(workspace.project, id, workspace.hashes)
      return workspace.runs.resume(id)
    },
    async 'run.delete'({ id }) {
      await workspace.runs.delete(id)
      workspace.changed()
      return null
    },
    'search.check': ({ id, formula }) => guess(workspace, threads.formulas, { id, formula }),
    async 'search.inject'({ id, formula }) {
      await guess(workspace, threads.formulas, { id, formula })
      workspace.runs.guide(id, { guess: formula })
      return null
    },
    'search.weights'({ id, weights }) {
      workspace.runs.guide(id, { weights })
      return null
    },
    'law.measure': ({ id, formula }) => workspace.laws.measure(id, formula),
    'law.cancel'() {
      workspace.laws.cancel()
      return null
    },
    'law.forget'({ id, law }) {
      workspace.laws.forget(id, law)
      return null
    },
    'laws.list': (query) => threads.formulas.run('laws', null, lawListRequest(workspace.project.runs, query)),
    'run.list': () => workspace.runs.list(),
    async 'run.get'({ id }) {
      const detail = workspace.runs.detail(id)
      const request = frontsRequest(detail, workspace.project.runs)
      const isEmpty = request.alike === null && request.messageFront.length + request.nodeFront.length === 0
      return isEmpty ? detail : { ...detail, ...(await threads.formulas.run('fronts', null, request)) }
    }
  }
}

async function guess(
  workspace: Workspace,
  thread: WorkThread,
  { id, formula }: Params<'search.check'>
): Promise<Result<'search.check'>> {
  const { config, guidance } = workspace.runs.detail(id)
  return thread.run('guess', workspace.openCatalogAt(config.catalog), [formula, config, guidance?.weights ?? null])
}

function appInfo({ shell, openAtStart }: { shell: AppInfo['shell']; openAtStart: string | null }): AppInfo {
  const root = projectRoot()
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  return {
    version,
    shell,
    node: process.versions.node,
    instructionSet: native<{ instructionSet: string }>().instructionSet,
    cores: availableParallelism(),
    memoryGB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    sampleCatalog: join(root, 'resources', 'fastpm-500-z0.h5'),
    openAtStart
  }
}
