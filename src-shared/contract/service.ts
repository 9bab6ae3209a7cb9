import type { BoxSize } from './box.ts'
import type { Bytes, CatalogSummary, DegreeStatistics, MaskRecord } from './catalog.ts'
import type { RunConfig, SplitPreview, SplitSettings } from './config.ts'
import type { LawList, LawOrder } from './laws.ts'
import type { LawId, LawReport } from './models.ts'
import type { EpochRecord, RunDetail, RunSummary, StepRecord } from './run.ts'
import type { FrontEntry, FrontName, SearchGuidance, SearchWeights } from './search.ts'
import type { AppInfo, FileEntry, ProjectSummary } from './workspace.ts'

/** Requests: parameters and result of each method. */
export interface Methods {
  'app.info': { params: Record<string, never>; result: AppInfo }
  'app.ping': { params: Record<string, never>; result: { now: number } }
  /** Memory and the running job, for the status bar */
  'app.status': { params: Record<string, never>; result: { rssMB: number; runningRun: string | null; engine: string } }
  'files.list': {
    params: { path: string | null }
    result: { path: string; parent: string | null; entries: FileEntry[] }
  }
  'files.recent': {
    params: Record<string, never>
    result: { path: string; kind: 'catalog' | 'project'; openedAt: string }[]
  }

  'project.current': { params: Record<string, never>; result: ProjectSummary }
  'project.new': { params: Record<string, never>; result: ProjectSummary }
  'project.open': { params: { path: string }; result: ProjectSummary }
  /** `catalogs` says what becomes of catalogs in temporary folders: `copy` puts them beside the project. Default: leave */
  'project.saveAs': { params: { path: string; catalogs?: 'copy' | 'leave' }; result: ProjectSummary }

  /**
   * Opens a catalog. Where the project has runs or a name and another catalog, `project` says where this one goes: into the
   * current project or a new one; without it the call is refused.
   */
  'catalog.open': {
    params: { path: string; map?: Record<string, string>; boxSize?: BoxSize | null; project?: 'current' | 'new' }
    result: CatalogSummary
  }
  /** Opens a catalog of the project whose file moved; a file with other content is refused. */
  'catalog.locate': { params: { id: string; path: string }; result: CatalogSummary }
  /** Ends the reading of a catalog, whose `catalog.open` fails with `cancelled`; the catalog that is open stays open. */
  'catalog.cancel': { params: Record<string, never>; result: null }
  /** Arrow table of the named columns, one row a halo. Runs add their columns: see column-names.ts. */
  'catalog.columns': { params: { columns: string[] }; result: Bytes }
  /** One halo: its value in each named column, by default in every column of the catalog; null where the value is missing. */
  'catalog.row': {
    params: { halo: number; columns?: string[] }
    /** `exact`: a whole number above 2^53 in all its digits */
    result: { name: string; unit: string | null; value: number | null; exact?: string }[]
  }
  /** Neighbours of one halo within radius, nearest first */
  'graph.neighbours': { params: { halo: number; radius: number }; result: { index: number[]; distance: number[] } }
  'graph.statistics': { params: { radius: number }; result: DegreeStatistics }

  /** How many halos a run with these settings would put into each set. */
  'split.preview': { params: SplitSettings; result: SplitPreview }
  /** The same split halo by halo: an Arrow table with one uint8 column `set`, whose values are the codes of set-codes.ts. */
  'split.sets': { params: SplitSettings; result: Bytes }

  /** The halos for which an expression over the columns holds: an Arrow table with one uint8 column `mask`. */
  'mask.evaluate': { params: { expression: string; target: string }; result: Bytes }
  'mask.save': {
    params: { id?: string; name: string; role: 'ood' | 'test'; expression: string; color?: string }
    result: MaskRecord
  }
  'mask.delete': { params: { id: string }; result: null }

  'run.defaults': { params: Record<string, never>; result: RunConfig }
  'run.start': { params: { config: RunConfig; name?: string }; result: RunSummary }
  'run.cancel': { params: { id: string }; result: null }
  'run.pause': { params: { id: string }; result: null }
  'run.resume': { params: { id: string }; result: RunSummary }
  'run.delete': { params: { id: string }; result: null }
  'run.list': { params: Record<string, never>; result: RunSummary[] }
  'run.get': { params: { id: string }; result: RunDetail }

  /** Reads a law as a search would: returns it in canonical form, or an error that says what is wrong. */
  'search.check': {
    params: { id: string; formula: string }
    result: { text: string; latex: string; complexity: number }
  }
  /** Sends a law to the searches of a run, which try it as soon as they work, before or after a pause. */
  'search.inject': { params: { id: string; formula: string }; result: null }
  /** Changes the complexity weights of a run's searches from now on. Pausing a run (run.pause) pauses its searches. */
  'search.weights': { params: { id: string; weights: SearchWeights }; result: null }

  /**
   * Refits a law on the training halos of a run and measures it on each set. The law joins the run's laws, and its
   * predictions and residuals become columns. Laws are measured one at a time; others wait.
   */
  'law.measure': { params: { id: string; formula: string }; result: LawReport }
  /** Cancels the measurement in progress and all that wait. */
  'law.cancel': { params: Record<string, never>; result: null }
  'law.forget': { params: { id: string; law: LawId }; result: null }

  /**
   * The laws that the search of a finished run fitted. `where` is a pattern such as `has tanh(r) and complexity <= 30`; null: all.
   * At most `top` are listed; without an order those of least validation error first. Runs of earlier versions kept no laws.
   */
  'laws.list': { params: { id: string; where: string | null; top: number; order?: LawOrder }; result: LawList }
}

/** Pushed by the service. */
export interface Events {
  'project.changed': ProjectSummary
  'catalog.progress': { path: string; fraction: number; message: string }
  'run.progress': RunSummary
  'run.step': { id: string; record: StepRecord }
  'run.epoch': { id: string; record: EpochRecord }
  'run.guidance': { id: string; guidance: SearchGuidance }
  'run.laws': { id: string; laws: LawReport[] }
  'law.progress': { id: string; fraction: number; message: string }
  'run.front': { id: string; which: FrontName; entries: FrontEntry[] }
  'run.finished': RunSummary
}

export type Method = keyof Methods

export type Params<M extends Method> = Methods[M]['params']

export type Result<M extends Method> = Methods[M]['result']

export type EventName = keyof Events

/** Whether the service answers */
export type ServiceState = 'up' | 'down'

/** The window's connection to the service in every shell: `window.halolaw` under Electron, a web socket in a browser. */
export interface Client {
  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>
  on<E extends EventName>(event: E, listener: (data: Events[E]) => void): () => void
  /** Reports the state of the service now and after every change */
  onConnection(listener: (state: ServiceState) => void): () => void
}

/** A file dropped on the window: the browser's `File`, whose type the service does not know. */
export interface DroppedFile {
  readonly name: string
}

/** What only a shell can do. In a browser the window shows its own dialogs. */
export interface Shell {
  readonly kind: 'desktop' | 'browser'
  /** Native open dialog; null when cancelled. Absent in a browser. */
  openDialog?(kind: 'catalog' | 'project'): Promise<string | null>
  saveDialog?(suggested: string): Promise<string | null>
  /** Asks whether a save copies these catalogs, which lie in temporary folders; null when cancelled. Absent in a browser. */
  copiesDialog?(names: readonly string[]): Promise<'copy' | 'leave' | null>
  /** Path of a file dropped on the window. In a browser the file is uploaded to the service, which returns its path. */
  pathOf(file: DroppedFile): Promise<string>
}
