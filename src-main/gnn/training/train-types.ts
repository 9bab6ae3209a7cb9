import type { EpochRecord, StepRecord } from '../../../src-shared/contract.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Neighbours } from '../../graph/neighbours.ts'
import type { WorkOptions } from '../../work.ts'
import type { EngineId } from '../network/engine.ts'
import type { GnnState } from '../network/model.ts'
import type { PlateauState } from '../network/schedule.ts'

/** All that training needs to go on after a crash: weights, best weights, Adam moments, position in the schedule. */
export interface GnnCheckpoint {
  best: GnnState
  current: GnnState
  /** Moving average of the weights (equal to them where emaDecay is 0) */
  average: Float32Array
  /** Adam's first moments, then its second ones */
  moments: Float32Array
  step: number
  epoch: number
  bestValidationMae: number
  epochsSinceBest: number
  /** Memory of the learning rate's schedule */
  plateau: PlateauState
  history: EpochRecord[]
  /** Which of the components that training began with are left; the sparse strategy removes them. */
  components: number[]
}

export interface TrainedGnn {
  state: GnnState
  history: EpochRecord[]
  /** Standard deviation of each message component over all training edges, in the order of the components (of the means with `kl`). */
  messageStd: number[]
  /** With `kl`: mean over all training edges of each component's divergence from N(0, 1). An uninformative component has 0. */
  messageKl?: number[]
  parameterCount: number
  engine: EngineId
  /** How the engine was chosen and what it had to change, sentences for a person; all were handed to onNotice */
  notices: string[]
}

export interface GnnInput {
  catalog: Catalog
  neighbours: Neighbours
  /** One value a halo; only those of `train` and `validation` are ever read. */
  target: Float32Array | Float64Array
  train: Uint32Array
  validation: Uint32Array
}

export interface TrainOptions extends WorkOptions {
  /** Default cpu; auto takes the one that trains this network the fastest here, by trying. */
  engine?: EngineId | 'auto'
  /** Several times a second */
  onStep?: (record: StepRecord) => void
  onEpoch?: (record: EpochRecord) => void
  onCheckpoint?: (checkpoint: GnnCheckpoint) => void
  resumeFrom?: GnnCheckpoint
}
