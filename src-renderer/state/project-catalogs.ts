import type { ProjectCatalog, ProjectSummary, RunSummary } from '../../src-shared/contract.ts'
import { fileName } from '../parts/format.ts'

/**
 * Whether opening this file would bind a project with runs or a name to another catalog, which requires a decision by
 * the user.
 */
export function wouldRebind(summary: ProjectSummary | null, path: string): boolean {
  if (!summary || (summary.path === null && summary.runs.length === 0)) return false
  return summary.catalogs.length > 0 && summary.catalogs.every((catalog) => catalog.path !== path)
}

/** The catalog that the project shows: the open one, or the one opened last if none opens. */
export function currentCatalog(catalogs: readonly ProjectCatalog[]): ProjectCatalog | null {
  return catalogs.find(({ state }) => state === 'open') ?? catalogs[0] ?? null
}

export function catalogOfRun(catalogs: readonly ProjectCatalog[], run: string): ProjectCatalog | null {
  return catalogs.find(({ runs }) => runs.includes(run)) ?? null
}

/** A catalog's file name, with how it was read where another catalog of the project has the same name. */
export function catalogLabel(catalog: ProjectCatalog, catalogs: readonly ProjectCatalog[]): string {
  const name = fileName(catalog.path)
  const namesakes = catalogs.filter((other) => fileName(other.path) === name)
  if (namesakes.length < 2) return name
  const reading = Object.entries(catalog.map).map(([column, source]) => `${column} ${source}`)
  if (catalog.boxSize !== null) reading.push(`box ${[catalog.boxSize].flat().join(' x ')}`)
  return `${name} (${reading.length > 0 ? reading.join(', ') : 'as the file says'})`
}

/** Why the halos cannot show values of this run, as a sentence; null if its catalog is open. */
export function whyNotShown(catalogs: readonly ProjectCatalog[], run: Pick<RunSummary, 'id' | 'name'>): string | null {
  const catalog = catalogOfRun(catalogs, run.id)
  if (!catalog) return `${run.name} was made on a catalog that this project does not know.`
  if (catalog.state === 'open') return null
  return `${run.name} was made on ${catalogLabel(catalog, catalogs)}, which is ${catalog.state === 'missing' ? 'missing' : 'not open'}.`
}
