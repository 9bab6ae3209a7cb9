import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { RunConfig, RunState } from '../../src-shared/contract.ts'
import { badInput } from '../../src-shared/errors.ts'
import { createProject, openProjectAside, type Project } from '../project/project.ts'
import { MemoryRunStore } from '../run/state/memory-store.ts'
import { projectRunStore } from '../service/jobs/project-run-store.ts'
import { requireSameHash } from '../service/jobs/resumable.ts'
import type { RunProgress } from '../run/state/run-types.ts'
import type { RunStore } from '../run/state/run-store.ts'

/** Destination of a run's results. */
export interface RunOutput {
  store: RunStore
  /** Whether the store needs the hash of the catalog */
  hash: 'none' | 'content'
  /** The project file; null if there is none */
  path: string | null
  progress(progress: RunProgress): void
  /** Records how the run ended, and closes the file. */
  finish(state: RunState, error: string | null): void
}

export function memoryOutput(): RunOutput {
  return { store: new MemoryRunStore(), hash: 'none', path: null, progress() {}, finish() {} }
}

/**
 * Adds a new run to a project file, which is created if it does not exist. The file is opened before the work starts,
 * so that an unwritable folder is reported at once. A run that fails before its first epoch leaves no trace.
 */
export async function projectOutput(out: string, config: RunConfig): Promise<RunOutput> {
  const path = resolve(out)
  const isNew = !existsSync(path)
  const project = isNew ? createProject(path) : await openForWriting(path)
  let id: string | null = null
  const store = lateStore(() => {
    if (id === null) throw new Error('a run must save its catalog first')
    return projectRunStore(project, id)
  })
  const { map, boxSize } = config
  const saveCatalog: RunStore['saveCatalog'] = (summary, sha256) => {
    if (sha256 === undefined) throw new Error('the catalog of a new run has no hash')
    const info = statSync(summary.path)
    const bytes = info.isFile() ? info.size : 0
    project.saveCatalog({ path: summary.path, bytes, sha256, map, boxSize, summary })
    id = project.runs.create(config).id
    project.runs.update(id, { state: 'running' })
  }
  return {
    store: { ...store, saveCatalog },
    hash: 'content',
    path,
    progress: (progress) => id !== null && recordProgress(project, id, progress),
    finish(state, error) {
      const hasEpochs = id !== null && project.runs.epochs(id).length > 0
      if (id !== null && (state === 'done' || hasEpochs)) recordEnd(project, id, state, error)
      else if (id !== null) project.runs.delete(id)
      if (isNew && state !== 'done' && !hasEpochs) project.discard()
      else project.close()
    }
  }
}

/**
 * Resumes the last unfinished run of a project. The run stays unchanged until its catalog is confirmed to be the same.
 */
export async function resumedOutput(file: string): Promise<{ config: RunConfig; output: RunOutput }> {
  const path = resolve(file)
  const project = await openForWriting(path)
  const open = project.runs.list().filter(({ state }) => state !== 'done')
  const run = open.at(-1)
  if (!run || project.runs.isElsewhere(run.id)) {
    project.close()
    throw badInput(
      run
        ? `${run.name} of ${path} is in progress in another Halolaw; wait for it, or stop it there.`
        : `${path} has no unfinished run; start a new one with "halolaw run CATALOG --out ${path}".`
    )
  }
  const { id } = run
  const config = { ...run.config, catalog: project.locate(run.config.catalog) }
  let adopted = false
  const saveCatalog: RunStore['saveCatalog'] = ({ path: catalog }, sha256) => {
    if (sha256 !== undefined) requireSameHash(project, id, catalog, sha256)
    project.runs.adopt(id)
    project.runs.update(id, { state: 'running', error: null })
    adopted = true
  }
  const output: RunOutput = {
    store: { ...projectRunStore(project, id), saveCatalog },
    hash: project.runs.catalogHash(id) === null ? 'none' : 'content',
    path,
    progress: (progress) => adopted && recordProgress(project, id, progress),
    finish(state, error) {
      if (adopted) recordEnd(project, id, state, error)
      project.close()
    }
  }
  return { config, output }
}

/** @throws HalolawError for a project that is open in another Halolaw, or that is not writable */
async function openForWriting(path: string): Promise<Project> {
  const project = await openProjectAside(path)
  try {
    project.requireWritable()
    return project
  } catch (cause) {
    project.close()
    throw cause
  }
}

function recordEnd(project: Project, id: string, state: RunState, error: string | null): void {
  project.runs.update(id, { state, error, ...(state === 'done' ? { progress: 1, message: 'Done.' } : {}) })
}

let lastUpdate = 0

function recordProgress(project: Project, id: string, { step, fraction, message }: RunProgress): void {
  const now = performance.now()
  if (now - lastUpdate < 1000) return
  lastUpdate = now
  project.runs.update(id, { step, progress: fraction, message })
}

/** A store that is looked up at each call. */
function lateStore(store: () => RunStore): RunStore {
  return {
    saveCatalog: (...args) => store().saveCatalog(...args),
    saveSplit: (...args) => store().saveSplit(...args),
    saveEpoch: (...args) => store().saveEpoch(...args),
    saveCheckpoint: (...args) => store().saveCheckpoint(...args),
    loadCheckpoint: (key) => store().loadCheckpoint(key),
    saveGuidance: (...args) => store().saveGuidance(...args),
    saveFront: (...args) => store().saveFront(...args),
    saveModel: (...args) => store().saveModel(...args),
    savePredictions: (...args) => store().savePredictions(...args),
    saveResult: (...args) => store().saveResult(...args)
  }
}
