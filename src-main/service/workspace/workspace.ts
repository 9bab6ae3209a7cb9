import { mkdirSync, mkdtempSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { CatalogSummary, ProjectSummary } from '../../../src-shared/contract.ts'
import { badInput } from '../../../src-shared/errors.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { ContentHashes } from '../../catalog/hash.ts'
import { logger } from '../../log.ts'
import { createProject, openProject, openProjectAside, type Project } from '../../project/project.ts'
import { keepUploadFor, removeUnusedUpload } from '../../uploads.ts'
import { catalogKey, distinctCatalogs } from '../../project/catalog-key.ts'
import { configFolder, rememberFile } from './config-folder.ts'
import type { EventHub } from '../jobs/events.ts'
import { fullPath } from './files.ts'
import { openCatalog, reopenCatalog, type CatalogSource, type OpenCatalog, type Reading } from './open-catalog.ts'
import type { JobProgram } from '../jobs/job-link.ts'
import { Laws } from '../jobs/laws.ts'
import { RunManager } from '../jobs/run-manager.ts'
import { catalogOfProject, copyUploadsBeside, projectCatalogs, relocate } from './project-catalogs.ts'
import type { WritableFolders } from './writable-folders.ts'

export interface WorkspaceStart {
  /** The program that works on a run */
  job: JobProgram
  /** True: another file is about to be opened, so unsaved work is not restored */
  fresh: boolean
  writable: WritableFolders
}

const log = logger('workspace')

/**
 * The open project with its runs, and its catalog. A project without a name is kept in the configuration folder and
 * restored at the next start, so that unsaved work survives a crash.
 */
export class Workspace {
  project: Project
  runs: RunManager
  laws: Laws
  readonly hashes = new ContentHashes()
  private readonly hub: EventHub
  private readonly job: JobProgram
  private readonly writable: WritableFolders
  private unsaved: boolean
  private open: OpenCatalog | null = null
  private summary: CatalogSummary | null = null
  private turn: Promise<unknown> = Promise.resolve()
  /** Cancels the catalog that is being read */
  private cancelling = new AbortController()

  private constructor(project: Project, hub: EventHub, job: JobProgram, writable: WritableFolders) {
    this.project = project
    this.hub = hub
    this.job = job
    this.unsaved = true
    this.runs = new RunManager(project, hub, job)
    this.laws = new Laws(project, hub, job, this.hashes)
    this.writable = writable
  }

  static create(hub: EventHub, { job, fresh, writable }: WorkspaceStart): Workspace {
    const former = fresh ? null : unsavedProject()
    const workspace = new Workspace(former ?? newUnsavedProject(), hub, job, writable)
    if (former) void workspace.exclusive(() => workspace.reopenCatalog())
    return workspace
  }

  /** The project as the window shows it, after any pending open has finished. */
  current(): Promise<ProjectSummary> {
    return this.exclusive(() => Promise.resolve(this.describe()))
  }

  newProject(): Promise<ProjectSummary> {
    return this.exclusive(async () => {
      this.refuseWhileRunning()
      await this.replace(newUnsavedProject(), 'unsaved')
      return this.changed()
    })
  }

  openProject(path: string): Promise<ProjectSummary> {
    return this.exclusive(async () => {
      const target = fullPath(path)
      if (target === this.project.path) return this.describe()
      this.refuseWhileRunning()
      await this.replace(await openWhole(target), 'saved')
      this.writable.add(dirname(target))
      await this.reopenCatalog()
      rememberFile(target)
      return this.changed()
    })
  }

  /** Continues in a copy under another name; an active run continues there too. */
  saveAs(path: string, catalogs: 'copy' | 'leave'): Promise<ProjectSummary> {
    return this.exclusive(async () => {
      const target = fullPath(path)
      if (target === this.project.path) return this.describe()
      this.writable.check(target)
      const former = this.project
      this.project = await former.saveAs(target)
      this.runs.moveTo(this.project)
      this.laws.moveTo(this.project)
      if (this.unsaved) former.discard()
      else former.close()
      log.info(`The project is saved as ${target}.`)
      this.unsaved = false
      if (catalogs === 'copy') await this.copyUploads()
      for (const reference of this.project.catalogs()) keepUploadFor(reference.path, target)
      this.project.gather()
      rememberFile(target)
      return this.changed()
    })
  }

  /**
   * Opens a catalog. It never silently changes the catalog of a project that has runs or a name.
   * @param into `unsaid`: into the current project if that rebinds nothing
   * @throws HalolawError `bad-input` if it would, or while a run is active
   */
  openCatalog(source: CatalogSource, into: 'unsaid' | 'current' | 'new'): Promise<CatalogSummary> {
    return this.exclusive(async () => {
      const path = fullPath(source.path)
      const isOther = this.isOtherCatalog(path)
      if (into === 'new' || isOther) this.refuseWhileRunning()
      if (into === 'unsaid' && isOther) throw badInput(this.rebinding(path))
      if (into !== 'new') this.project.requireWritable()
      const open = await openCatalog({ ...source, path }, this.reading(path))
      this.hub.flush(path)
      if (into === 'new') await this.replace(newUnsavedProject(), 'unsaved')
      else if (into === 'unsaid' && this.isBlank()) this.forgetUnusedCatalogs(path)
      this.project.saveCatalog(open.reference)
      keepUploadFor(path, this.project.path)
      this.writable.add(dirname(path))
      return this.show(open)
    })
  }

  /**
   * Opens a catalog of the project after its file moved.
   * @throws HalolawError `bad-input` for a file with different content
   */
  locateCatalog(id: string, path: string): Promise<CatalogSummary> {
    return this.exclusive(async () => {
      const reference = catalogOfProject(this.project, id)
      const place = fullPath(path)
      await relocate(this.project, reference, place, this.hashes)
      const { map, boxSize } = reference
      const open = await openCatalog({ path: place, map, boxSize }, this.reading(place))
      this.hub.flush(place)
      this.project.saveCatalog(open.reference)
      keepUploadFor(place, this.project.path)
      return this.show(open)
    })
  }

  /** Records the open catalog in the project; a file that changed since it was saved is another catalog. */
  rememberCatalog(): void {
    const { open, project } = this
    if (open && !distinctCatalogs(project.catalogs()).has(catalogKey(open.reference)))
      project.saveCatalog(open.reference)
  }

  /** Cancels the reading of a catalog; the open catalog stays open. */
  cancelReading(): void {
    this.cancelling.abort()
  }

  /** @throws HalolawError `bad-input` when no catalog is open */
  async catalog(): Promise<OpenCatalog> {
    await this.turn
    if (this.open) return this.open
    throw badInput(this.summary?.warnings[0] ?? 'No catalog is open; open one first.')
  }

  /** The open catalog if it has this path. */
  openCatalogAt(path: string): Catalog | null {
    return this.open?.catalog.path === path ? this.open.catalog : null
  }

  get catalogSummary(): CatalogSummary | null {
    return this.summary
  }

  /** How the open catalog was read. */
  get catalogSource(): Pick<CatalogSource, 'map' | 'boxSize'> {
    const { map, boxSize } = this.open?.reference ?? { map: {}, boxSize: null }
    return { map, boxSize }
  }

  changed(): ProjectSummary {
    const summary = this.describe()
    this.hub.emit('project.changed', summary)
    return summary
  }

  async close(): Promise<void> {
    await this.turn.catch(() => {})
    await this.leave()
  }

  private describe(): ProjectSummary {
    return {
      path: this.unsaved ? null : this.project.path,
      name: this.unsaved ? 'Untitled' : basename(this.project.path, '.halolaw'),
      catalog: this.summary,
      catalogs: projectCatalogs(this.project, this.open?.reference ?? null),
      masks: this.project.masks(),
      runs: this.runs.list(),
      readOnly: this.project.readOnly
    }
  }

  private show(open: OpenCatalog): CatalogSummary {
    this.open = open
    this.summary = open.summary
    rememberFile(open.reference.path)
    this.changed()
    return open.summary
  }

  /** True if the project is unused; another catalog can then replace the first. */
  private isBlank(): boolean {
    return this.unsaved && this.project.runs.list().length === 0
  }

  private isOtherCatalog(path: string): boolean {
    const known = this.project.catalogs()
    return !this.isBlank() && known.length > 0 && known.every((reference) => reference.path !== path)
  }

  private rebinding(path: string): string {
    const { name } = this.describe()
    const [{ path: known }] = this.project.catalogs()
    return `The project ${name} was made with ${basename(known)}; say whether ${basename(path)} is added to it (project: current) or opened in a new project (project: new).`
  }

  private forgetUnusedCatalogs(path: string): void {
    const former = this.project.catalogs().map((reference) => reference.path)
    this.project.forgetUnusedCatalogs()
    for (const upload of former) if (upload !== path) removeUnusedUpload(upload, this.project.path)
  }

  /** Continues with the open catalog at its new location. */
  private async copyUploads(): Promise<void> {
    const openKey = this.open && catalogKey(this.open.reference)
    await copyUploadsBeside(this.project)
    const copy = openKey === null ? undefined : distinctCatalogs(this.project.catalogs()).get(openKey)
    if (!copy || !this.open || copy.path === this.open.reference.path) return
    this.open = this.open.movedTo(copy.path)
    this.summary = this.open.summary
  }

  /** Runs tasks one after another, because two windows may open files at the same moment. */
  private exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work)
    this.turn = result.catch(() => {})
    return result
  }

  private refuseWhileRunning(): void {
    const id = this.runs.runningRun
    if (id !== null)
      throw badInput(
        `${this.project.runs.get(id).name} is still running; pause or cancel it before you open another project or catalog.`
      )
  }

  private async replace(next: Project, state: 'saved' | 'unsaved'): Promise<void> {
    await this.leave()
    this.project = next
    log.info(`The project ${next.path} is open.`)
    this.unsaved = state === 'unsaved'
    this.runs = new RunManager(next, this.hub, this.job)
    this.laws = new Laws(next, this.hub, this.job, this.hashes)
    this.open = null
    this.summary = null
  }

  /** Closes the project; keeps one without a name if it contains work. */
  private async leave(): Promise<void> {
    await this.laws.close()
    await this.runs.close()
    const { path } = this.project
    const uploads = this.project.catalogs().map((reference) => reference.path)
    const worthKeeping = this.project.runs.list().length + this.project.masks().length > 0
    if (this.unsaved && !worthKeeping) this.project.discard()
    else this.project.close()
    log.info(`The project ${path} is closed.`)
    if (!this.unsaved) return
    if (worthKeeping) rememberFile(path)
    else for (const upload of uploads) removeUnusedUpload(upload)
  }

  private async reopenCatalog(): Promise<void> {
    const reference = this.project.catalog()
    if (!reference) return
    const { open, summary } = await reopenCatalog(reference, this.reading(reference.path))
    this.hub.flush(reference.path)
    this.open = open
    this.summary = summary
  }

  /** Options for reading a catalog: it reports its progress, and cancelReading ends it. */
  private reading(path: string): Reading {
    this.cancelling = new AbortController()
    return {
      hashes: this.hashes,
      signal: this.cancelling.signal,
      onProgress: ({ fraction, message }) => this.hub.thinned('catalog.progress', path, { path, fraction, message })
    }
  }
}

