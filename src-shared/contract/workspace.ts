import type { CatalogSummary, MaskRecord } from './catalog.ts'
import type { RunConfig } from './config.ts'
import type { RunSummary } from './run.ts'

/** A catalog of a project as it was read: the same file read with other columns or another box is another catalog. */
export interface ProjectCatalog {
  id: string
  path: string
  halos: number
  /** How it was read, as in RunConfig */
  map: RunConfig['map']
  boxSize: RunConfig['boxSize']
  state: 'open' | 'closed' | 'missing'
  /** Whether the file lies in a temporary folder, because a browser sent it */
  temporary: boolean
  /** Ids of the runs made on it */
  runs: string[]
}

export interface ProjectSummary {
  /** Null: not saved under a name yet; the project is in a temporary file */
  path: string | null
  name: string
  catalog: CatalogSummary | null
  /** The project's catalogs, the one opened last first */
  catalogs: ProjectCatalog[]
  masks: MaskRecord[]
  runs: RunSummary[]
  /** The sentence that says why nothing can be written, e.g. who else has the project open; null: it can */
  readOnly: string | null
}

export interface FileEntry {
  name: string
  path: string
  kind: 'folder' | 'catalog' | 'project' | 'other'
  /** Bytes */
  size: number
  /** ISO date */
  modified: string
}

export interface AppInfo {
  version: string
  shell: 'desktop' | 'browser'
  node: string
  instructionSet: string
  cores: number
  memoryGB: number
  /** The bundled simulation */
  sampleCatalog: string
  /** Catalog or project named on the command line, to open at once */
  openAtStart: string | null
}
