import { Random } from '../../random.ts'
import { EngineLostError } from '../network/engine.ts'
import type { Engine, EngineNetwork } from '../network/engine.ts'
import { findEngine } from '../engines/index.ts'
import type { GnnConfig, GnnState, Standardisation } from '../network/model.ts'
import { initialParameters } from '../network/parameters.ts'
import { plateauStart } from '../network/schedule.ts'
import type { GnnCheckpoint, GnnInput, TrainOptions } from './train-types.ts'

/** A training as it goes: what was asked, what computes it, and how far it has come. */
export interface TrainingRun {
  input: GnnInput
  /** As asked, but for the message's width, which the sparse strategy narrows */
  config: GnnConfig
  /** D as asked */
  width: number
  options: TrainOptions
  threads: number
  seed: number
  engine: Engine
  network: EngineNetwork
  notices: string[]
  progress: GnnCheckpoint
  /** By halo, standardised */
  target: Float32Array
  /** Steps in one call of the engine, by the time the last ones took */
  stepsAtOnce: number
}

/** Where a training begins: random weights, and nothing learnt. */
export function startOf(config: GnnConfig, standardisation: Standardisation, seed: number): GnnCheckpoint {
  const parameters = initialParameters(config, new Random(seed))
  const state: GnnState = { config, parameters, standardisation }
  return {
    best: state,
    current: state,
    average: parameters,
    moments: new Float32Array(2 * parameters.length),
    step: 0,
    epoch: 0,
    bestValidationMae: Infinity,
    epochsSinceBest: 0,
    plateau: plateauStart,
    history: [],
    components: Array.from({ length: config.messageWidth }, (_, component) => component)
  }
}

/** Weights and moments of a network as the progress has them. */
export function restore(network: EngineNetwork, progress: GnnCheckpoint): void {
  network.setWeights(progress.current.parameters, progress.average)
  network.setMoments(progress.moments, progress.step)
}

/** Does the work; where the device that it runs on is lost meanwhile, does it anew on the CPU, from where it began. */
export async function surviving<T>(run: TrainingRun, work: () => Promise<T>): Promise<T> {
  const before = structuredClone(run.progress)
  try {
    return await work()
  } catch (cause) {
    if (!(cause instanceof EngineLostError)) throw cause
    const { epoch } = before
    emitNotice(
      run,
      `${cause.message} Training goes on with the CPU ${epoch > 0 ? `after epoch ${epoch}` : 'from the start'}.`
    )
    run.network.dispose?.()
    run.engine = await findEngine('cpu')
    run.progress = before
    run.stepsAtOnce = 1
    await useNetworkOf(run)
    return work()
  }
}

/** A network as the run's progress has it, in place of the one so far. */
export async function useNetworkOf(run: TrainingRun): Promise<void> {
  const { input, progress, engine } = run
  run.config = { ...run.config, messageWidth: progress.components.length }
  const { standardisation } = progress.current
  run.network = await engine.createNetwork(input.catalog, input.neighbours, run.config, standardisation)
  restore(run.network, progress)
}

/** A sentence that a person should see. */
export function emitNotice({ notices, options }: TrainingRun, notice: string): void {
  notices.push(notice)
  options.onNotice?.(notice)
}
