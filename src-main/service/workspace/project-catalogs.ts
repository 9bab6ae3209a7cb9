import { constants, existsSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import type { ProjectCatalog } from '../../../src-shared/contract.ts'
import { badInput } from '../../../src-shared/errors.ts'
import { contentHash, type ContentHashes } from '../../catalog/hash.ts'
import { catalogKey, distinctCatalogs, runCatalogKey } from '../../project/catalog-key.ts'
import { describeDiskError } from '../../project/disk-errors.ts'
import type { CatalogReference, Project } from '../../project/project.ts'
import { isUpload, removeUnusedUpload } from '../../uploads.ts'

/** The catalogs of a project with their runs; the most recently opened one comes first. */
export function projectCatalogs(project: Project, open: CatalogReference | null): ProjectCatalog[] {
  const references = distinctCatalogs([...(open ? [open] : []), ...project.catalogs()])
  const openKey = open && catalogKey(open)
  const runs = project.runs.list().map((run) => ({ id: run.id, key: runCatalogKey(project, run) }))
  return [...references].map(([key, { path, map, boxSize, summary }]) => ({
    id: key,
    path,
    halos: summary.halos,
    map,
    boxSize,
    state: key === openKey ? 'open' : existsSync(path) ? 'closed' : 'missing',
    temporary: isUpload(path),
    runs: runs.filter((run) => run.key === key).map(({ id }) => id)
  }))
}

/** @throws HalolawError `not-found` */
export function catalogOfProject(project: Project, id: string): CatalogReference {
  const reference = distinctCatalogs(project.catalogs()).get(id)
  if (!reference) throw badInput(`The project has no catalog "${id}"; open it by its path.`)
  return reference
}

/**
 * Points a project to another location of a catalog.
 * @throws HalolawError `bad-input` for a file with different content
 */
export async function relocate(
  project: Project,
  reference: CatalogReference,
  path: string,
  hashes: ContentHashes
): Promise<void> {
  const sha256 = await hashes.of(path)
  if (sha256 !== reference.sha256)
    throw badInput(
      `${path} is not the catalog of this project: its content differs from ${basename(reference.path)} as it was (SHA-256 ${sha256.slice(0, 12)} instead of ${reference.sha256.slice(0, 12)}); choose the file that the project was made with, or open this one as another catalog.`
    )
  project.relocateCatalog(sha256, path)
}

/**
 * Copies the catalogs uploaded by a browser to the project's folder; the project then refers to the copies.
 * @throws HalolawError `disk`
 */
export async function copyUploadsBeside(project: Project): Promise<void> {
  const uploads = [...distinctCatalogs(project.catalogs()).values()].filter(
    ({ path }) => isUpload(path) && existsSync(path)
  )
  for (const { path, sha256 } of uploads) {
    project.relocateCatalog(sha256, await copyBeside(path, sha256, dirname(project.path)))
    removeUnusedUpload(path)
  }
}

/** Copies under the first free name; reuses a file that already has the same content. */
async function copyBeside(path: string, sha256: string, folder: string): Promise<string> {
  const extension = extname(path)
  const stem = basename(path, extension)
  for (let number = 1; ; number++) {
    const target = join(folder, `${stem}${number === 1 ? '' : `-${number}`}${extension}`)
    try {
      await copyFile(path, target, constants.COPYFILE_EXCL)
      return target
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw describeDiskError(target, cause)
      if ((await contentHash(target).catch(() => null)) === sha256) return target
    }
  }
}
