import type { FileEntry, ProjectSummary } from '../../src-shared/contract.ts'
import { catalogLabel, currentCatalog } from '../state/project-catalogs.ts'

/** What a person has to know to say where another catalog goes. */
export function questionText({ name, catalogs, runs, readOnly }: ProjectSummary): string {
  const current = currentCatalog(catalogs)
  const origin = current ? ` was made with ${catalogLabel(current, catalogs)}` : ' has no catalog'
  const work = runs.length === 0 ? '' : ` and has ${runs.length === 1 ? 'a run' : `${runs.length} runs`}`
  const adding =
    readOnly === null ? ' Added to this project, both catalogs are listed, and each run stays with its own.' : ''
  return `The project ${name}${origin}${work}. A new project leaves it as it is.${adding}`
}

/** What a dialog lists of a folder. A catalog may have any name, so files of unknown types are listed too, last. */
export function listedEntries(entries: readonly FileEntry[], kind: 'catalog' | 'project'): FileEntry[] {
  return [
    ...entries.filter((entry) => entry.kind === 'folder' || entry.kind === 'project' || entry.kind === kind),
    ...entries.filter((entry) => entry.kind === 'other' && kind === 'catalog')
  ]
}

/** The path of a project in a folder: the name as typed, with the extension of projects. */
export function projectPathIn(folder: string, text: string): string {
  const name = text.trim()
  const separator = folder.includes('\\') ? '\\' : '/'
  return `${folder.replace(/[\\/]$/, '')}${separator}${name}${name.endsWith('.halolaw') ? '' : '.halolaw'}`
}
