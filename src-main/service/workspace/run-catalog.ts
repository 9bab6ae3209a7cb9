import { basename } from 'node:path'
import type { RunSummary } from '../../../src-shared/contract.ts'
import { badInput } from '../../../src-shared/errors.ts'
import { catalogKey, describeReading, runCatalogKey } from '../../project/catalog-key.ts'
import type { CatalogReference, Project } from '../../project/project.ts'

/**
 * Requires the run's own catalog, read as the run read it, because the run's columns refer to its halos.
 * @throws HalolawError `bad-input` when another catalog is open
 */
export function requireCatalogOfRun(project: Project, run: RunSummary, open: CatalogReference): void {
  const key = runCatalogKey(project, run)
  if (key === catalogKey(open)) return
  const { catalog: path, map, boxSize } = run.config
  const runText = `${basename(path)}${describeReading({ map, boxSize })}`
  const openText = `${basename(open.path)}${describeReading(open)}`
  const difference = runText === openText ? `another ${runText} (${path}, or its content has changed)` : runText
  throw badInput(
    `${run.name} was made on ${difference}, and ${openText} is open; open the run's catalog to see its values.`
  )
}
