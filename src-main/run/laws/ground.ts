import type { RunConfig } from '../../../src-shared/contract.ts'
import { loadCatalog } from '../../catalog/load.ts'
import { targetColumn, type Column } from '../../evaluation/columns.ts'
import type { HaloGraph } from '../../graph/halo-graph.ts'
import { buildNeighbours } from '../../graph/neighbours.ts'
import type { WorkOptions } from '../../work.ts'

/** What laws of a run are fitted to and measured on. */
export interface RunGround extends HaloGraph {
  target: Column
}

/** Reads the catalog of a run again, with its graph and its target. */
export async function loadGround(
  { catalog: path, map, boxSize, radius, target }: Pick<RunConfig, 'catalog' | 'map' | 'boxSize' | 'radius' | 'target'>,
  work: WorkOptions,
  load = loadCatalog
): Promise<RunGround> {
  const catalog = await load(path, { map, boxSize, ...work })
  return { catalog, neighbours: buildNeighbours(catalog, radius), target: targetColumn(catalog, target) }
}
