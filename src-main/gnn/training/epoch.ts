import { HalolawError } from '../../../src-shared/errors.ts'
import { Random } from '../../random.ts'
import { throwIfCancelled } from '../../work.ts'
import { penaltyWeight, rampedUp } from '../network/config.ts'
import { afterEpoch, learningRate } from '../network/schedule.ts'
import { ofAllComponents, spectrum } from './message-spectrum.ts'
import { componentGroups, narrowed, shrinkGroups } from './sparsify.ts'
import type { GnnCheckpoint } from './train-types.ts'
import { emitNotice, useNetworkOf } from './training-run.ts'
import type { TrainingRun } from './training-run.ts'

/** Training receivers over whose edges the message spectrum is computed every epoch. */
const spectrumReceivers = 256
/** Steps between two proximal steps of the sparse strategy; steps rather than seconds, so that a seed gives the same bytes */
const stepsBetweenShrinks = 16
/** Target duration of one engine call in seconds: short enough for smooth progress and quick cancelling */
const secondsAtOnce = 0.3

/**
 * One epoch: its steps, then validation, the best weights so far, the schedule and a line of history.
 * @param began start of the training, ms since 1970
 * @throws HalolawError `diverged`, `cancelled`
 */
export async function trainEpoch(run: TrainingRun, began: number): Promise<void> {
  const { input, config, progress } = run
  const trainLoss = await makeSteps(run)
  if (config.penalty.kind === 'sparse') await prune(run)
  const validationMae = await meanAbsoluteError(run)
  const isValidated = input.validation.length > 0
  const { allSteps, steps } = stepsOf(run)
  if (isValidated && !Number.isFinite(validationMae)) throw diverged(progress, steps)
  progress.epoch++
  progress.epochsSinceBest++
  const weights = await readWeights(run)
  progress.current = { ...progress.current, parameters: weights.parameters }
  progress.average = weights.average
  progress.moments = weights.moments
  if (!isValidated || validationMae < progress.bestValidationMae) {
    progress.best = { ...progress.current, parameters: weights.average }
    progress.bestValidationMae = validationMae
    progress.epochsSinceBest = 0
  }
  const lastRate = learningRate(config, progress.step - 1, allSteps, progress.plateau)
  progress.plateau = afterEpoch(config.schedule, progress.plateau, isValidated ? validationMae : trainLoss)
  const stride = Math.ceil(input.train.length / spectrumReceivers)
  const receivers = input.train.filter((_, n) => n % stride === 0)
  progress.history.push({
    epoch: progress.epoch,
    trainLoss,
    validationMae,
    learningRate: lastRate,
    seconds: (Date.now() - began) / 1000,
    ...ofAllComponents(await spectrum(run.network, receivers, run.threads), progress.components, run.width)
  })
}

/** Receivers per step, steps per epoch and steps of the whole training. */
function stepsOf({ config, input }: TrainingRun): { batch: number; steps: number; allSteps: number } {
  const batch = Math.min(config.batchReceivers, input.train.length)
  const steps = Math.ceil(input.train.length / batch)
  return { batch, steps, allSteps: config.epochs * steps }
}

/** The optimiser steps of an epoch; returns their mean loss. */
async function makeSteps(run: TrainingRun): Promise<number> {
  const { input, config, options, network, progress } = run
  const { batch, steps, allSteps } = stepsOf(run)
  // The order depends on seed and epoch only, so that a resumed training continues exactly.
  const order = new Random(run.seed).fork(progress.epoch + 1).shuffle(Uint32Array.from(input.train))
  const sparse = config.penalty.kind === 'sparse'
  let lossSum = 0
  let rateSum = 0
  for (let step = 0, last = 0; step < steps; step = last) {
    throwIfCancelled(options.signal)
    const atMost = sparse ? stepsBetweenShrinks - (step % stepsBetweenShrinks) : steps
    last = Math.min(steps, step + Math.min(run.stepsAtOnce, atMost))
    const each = (value: (step: number) => number): Float32Array =>
      Float32Array.from({ length: last - step }, (_, n) => value(progress.step + n))
    const rates = each((n) => learningRate(config, n, allSteps, progress.plateau))
    const outcome = await network.train({
      receivers: order.subarray(step * batch, Math.min(order.length, last * batch)),
      batch,
      target: run.target,
      rates,
      penalties: each((n) => penaltyWeight(config, n, allSteps)),
      seed: run.seed,
      weightDecay: config.weightDecay,
      averageDecay: config.emaDecay,
      clipNorm: config.clipNorm,
      threads: run.threads
    })
    if (outcome.failed >= 0) throw diverged(progress, step + outcome.failed)
    if (outcome.notice) emitNotice(run, outcome.notice)
    const recent = outcome.losses.reduce((sum, loss) => sum + loss, 0)
    lossSum += recent
    run.stepsAtOnce = Math.max(1, Math.round(((last - step) * secondsAtOnce) / Math.max(1e-3, outcome.seconds)))
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
  return lossSum / steps
}

async function readWeights({ network }: TrainingRun) {
  return {
    parameters: await network.weights('current'),
    average: await network.weights('average'),
    moments: await network.moments()
  }
}

/** Proximal step of the sparse strategy for the steps since the last one: shrinks each component's weights, small ones to zero. */
async function shrink(run: TrainingRun, threshold: number): Promise<void> {
  const { config, network, progress } = run
  const { parameters, average, moments } = await readWeights(run)
  shrinkGroups({ weights: parameters, average, moments }, componentGroups(config), threshold)
  network.setWeights(parameters, average)
  network.setMoments(moments, progress.step)
}

/** Removes components that are zero, and forgets the best network, which had more of them. */
async function prune(run: TrainingRun): Promise<void> {
  const { config, network, progress } = run
  const { parameters, average, moments } = await readWeights(run)
  const narrow = narrowed({ ...progress, current: { ...progress.current, config, parameters }, average, moments })
  if (narrow === null) return
  Object.assign(progress, narrow, { bestValidationMae: Infinity })
  network.dispose?.()
  await useNetworkOf(run)
}

/** Mean absolute error of the average weights on the validation halos, in the target's units; NaN without such halos. */
async function meanAbsoluteError(run: TrainingRun): Promise<number> {
  const { validation } = run.input
  const { scale } = run.progress.current.standardisation.target
  const predicted = await run.network.predict(validation, 'average', run.threads)
  let sum = 0
  validation.forEach((halo, n) => (sum += Math.abs(predicted[n] - run.target[halo])))
  return (sum / validation.length) * scale
}

function diverged(progress: GnnCheckpoint, step: number): HalolawError {
  return new HalolawError(
    'diverged',
    `The loss is no longer a finite number in epoch ${progress.epoch + 1}, step ${step + 1}; lower the learning rate. The best network so far is kept.`
  )
}
