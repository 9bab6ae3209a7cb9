import { HalolawError, badInput } from '../../src-shared/errors.ts'
import type { EpochRecord } from '../../src-shared/contract.ts'
import { Random } from '../random.ts'
import { throwIfCancelled } from '../work.ts'
import { checkConfig, penaltyWeight, rampedUp } from './config.ts'
import { defaultThreads } from './engines/cpu.ts'
import { EngineLostError } from './engine.ts'
import type { Engine, EngineNetwork } from './engine.ts'
import { chooseEngine } from './engines/choose.ts'
import { findEngine } from './engines/index.ts'
import { extraColumnsOf, resolveFeatures } from './features.ts'
import type { GnnConfig, GnnState, Standardisation } from './model.ts'
import type { GnnCheckpoint, GnnInput, TrainedGnn, TrainOptions } from './train-types.ts'
import { initialParameters, parameterCount } from './parameters.ts'
import { afterEpoch, learningRate, plateauStart } from './schedule.ts'
import { componentGroups, narrowed, shrinkGroups } from './sparsify.ts'
import { standardise } from './standardise.ts'

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
  const run: Run = {
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

async function train(run: Run): Promise<TrainedGnn> {
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
    return spectrum(run, run.input.train)
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

const hasStalled = ({ config, progress }: Run): boolean =>
  config.patience > 0 && progress.epochsSinceBest >= config.patience

/** Does the work; where the device that it runs on is lost meanwhile, does it anew on the CPU, from where it began. */
async function surviving<T>(run: Run, work: () => Promise<T>): Promise<T> {
  const before = structuredClone(run.progress)
  try {
    return await work()
  } catch (cause) {
    if (!(cause instanceof EngineLostError)) throw cause
    const { epoch } = before
    tell(
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
async function useNetworkOf(run: Run): Promise<void> {
  const { input, progress, engine } = run
  run.config = { ...run.config, messageWidth: progress.components.length }
  const { standardisation } = progress.current
  run.network = await engine.createNetwork(input.catalog, input.neighbours, run.config, standardisation)
  restore(run.network, progress)
}

function tell({ notices, options }: Run, notice: string): void {
  notices.push(notice)
  options.onNotice?.(notice)
}

interface Run {
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

async function trainEpoch(run: Run, began: number): Promise<void> {
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
    if (done.notice) tell(run, done.notice)
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
        run,
        input.train.filter((_, n) => n % stride === 0)
      ),
      progress.components,
      run.width
    )
  })
}

function restore(network: EngineNetwork, progress: GnnCheckpoint): void {
  network.setWeights(progress.current.parameters, progress.average)
  network.setMoments(progress.moments, progress.step)
}

/** The sparse strategy's part of the steps since the last: every component's weights shrink, small ones become zero. */
async function shrink({ config, network, progress }: Run, threshold: number): Promise<void> {
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
async function prune(run: Run): Promise<void> {
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
async function meanAbsoluteError(run: Run): Promise<number> {
  const { validation } = run.input
  const { scale } = run.progress.current.standardisation.target
  const predicted = await run.network.predict(validation, true, run.threads)
  let sum = 0
  validation.forEach((halo, n) => (sum += Math.abs(predicted[n] - run.target[halo])))
  return (sum / validation.length) * scale
}

type Spectrum = Pick<TrainedGnn, 'messageStd' | 'messageKl'>

/** Standard deviation of each message component over all edges of some receivers, and its divergence where it is variational. */
async function spectrum(run: Run, receivers: Uint32Array): Promise<Spectrum> {
  const { edges, sum, squares, divergence } = await run.network.messageMoments(receivers, true, run.threads)
  const perEdge = (total: number): number => total / Math.max(1, edges)
  const messageStd = Array.from(sum, (total, n) => Math.sqrt(Math.max(0, perEdge(squares[n]) - perEdge(total) ** 2)))
  return divergence ? { messageStd, messageKl: Array.from(divergence, perEdge) } : { messageStd }
}

/** A spectrum over the components that training began with, 0 for those removed since. */
function ofAllComponents(spectrum: Spectrum, components: readonly number[], width: number): Spectrum {
  const spread = (values: number[]): number[] => {
    const all = Array<number>(width).fill(0)
    components.forEach((component, n) => (all[component] = values[n]))
    return all
  }
  const { messageStd, messageKl } = spectrum
  return { messageStd: spread(messageStd), ...(messageKl && { messageKl: spread(messageKl) }) }
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
    history: [],
    components: Array.from({ length: config.messageWidth }, (_, component) => component)
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
