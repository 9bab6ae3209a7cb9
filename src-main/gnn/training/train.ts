import { HalolawError } from '../../../src-shared/errors.ts'
import type { EpochRecord } from '../../../src-shared/contract.ts'
import { Random } from '../../random.ts'
import { throwIfCancelled } from '../../work.ts'
import { checkConfig, penaltyWeight, rampedUp } from '../network/config.ts'
import { defaultThreads } from '../engines/cpu/cpu.ts'
import { chooseEngine } from './choose.ts'
import { ofAllComponents, spectrum } from './message-spectrum.ts'
import type { GnnConfig, Standardisation } from '../network/model.ts'
import { afterEpoch, learningRate } from '../network/schedule.ts'
import { componentGroups, narrowed, shrinkGroups } from './sparsify.ts'
import { standardise } from './standardise.ts'
import { checkInput, checkResumable } from './train-checks.ts'
import type { GnnCheckpoint, GnnInput, TrainedGnn, TrainOptions } from './train-types.ts'
import { restore, startOf, surviving, emitNotice, useNetworkOf } from './training-run.ts'
import type { TrainingRun } from './training-run.ts'

/** Training receivers over whose edges the message spectrum is taken every epoch. */
const spectrumReceivers = 256
/** Steps between two shrinkings of the sparse strategy; a number of steps and not a time, so that a seed gives the same bytes */
const stepsBetweenShrinks = 16
/** Seconds that one call of an engine should take, so that progress flows and cancelling is quick */
const secondsAtOnce = 0.3

/**
 * Trains the network. On the CPU: same input, settings, seed: same bytes, on any number of threads.
 *
 * Only the target of `train` and `validation` halos is read. The weights kept are those (the moving average, where there is
 * one) with the smallest validation error; without validation halos, the last ones.
 * Where the engine's device is lost, training goes on with the CPU from the last epoch's end, and a notice says so.
 * @throws HalolawError `bad-input` (settings, features, a target that is not a number), `diverged` (loss not finite: names
 * epoch and step; onCheckpoint has had the best so far), `cancelled`
 */
export async function trainGnn(input: GnnInput, asked: GnnConfig, options: TrainOptions = {}): Promise<TrainedGnn> {
  checkConfig(asked)
  checkInput(input, asked)
  const threads = defaultThreads(options.threads)
  const seed = options.seed ?? 0
  const resumed = options.resumeFrom
  const config = resumed ? { ...asked, messageWidth: resumed.components.length } : asked
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
  const target = standardised(input, standardisation)
  const run: TrainingRun = {
    input,
    config,
    width: asked.messageWidth,
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

async function trainEpoch(run: TrainingRun, began: number): Promise<void> {
  const { input, config, options, network, progress, threads } = run
  // Drawn anew from seed and epoch, so that a resumed run goes on as if it had never stopped.
  const order = new Random(run.seed).fork(progress.epoch + 1).shuffle(Uint32Array.from(input.train))
  const batch = Math.min(config.batchReceivers, order.length)
  const steps = Math.ceil(order.length / batch)
  const allSteps = config.epochs * steps
  const sparse = config.penalty.kind === 'sparse'
  const rateOf = (step: number): number => learningRate(config, step, allSteps, progress.plateau)
  let lossSum = 0
  let rateSum = 0
  for (let step = 0, last = 0; step < steps; step = last) {
    throwIfCancelled(options.signal)
    const atMost = sparse ? stepsBetweenShrinks - (step % stepsBetweenShrinks) : steps
    last = Math.min(steps, step + Math.min(run.stepsAtOnce, atMost))
    const each = (value: (step: number) => number): Float32Array =>
      Float32Array.from({ length: last - step }, (_, n) => value(progress.step + n))
    const rates = each(rateOf)
    const done = await network.train({
      receivers: order.subarray(step * batch, Math.min(order.length, last * batch)),
      batch,
      target: run.target,
      rates,
      penalties: each((n) => penaltyWeight(config, n, allSteps)),
      seed: run.seed,
      weightDecay: config.weightDecay,
      averageDecay: config.emaDecay,
      clipNorm: config.clipNorm,
      threads
    })
    if (done.failed >= 0) throw diverged(progress, step + done.failed)
    if (done.notice) emitNotice(run, done.notice)
    const recent = done.losses.reduce((sum, loss) => sum + loss, 0)
    lossSum += recent
    run.stepsAtOnce = Math.max(1, Math.round(((last - step) * secondsAtOnce) / Math.max(1e-3, done.seconds)))
    progress.step += last - step
    rateSum += rates.reduce((sum, rate) => sum + rate, 0)
    if (sparse && (last === steps || last % stepsBetweenShrinks === 0)) {
      await shrink(run, config.penalty.weight * rateSum * rampedUp(config.penalty, progress.step, allSteps))
      rateSum = 0
    }
    const epoch = progress.epoch + last / steps
    options.onStep?.({ epoch, trainLoss: recent / (last - step) })
    options.onProgress?.({
      fraction: epoch / config.epochs,
      message: `Epoch ${progress.epoch + 1} of ${config.epochs}`
    })
  }
  if (sparse) await prune(run)
  const average = await run.network.weights(true)
  const validationMae = await meanAbsoluteError(run)
  if (!Number.isFinite(validationMae) && input.validation.length > 0) throw diverged(progress, steps)
  progress.epoch++
  progress.epochsSinceBest++
  progress.current = { ...progress.current, parameters: await run.network.weights(false) }
  progress.average = average
  progress.moments = await run.network.moments()
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
    ...ofAllComponents(
      await spectrum(
        run.network,
        input.train.filter((_, n) => n % stride === 0),
        threads
      ),
      progress.components,
      run.width
    )
  })
}

