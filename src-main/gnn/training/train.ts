import type { EpochRecord } from '../../../src-shared/contract.ts'
import { throwIfCancelled } from '../../work.ts'
import { checkConfig } from '../network/config.ts'
import { defaultThreads } from '../engines/cpu/cpu.ts'
import { chooseEngine } from './choose.ts'
import { trainEpoch } from './epoch.ts'
import { spectrum } from './message-spectrum.ts'
import type { GnnConfig, Standardisation } from '../network/model.ts'
import { standardise } from './standardise.ts'
import { checkInput, checkResumable } from './train-checks.ts'
import type { GnnInput, TrainedGnn, TrainOptions } from './train-types.ts'
import { restore, startOf, surviving } from './training-run.ts'
import type { TrainingRun } from './training-run.ts'

/**
 * Trains the network. On the CPU the same input, settings and seed give the same bytes on any number of threads.
 *
 * Reads the target of `train` and `validation` halos only. Returns the weights (their moving average, if there is one) with
 * the smallest validation error; without validation halos, the last weights. If the engine's device is lost, training
 * continues on the CPU from the end of the last epoch, with a notice.
 * @throws HalolawError `bad-input` (settings, features, a target that is not a number), `diverged` (loss not finite; names
 * epoch and step, and onCheckpoint has received the best network so far), `cancelled`
 */
export async function trainGnn(
  input: GnnInput,
  requestedConfig: GnnConfig,
  options: TrainOptions = {}
): Promise<TrainedGnn> {
  checkConfig(requestedConfig)
  checkInput(input, requestedConfig)
  const threads = defaultThreads(options.threads)
  const seed = options.seed ?? 0
  const resumed = options.resumeFrom
  const config = resumed ? { ...requestedConfig, messageWidth: resumed.components.length } : requestedConfig
  if (resumed) checkResumable(resumed, config)
  throwIfCancelled(options.signal)
  const standardisation = resumed?.current.standardisation ?? (await standardise(input, config, seed, threads))
  const setup = { ...input, config, standardisation }
  const { engine, network, notices } = await chooseEngine(options.engine ?? 'cpu', setup, threads)
  for (const notice of notices) options.onNotice?.(notice)
  const progress = resumed ? structuredClone(resumed) : startOf(config, standardisation, seed)
  const target = standardised(input, standardisation)
  const run: TrainingRun = {
    input,
    config,
    width: requestedConfig.messageWidth,
    options,
    threads,
    seed,
    engine,
    network,
    notices,
    progress,
    target,
    stepsAtOnce: 1
  }
  try {
    return await train(run)
  } finally {
    run.network.dispose?.()
  }
}

async function train(run: TrainingRun): Promise<TrainedGnn> {
  const { config, options } = run
  const began = Date.now() - (run.progress.history.at(-1)?.seconds ?? 0) * 1000
  await surviving(run, async () => restore(run.network, run.progress))
  while (run.progress.epoch < config.epochs && !hasStalled(run)) {
    await surviving(run, () => trainEpoch(run, began))
    options.onEpoch?.(run.progress.history.at(-1) as EpochRecord)
    options.onCheckpoint?.(structuredClone(run.progress))
  }
  const state = run.progress.best
  const messages = await surviving(run, () => {
    run.network.setWeights(state.parameters, state.parameters)
    return spectrum(run.network, run.input.train, run.threads)
  })
  return {
    state,
    history: run.progress.history,
    ...messages,
    parameterCount: state.parameters.length,
    engine: run.engine.id,
    notices: run.notices
  }
}

const hasStalled = ({ config, progress }: TrainingRun): boolean =>
  config.patience > 0 && progress.epochsSinceBest >= config.patience

/** [halos] in standardised units; 0 for halos in neither set. */
function standardised(input: GnnInput, { target: { mean, scale } }: Standardisation): Float32Array {
  const result = new Float32Array(input.catalog.halos)
  for (const set of [input.train, input.validation])
    for (const halo of set) result[halo] = (input.target[halo] - mean) / scale
  return result
}
