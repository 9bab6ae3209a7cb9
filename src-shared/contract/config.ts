import type { BoxSize } from './box.ts'

export type Preset = 'quick' | 'standard' | 'paper'

/** How the learning rate of the network's training changes from step to step */
export type ScheduleKind = 'constant' | 'cosine' | 'one-cycle' | 'plateau'

/** Settings of a run. Every member except `catalog` has a default. */
export interface RunConfig {
  catalog: string
  /** Column overrides, e.g. { mass: 'M200c:1e10Msun/h' } */
  map: Record<string, string>
  /** Mpc/h: the side of a cube, or [Lx, Ly, Lz]; null: as the file says */
  boxSize: BoxSize | null
  target: string
  /** Mpc/h */
  radius: number
  /** Expression over the columns; null: no OOD set */
  ood: string | null
  /** Expression over the columns; null: spatial blocks holding a fifth of the box */
  test: string | null
  preset: Preset
  /** Names of graph-network inputs; null: invariant features of the catalog's columns */
  features: string[] | null
  engine: 'auto' | 'cpu' | 'webgpu' | 'tensorflow'
  /**
   * How the number of message components is reduced: standard, bottleneck:D, l1[:weight], kl[:weight] or sparse[:weight], the last three with
   * :share of the steps in which the weight grows; null or absent: the preset's
   */
  messages?: string | null
  /** Of the learning rate; default: the preset's */
  schedule?: ScheduleKind
  /** Networks trained, from seed, seed + 1, ...; default 1. The first is distilled, all together are the ensemble. */
  seeds?: number
  /** Trains the network again without each of its features, with this preset's settings; default: no ablation */
  ablate?: Preset
  /** Structure of the law to search on the graph, such as `g(M_i, sum(f(r, M_j)))`; default: any */
  template?: string | null
  /** No law of the run has a larger complexity, message and node together; default 48 */
  maxComplexity?: number
  seed: number
  threads: number
}

/** What decides which set a halo belongs to */
export type SplitSettings = Pick<RunConfig, 'target' | 'ood' | 'test' | 'seed'>

/** Numbers of halos */
export interface SplitPreview {
  train: number
  test: number
  ood: number
  /** In no set, because their target is missing */
  missing: number
  /** One sentence each */
  warnings: string[]
}
