import { boxText } from '../../src-shared/contract/box.ts'
import { createHash } from 'node:crypto'
import type { ProjectCatalog, RunSummary } from '../../src-shared/contract.ts'
import type { CatalogReference, Project } from './project.ts'

type Reading = Pick<CatalogReference, 'sha256' | 'map' | 'boxSize'>

/**
 * Identifies a catalog by its content and how it was read: the same file with another mass column is another catalog.
 */
export function catalogKey({ sha256, map, boxSize }: Reading): string {
  const entries = Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([sha256, entries, boxSize]))
    .digest('hex')
    .slice(0, 16)
}

/** The key of the catalog that a run uses; null when the project has no such catalog. */
export function runCatalogKey(project: Project, { id, config }: Pick<RunSummary, 'id' | 'config'>): string | null {
  const { catalog: path, map, boxSize } = config
  const sha256 = project.runs.catalogHash(id) ?? project.catalogs().find((one) => one.path === path)?.sha256
  return sha256 === undefined ? null : catalogKey({ sha256, map, boxSize })
}

/** The distinct catalogs in a list of references, with the newest reference of each. */
export function distinctCatalogs(references: readonly CatalogReference[]): Map<string, CatalogReference> {
  const distinct = new Map<string, CatalogReference>()
  for (const reference of references) {
    const key = catalogKey(reference)
    if (!distinct.has(key)) distinct.set(key, reference)
  }
  return distinct
}

/** Describes how a catalog was read, for sentences; empty if no override was given. */
export function describeReading({ map, boxSize }: Pick<ProjectCatalog, 'map' | 'boxSize'>): string {
  const parts = Object.entries(map).map(([name, column]) => `${name}=${column}`)
  if (boxSize !== null) parts.push(`box ${boxText(boxSize)} Mpc/h`)
  return parts.length === 0 ? '' : ` read with ${parts.join(', ')}`
}
