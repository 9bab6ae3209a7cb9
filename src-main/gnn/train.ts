import { HalolawError, badInput } from '../../src-shared/errors.ts'
import type { EpochRecord } from '../../src-shared/contract.ts'
import { Random } from '../random.ts'
import { throwIfCancelled } from '../work.ts'
import { checkConfig } from './config.ts'
import { defaultThreads } from './engines/cpu.ts'
import type { EngineNetwork } from './engine.ts'
import { chooseEngine } from './engines/choose.ts'
import { extraColumnsOf, resolveFeatures } from './features.ts'
import type {
  GnnCheckpoint,
  GnnConfig,
  GnnInput,
  GnnState,
  Standardisation,
  TrainedGnn,
  TrainOptions
} from './model.ts'
import { initialParameters, parameterCount } from './parameters.ts'
import { afterEpoch, learningRate, plateauStart } from './schedule.ts'
import { standardise } from './standardise.ts'

/** Training receivers over whose edges the message spectrum is taken every epoch. */
const spectrumReceivers = 256
/** Seconds that one call of an engine should take, so that progress flows and cancelling is quick */
const secondsAtOnce = 0.3

/**
 * Trains the network. On the CPU: same input, settings, seed: same bytes, on any number of threads.
 *
 * Only the target of `train` and `validation` halos is read. The weights kept are those (the moving average, where there is
 * one) with the smallest validation error; without validation halos, the last ones.
 * @throws HalolawError `bad-input` (settings, features, a target that is not a number), `diverged` (loss not finite: names
 * epoch and step; onCheckpoint has had the best so far), `cancelled`
 */
export async function trainGnn(input: GnnInput, config: GnnConfig, options: TrainOptions = {}): Promise<TrainedGnn> {
  checkConfig(config)
  checkInput(input, config)
  const threads = defaultThreads(options.threads)
  const seed = options.seed ?? 0
  const resumed = options.resumeFrom
  if (resumed) checkResumable(resumed, config)
  throwIfCancelled(options.signal)
  const standardisation = resumed?.current.standardisation ?? (await standardise(input, config, seed, threads))
  const { engine, network, notices } = await chooseEngine(
    options.engine ?? 'cpu',
    input,
    config,
    standardisation,
    threads
  )
  for (const notice of notices) options.onNotice?.(notice)
  const progress = resumed ? structuredClone(resumed) : startOf(config, standardisation, seed)
  network.setWeights(progress.current.parameters, progress.average)
  network.setMoments(progress.moments, progress.step)
  const target = standardised(input, standardisation)
  const run: Run = { input, config, options, threads, seed, network, notices, progress, target, stepsAtOnce: 1 }
  const began = Date.now() - (progress.history.at(-1)?.seconds ?? 0) * 1000
  while (progress.epoch < config.epochs && !(config.patience > 0 && progress.epochsSinceBest >= config.patience)) {
    await trainEpoch(run, began)
    options.onEpoch?.(progress.history.at(-1) as EpochRecord)
    options.onCheckpoint?.(structuredClone(progress))
  }
  const state = progress.best
  network.setWeights(state.parameters, state.parameters)
  return {
    state,
    history: progress.history,
    messageStd: await spectrum(run, input.train),
    parameterCount: parameterCount(config),
    engine: engine.id,
    notices
  }
}

interface Run {
  input: GnnInput
  config: GnnConfig
  options: TrainOptions
  threads: number
  seed: number
  network: EngineNetwork
  notices: string[]
  progress: GnnCheckpoint
  target: Float32Array
  /** Steps in one call of the engine, by the time the last ones took */
  stepsAtOnce: number
}

