import { badInput } from '../../../src-shared/errors.ts'
import { contentHash } from '../../catalog/hash.ts'
import type { Project } from '../../project/project.ts'

/**
 * A run goes on only on the catalog it began with: what it learnt from one must not be judged on another.
 * @throws HalolawError `bad-input` when the file changed or is gone
 */
export async function requireSameCatalog(project: Project, id: string): Promise<void> {
  const { name, config } = project.runs.get(id)
  const known = project.runs.catalogHash(id)
  if (known === null) return
  const path = project.locate(config.catalog)
  if ((await contentHash(path)) !== known)
    throw badInput(`${path} has changed since ${name} began; start a new run on it, or put the old file back.`)
}
