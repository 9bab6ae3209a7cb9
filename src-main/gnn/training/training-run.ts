import { Random } from '../../random.ts'
import { EngineLostError } from '../network/engine.ts'
import type { Engine, EngineNetwork } from '../network/engine.ts'
import { findEngine } from '../engines/index.ts'
import type { GnnConfig, GnnState, Standardisation } from '../network/model.ts'
import { initialParameters } from '../network/parameters.ts'
import { plateauStart } from '../network/schedule.ts'
import type { GnnCheckpoint, GnnInput, TrainOptions } from './train-types.ts'

/** State of a training: its input, settings, engine and progress. */
export interface TrainingRun {
  input: GnnInput
  /** As requested, except for the message width, which the sparse strategy reduces */
  config: GnnConfig
  /** Requested D */
  width: number
  options: TrainOptions
  threads: number
  seed: number
  engine: Engine
  network: EngineNetwork
  notices: string[]
  progress: GnnCheckpoint
  /** [halos], standardised */
  target: Float32Array
  /** Steps of the next engine call, from the time of the last call */
  stepsAtOnce: number
}

/** Progress at the start: random weights, no steps. */
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

/** Sets a network's weights and moments to those of the progress. */
export function restore(network: EngineNetwork, progress: GnnCheckpoint): void {
  network.setWeights(progress.current.parameters, progress.average)
  network.setMoments(progress.moments, progress.step)
}

/** Does the work; if the device is lost meanwhile, repeats the work on the CPU from the same starting point. */
export async function surviving<T>(run: TrainingRun, work: () => Promise<T>): Promise<T> {
  const before = structuredClone(run.progress)
  try {
    return await work()
  } catch (cause) {
    if (!(cause instanceof EngineLostError)) throw cause
    const { epoch } = before
    emitNotice(
      run,
      `${cause.message} Training continues on the CPU ${epoch > 0 ? `after epoch ${epoch}` : 'from the start'}.`
    )
    run.network.dispose?.()
    run.engine = await findEngine('cpu')
    run.progress = before
    run.stepsAtOnce = 1
    await useNetworkOf(run)
    return work()
  }
}

/** Replaces the run's network by one that matches the progress. */
export async function useNetworkOf(run: TrainingRun): Promise<void> {
  const { input, progress, engine } = run
  run.config = { ...run.config, messageWidth: progress.components.length }
  const { standardisation } = progress.current
  run.network = await engine.createNetwork({ ...input, config: run.config, standardisation })
  restore(run.network, progress)
}

/** Keeps a sentence for the result and shows it. */
export function emitNotice({ notices, options }: TrainingRun, notice: string): void {
  notices.push(notice)
  options.onNotice?.(notice)
}