/** The sparse strategy's part of the steps since the last: every component's weights shrink, small ones become zero. */
async function shrink({ config, network, progress }: TrainingRun, threshold: number): Promise<void> {
  const [weights, average, moments] = [
    await network.weights(false),
    await network.weights(true),
    await network.moments()
  ]
  shrinkGroups({ weights, average, moments }, componentGroups(config), threshold)
  network.setWeights(weights, average)
  network.setMoments(moments, progress.step)
}

/** Goes on without the components that are zero. What was best with more of them no longer counts. */
async function prune(run: TrainingRun): Promise<void> {
  const { config, network, progress } = run
  const [parameters, average, moments] = [
    await network.weights(false),
    await network.weights(true),
    await network.moments()
  ]
  const narrow = narrowed({ ...progress, current: { ...progress.current, config, parameters }, average, moments })
  if (narrow === null) return
  Object.assign(progress, narrow, { bestValidationMae: Infinity })
  network.dispose?.()
  await useNetworkOf(run)
}

/** Of the average weights on the validation halos, in the target's units; NaN without such halos. */
async function meanAbsoluteError(run: TrainingRun): Promise<number> {
  const { validation } = run.input
  const { scale } = run.progress.current.standardisation.target
  const predicted = await run.network.predict(validation, true, run.threads)
  let sum = 0
  validation.forEach((halo, n) => (sum += Math.abs(predicted[n] - run.target[halo])))
  return (sum / validation.length) * scale
}

/** The target by halo, in standardised units; 0 for halos that are not trained or validated on. */
function standardised(input: GnnInput, { target: { mean, scale } }: Standardisation): Float32Array {
  const result = new Float32Array(input.catalog.halos)
  for (const set of [input.train, input.validation])
    for (const halo of set) result[halo] = (input.target[halo] - mean) / scale
  return result
}

function diverged(progress: GnnCheckpoint, step: number): HalolawError {
  return new HalolawError(
    'diverged',
    `The loss is no longer a finite number in epoch ${progress.epoch + 1}, step ${step + 1}; lower the learning rate. The best network so far is kept.`
  )
}
