import type { Catalog } from '../catalog/catalog.ts'
import type { Neighbours } from './neighbours.ts'

/** The halos of a catalog and who neighbours whom: what a network or a law is evaluated on. */
export interface HaloGraph {
  catalog: Catalog
  neighbours: Neighbours
}