function unsavedFolder(): string {
  return join(configFolder(), 'unsaved')
}

/**
 * If the configuration folder is not writable, uses the system's temporary folder; the project is then not restored at
 * the next start.
 */
function newUnsavedProject(): Project {
  const name = `Untitled ${new Date().toISOString().replaceAll(':', '-')} ${process.pid}.halolaw`
  try {
    mkdirSync(unsavedFolder(), { recursive: true })
    return createProject(join(unsavedFolder(), name))
  } catch (cause) {
    log.warn(`Unsaved work is in ${tmpdir()} and does not return at the next start.`, cause)
    return createProject(join(mkdtempSync(join(tmpdir(), 'halolaw-')), name))
  }
}

/** The newest project without a name that no live process has open; null when none contains work. */
function unsavedProject(): Project | null {
  let names: string[]
  try {
    names = readdirSync(unsavedFolder()).filter((name) => name.endsWith('.halolaw'))
  } catch {
    return null
  }
  const modified = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const paths = names.map((name) => join(unsavedFolder(), name)).sort((a, b) => modified(b) - modified(a))
  for (const path of paths) {
    try {
      const project = openProject(path)
      if (project.readOnly === null && project.runs.list().length + project.masks().length > 0) return project
      project.close()
    } catch (cause) {
      log.warn(`The unsaved project ${path} does not open.`, cause)
    }
  }
  return null
}

/**
 * Opens a project and reads everything that the window shows at once, so that a damaged one does not replace the open
 * one.
 */
async function openWhole(path: string): Promise<Project> {
  const project = await openProjectAside(path)
  try {
    project.catalog()
    project.masks()
    project.runs.list()
    return project
  } catch (cause) {
    project.close()
    throw cause
  }
}
