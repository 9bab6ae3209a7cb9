import type { EpochRecord, StepRecord } from '../../../src-shared/contract.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Neighbours } from '../../graph/neighbours.ts'
import type { WorkOptions } from '../../work.ts'
import type { EngineId } from '../network/engine.ts'
import type { GnnState } from '../network/model.ts'
import type { PlateauState } from '../network/schedule.ts'

/** Everything that training needs to resume after a crash: weights, best weights, Adam moments, position in the schedule. */
export interface GnnCheckpoint {
  best: GnnState
  current: GnnState
  /** Moving average of the weights; equal to them if emaDecay is 0 */
  average: Float32Array
  /** Adam's first moments, then its second moments */
  moments: Float32Array
  step: number
  epoch: number
  bestValidationMae: number
  epochsSinceBest: number
  /** State of the plateau schedule */
  plateau: PlateauState
  history: EpochRecord[]
  /** Indices of the initial components that are left; the sparse strategy removes the others. */
  components: number[]
}

export interface TrainedGnn {
  state: GnnState
  history: EpochRecord[]
  /** Standard deviation of each message component over all training edges; with `kl`, of its mean. */
  messageStd: number[]
  /** With `kl`: each component's divergence from N(0, 1), averaged over all training edges; 0 for an uninformative component. */
  messageKl?: number[]
  parameterCount: number
  engine: EngineId
  /** Sentences on how the engine was chosen and what it had to change; onNotice has received them all */
  notices: string[]
}

export interface GnnInput {
  catalog: Catalog
  neighbours: Neighbours
  /** [halos]; only values of `train` and `validation` halos are read. */
  target: Float32Array | Float64Array
  train: Uint32Array
  validation: Uint32Array
}

export interface TrainOptions extends WorkOptions {
  /** Default cpu; auto measures which engine trains this network fastest. */
  engine?: EngineId | 'auto'
  /** Called several times a second */
  onStep?: (record: StepRecord) => void
  onEpoch?: (record: EpochRecord) => void
  onCheckpoint?: (checkpoint: GnnCheckpoint) => void
  resumeFrom?: GnnCheckpoint
}
