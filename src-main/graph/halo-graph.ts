import type { Catalog } from '../catalog/catalog.ts'
import type { Neighbours } from './neighbours.ts'

/** The halos of a catalog and their neighbours; a network or a law is evaluated on them. */
export interface HaloGraph {
  catalog: Catalog
  neighbours: Neighbours
}
