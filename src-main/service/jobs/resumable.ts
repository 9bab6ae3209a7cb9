import { badInput } from '../../../src-shared/errors.ts'
import type { ContentHashes } from '../../catalog/hash.ts'
import type { Project } from '../../project/project.ts'

/**
 * A run resumes only on the catalog that it began with, because a model fitted to one catalog must not be measured on
 * another.
 * @throws HalolawError `bad-input` when the file changed or is gone
 */
export async function requireSameCatalog(project: Project, id: string, hashes: ContentHashes): Promise<void> {
  const { config } = project.runs.get(id)
  if (project.runs.catalogHash(id) === null) return
  const path = project.locate(config.catalog)
  requireSameHash(project, id, path, await hashes.of(path))
}

/** @throws HalolawError `bad-input` when the catalog at `path` is not the one that the run began with */
export function requireSameHash(project: Project, id: string, path: string, sha256: string): void {
  const known = project.runs.catalogHash(id)
  if (known === null || known === sha256) return
  const { name } = project.runs.get(id)
  throw badInput(`${path} has changed since ${name} began; start a new run on it, or put the old file back.`)
}
