import type { CatalogSummary, MaskRecord } from './catalog.ts'
import type { RunSummary } from './run.ts'

export interface ProjectSummary {
  /** Null: not saved under a name yet; the project is in a temporary file */
  path: string | null
  name: string
  catalog: CatalogSummary | null
  masks: MaskRecord[]
  runs: RunSummary[]
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
