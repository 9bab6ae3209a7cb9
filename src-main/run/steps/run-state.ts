import type { RunConfig, RunResult } from '../../../src-shared/contract.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Column } from '../../evaluation/columns.ts'
import type { Split } from '../../evaluation/splits.ts'
import type { Neighbours } from '../../graph/neighbours.ts'
import type { Baselines } from '../../law/baselines/baselines.ts'
import type { Distilled } from '../../law/search/distil.ts'
import type { GraphTemplate } from '../../law/text/graph-template.ts'
import type { Networks } from './networks.ts'

// The state of a run after each verb of the method: every verb adds to the state before it.

export interface BeforeLoad {
  config: RunConfig
}

export interface Loaded extends BeforeLoad {
  catalog: Catalog
  /** Required structure of the run's law; undefined: any */
  template: GraphTemplate | undefined
}

export interface WithSets extends Loaded {
  target: Column
  split: Split
  /** Training halos that the network learns from */
  learn: Uint32Array
  /** Training halos held back for early stopping and for choosing a law */
  validation: Uint32Array
}

export interface WithNeighbours extends WithSets {
  neighbours: Neighbours
  /** Directed edges of the graph */
  edges: number
}

export interface WithNetworks extends WithNeighbours {
  networks: Networks
}

export interface WithLaws extends WithNetworks {
  distilled: Distilled
}

export interface WithBaselines extends WithLaws {
  baselines: Baselines
}

export interface Compared extends WithBaselines {
  comparison: Pick<RunResult, 'models' | 'gnnMinusFormula' | 'seeds' | 'ablation'>
  /** Notes that a reader of the figures needs, one sentence each */
  warnings: string[]
}
