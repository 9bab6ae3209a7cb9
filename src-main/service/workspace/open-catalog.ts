import { statSync } from 'node:fs'
import type { BoxSize } from '../../../src-shared/contract/box.ts'
import type { CatalogSummary } from '../../../src-shared/contract.ts'
import { HalolawError } from '../../../src-shared/errors.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { contentHash, contentStamp, type ContentHashes } from '../../catalog/hash.ts'
import { loadCatalog } from '../../catalog/load.ts'
import { catalogSummary } from '../../catalog/summary.ts'
import type { CatalogReference } from '../../project/project.ts'
import type { WorkOptions } from '../../work.ts'

/** A catalog in shared memory, and how it was read. */
export class OpenCatalog {
  readonly catalog: Catalog
  readonly summary: CatalogSummary
  readonly reference: CatalogReference

  constructor(catalog: Catalog, reference: CatalogReference) {
    this.catalog = catalog
    this.reference = reference
    this.summary = reference.summary
  }

  /** The same catalog, after its content has been copied to another path. */
  movedTo(path: string): OpenCatalog {
    const warnings = this.summary.warnings.map((warning) => warning.replaceAll(this.summary.path, path))
    const reference = { ...this.reference, path, summary: { ...this.summary, path, warnings } }
    return new OpenCatalog({ ...this.catalog, path }, reference)
  }
}

export interface CatalogSource {
  path: string
  map: Record<string, string>
  /** Mpc/h; null: the file's value */
  boxSize: BoxSize | null
}

/** Signal, progress, and the hashes of catalogs that are known already */
export type Reading = Pick<WorkOptions, 'signal' | 'onProgress'> & { hashes: ContentHashes }

/** Reads a catalog, and records what is needed to find it again and to detect a change. */
export async function openCatalog(source: CatalogSource, { hashes, ...work }: Reading): Promise<OpenCatalog> {
  const { path, map, boxSize } = source
  const stamp = await contentStamp(path)
  const known = hashes.at(path, stamp)
  const hash = known === null ? 'content' : 'none'
  const catalog = await loadCatalog(path, { map, boxSize, ...work, hash, memory: 'shared' })
  const unchanged = known !== null && (await contentStamp(path)) === stamp ? known : undefined
  const sha256 = unchanged ?? catalog.sha256 ?? (await contentHash(path))
  hashes.note(path, stamp, sha256)
  const info = statSync(catalog.path)
  const bytes = info.isFile() ? info.size : 0
  const summary = catalogSummary(catalog)
  return new OpenCatalog(catalog, { path: catalog.path, bytes, sha256, map, boxSize, summary })
}

/**
 * Opens the catalog that a project refers to. A missing or unreadable catalog does not prevent opening the project: the
 * catalog is then absent, and its summary says why.
 */
export async function reopenCatalog(
  reference: CatalogReference,
  reading: Reading
): Promise<{ open: OpenCatalog | null; summary: CatalogSummary }> {
  try {
    const open = await openCatalog(reference, reading)
    if (open.reference.sha256 !== reference.sha256)
      open.summary.warnings.unshift(
        `${reference.path} has changed since this project was saved; its runs were made on the file as it was.`
      )
    return { open, summary: open.summary }
  } catch (cause) {
    if (!(cause instanceof HalolawError)) throw cause
    const warning = `The project's catalog could not be opened: ${cause.message}`
    return { open: null, summary: { ...reference.summary, warnings: [warning, ...reference.summary.warnings] } }
  }
}
