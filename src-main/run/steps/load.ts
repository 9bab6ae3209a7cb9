import { loadCatalog } from '../../catalog/load.ts'
import { catalogSummary } from '../../catalog/summary.ts'
import { findEngine } from '../../gnn/index.ts'
import { checkTemplate, readGraphTemplate } from '../../law/text/graph-template.ts'
import type { BeforeLoad, Loaded } from './run-state.ts'
import type { StepWork } from './run-step.ts'

/**
 * Reads the catalog. Engine and template are checked first, because reading may take minutes.
 * @throws HalolawError `bad-input` for an engine that is missing, a template that is not a law, a catalog that cannot be read
 */
export async function load(state: BeforeLoad, { options, store, hash, memoryLimit }: StepWork): Promise<Loaded> {
  const { engine, template: text, catalog: path, map, boxSize } = state.config
  if (engine !== 'auto') await findEngine(engine)
  const template = text ? readGraphTemplate(text) : undefined
  const catalog = await loadCatalog(path, { map, boxSize, hash, memoryLimit, ...options })
  store.saveCatalog(catalogSummary(catalog), catalog.sha256)
  if (template) checkTemplate(template, catalog)
  return { ...state, catalog, template }
}