async function trainEpoch(run: Run, began: number): Promise<void> {
  const { input, config, options, network, progress, threads } = run
  // Drawn anew from seed and epoch, so that a resumed run goes on as if it had never stopped.
  const order = new Random(run.seed).fork(progress.epoch + 1).shuffle(Uint32Array.from(input.train))
  const batch = Math.min(config.batchReceivers, order.length)
  const steps = Math.ceil(order.length / batch)
  const rateOf = (step: number): number => learningRate(config, step, config.epochs * steps, progress.plateau)
  let lossSum = 0
  for (let step = 0, last = 0; step < steps; step = last) {
    throwIfCancelled(options.signal)
    last = Math.min(steps, step + run.stepsAtOnce)
    const rates = Float32Array.from({ length: last - step }, (_, n) => rateOf(progress.step + n))
    const done = await network.train({
      receivers: order.subarray(step * batch, Math.min(order.length, last * batch)),
      batch,
      target: run.target,
      rates,
      weightDecay: config.weightDecay,
      averageDecay: config.emaDecay,
      clipNorm: config.clipNorm,
      threads
    })
    if (done.failed >= 0) throw diverged(progress, step + done.failed)
    if (done.notice) {
      run.notices.push(done.notice)
      options.onNotice?.(done.notice)
    }
    for (const loss of done.losses) lossSum += loss
    run.stepsAtOnce = Math.max(1, Math.round(((last - step) * secondsAtOnce) / Math.max(1e-3, done.seconds)))
    progress.step += last - step
    options.onProgress?.({
      fraction: (progress.epoch + last / steps) / config.epochs,
      message: `Epoch ${progress.epoch + 1} of ${config.epochs}`
    })
  }
  const average = await network.weights(true)
  const validationMae = await meanAbsoluteError(run)
  if (!Number.isFinite(validationMae) && input.validation.length > 0) throw diverged(progress, steps)
  progress.epoch++
  progress.epochsSinceBest++
  progress.current = { ...progress.current, parameters: await network.weights(false) }
  progress.average = average
  progress.moments = await network.moments()
  if (input.validation.length === 0 || validationMae < progress.bestValidationMae) {
    progress.best = { ...progress.current, parameters: average }
    progress.bestValidationMae = validationMae
    progress.epochsSinceBest = 0
  }
  const lastRate = rateOf(progress.step - 1)
  const trainLoss = lossSum / steps
  progress.plateau = afterEpoch(
    config.schedule,
    progress.plateau,
    input.validation.length > 0 ? validationMae : trainLoss
  )
  const stride = Math.ceil(input.train.length / spectrumReceivers)
  progress.history.push({
    epoch: progress.epoch,
    trainLoss,
    validationMae,
    learningRate: lastRate,
    seconds: (Date.now() - began) / 1000,
    messageStd: await spectrum(
      run,
      input.train.filter((_, n) => n % stride === 0)
    )
  })
}

/** Of the average weights on the validation halos, in the target's units; NaN without such halos. */
async function meanAbsoluteError(run: Run): Promise<number> {
  const { validation } = run.input
  const { scale } = run.progress.current.standardisation.target
  const predicted = await run.network.predict(validation, true, run.threads)
  let sum = 0
  validation.forEach((halo, n) => (sum += Math.abs(predicted[n] - run.target[halo])))
  return (sum / validation.length) * scale
}

/** Standard deviation of each message component over all edges of some receivers. */
async function spectrum(run: Run, receivers: Uint32Array): Promise<number[]> {
  const { edges, sum, squares } = await run.network.messageMoments(receivers, true, run.threads)
  return Array.from(sum, (total, n) =>
    edges > 0 ? Math.sqrt(Math.max(0, squares[n] / edges - (total / edges) ** 2)) : 0
  )
}

function startOf(config: GnnConfig, standardisation: Standardisation, seed: number): GnnCheckpoint {
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
    history: []
  }
}

function standardised(input: GnnInput, { target: { mean, scale } }: Standardisation): Float32Array {
  const result = new Float32Array(input.catalog.halos)
  for (const set of [input.train, input.validation])
    for (const halo of set) result[halo] = (input.target[halo] - mean) / scale
  return result
}

function checkInput({ catalog, neighbours, target, train, validation }: GnnInput, config: GnnConfig): void {
  resolveFeatures(catalog, config.edgeFeatures, config.nodeFeatures)
  if (neighbours.halos !== catalog.halos || target.length !== catalog.halos)
    throw badInput(
      `The catalog holds ${catalog.halos} halos, the graph ${neighbours.halos} and the target ${target.length}; all three have to be of one catalog.`
    )
  if (train.length === 0) throw badInput('No halo is left to train on; loosen the test or OOD expression.')
  for (const set of [train, validation])
    for (const halo of set)
      if (!Number.isFinite(target[halo]))
        throw badInput(
          `The target is ${target[halo]} for halo ${halo}; remove halos without a finite target, or choose another target.`
        )
  for (const name of extraColumnsOf(config.edgeFeatures, config.nodeFeatures)) {
    const column = catalog.extra.get(name)
    if (column && train.every((halo) => column[halo] === target[halo]))
      throw badInput(`The feature column "${name}" is the target itself; leave it out of the features.`)
  }
}

function checkResumable(checkpoint: GnnCheckpoint, config: GnnConfig): void {
  const expected = parameterCount(config)
  if (checkpoint.current.parameters.length !== expected || checkpoint.moments.length !== 2 * expected)
    throw badInput(
      'The checkpoint belongs to a network of other widths or features; resume with the settings it was made with.'
    )
}

function diverged(progress: GnnCheckpoint, step: number): HalolawError {
  return new HalolawError(
    'diverged',
    `The loss is no longer a finite number in epoch ${progress.epoch + 1}, step ${step + 1}; lower the learning rate. The best network so far is kept.`
  )
}
