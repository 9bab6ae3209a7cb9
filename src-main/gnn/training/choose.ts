import { logger } from '../../log.ts'
import { Random } from '../../random.ts'
import { penaltyWeight } from '../network/config.ts'
import { EngineLostError } from '../network/engine.ts'
import type { Engine, EngineId, EngineNetwork, NetworkSetup } from '../network/engine.ts'
import type { GnnConfig } from '../network/model.ts'
import type { GnnInput } from './train-types.ts'
import { edgeMultiplyAdds, initialParameters } from '../network/parameters.ts'
import { enginesPresent, findEngine } from '../engines/index.ts'

/** An engine, and the network that it will train. */
export interface EngineChoice {
  engine: Engine
  network: EngineNetwork
  /** Sentences on how it was chosen and what it lacks */
  notices: string[]
}

/** A network to train, and the halos it trains on. */
type TrainingSetup = NetworkSetup & Pick<GnnInput, 'train'>

const log = logger('engines')

/** Seconds of measured training per engine, after a first step that initialises it */
const calibrationSeconds = 0.4
/** Most operations of a calibration step, which limits its time for a large batch on a slow engine */
const calibrationOperations = 4e10

/** Fastest engine of a network on a graph, as measured in this process */
const measured = new Map<string, { id: EngineId; why: string }>()

/**
 * The requested engine, or with `auto` the one that trains this network on this graph fastest, by measurement. The network's
 * weights and moments are left as the measurement made them.
 * @throws HalolawError `bad-input` if the engine is not available
 */
export async function chooseEngine(
  requested: EngineId | 'auto',
  setup: TrainingSetup,
  threads: number
): Promise<EngineChoice> {
  const only = async (engine: Engine, why: string[]): Promise<EngineChoice> => {
    const notices = engine.notice ? [...why, engine.notice] : why
    try {
      const network = await engine.createNetwork(setup)
      log.info(`The engine ${engine.id} (${engine.device}) trains the network.`)
      return { engine, network, notices }
    } catch (cause) {
      if (!(cause instanceof EngineLostError)) throw cause
      return only(await findEngine('cpu'), [...notices, `${cause.message} The CPU trains instead.`])
    }
  }
  if (requested !== 'auto') return only(await findEngine(requested), [])
  const { config, catalog, neighbours, train } = setup
  const key = JSON.stringify([config, catalog.halos, neighbours.radius, train.length, threads])
  const earlier = measured.get(key)
  if (earlier) return only(await findEngine(earlier.id), [earlier.why])
  const candidates = await enginesPresent('hardware')
  if (candidates.length === 1) return only(candidates[0], [])
  const fastest = await fastestOf(candidates, setup, threads)
  measured.set(key, { id: fastest.engine.id, why: fastest.notices[0] })
  return fastest
}

/** The engine that trains the network fastest, with a sentence that lists all rates. Engines that fail are skipped, except the CPU. */
export async function fastestOf(candidates: Engine[], setup: TrainingSetup, threads: number): Promise<EngineChoice> {
  const trials: { engine: Engine; network: EngineNetwork; edgesPerSecond: number }[] = []
  const rates: string[] = []
  for (const engine of candidates) {
    let network: EngineNetwork | undefined
    try {
      network = await engine.createNetwork(setup)
      const edgesPerSecond = await calibrate(network, setup, threads)
      trials.push({ engine, network, edgesPerSecond })
      rates.push(`${engine.id} ${(edgesPerSecond / 1e6).toPrecision(3)} million edges/s`)
    } catch (cause) {
      if (engine.id === 'cpu') throw cause
      log.debug(`The engine ${engine.id} fails its trial.`, cause)
      network?.dispose?.()
      rates.push(`${engine.id} fails (${(cause as Error).message.split('\n')[0]})`)
    }
  }
  const [{ engine, network }, ...others] = trials.sort((a, b) => b.edgesPerSecond - a.edgesPerSecond)
  for (const other of others) other.network.dispose?.()
  log.info(`The engine ${engine.id} (${engine.device}) trains the network.`)
  const why = `Training on ${engine.id} (${engine.device}), the fastest engine for this network: ${rates.join(', ')}.`
  return { engine, network, notices: [why] }
}

/** Edges per second, from a few steps of the run's batch size with a target of zeros. */
async function calibrate(
  network: EngineNetwork,
  { catalog, config, standardisation, train }: TrainingSetup,
  threads: number
): Promise<number> {
  const perReceiver = 2 * edgeMultiplyAdds(config, 'per edge').training * standardisation.meanDegree
  const batch = Math.min(config.batchReceivers, train.length, Math.ceil(calibrationOperations / perReceiver))
  const work = { config, receivers: train, batch, target: new Float32Array(catalog.halos), threads }
  return (await measureTraining(network, work, calibrationSeconds)).edgesPerSecond
}

/** How fast a network trains. */
export interface TrainingRate {
  /** The best of several stretches, because other work on the machine can only slow them down */
  edgesPerSecond: number
  /** CPU seconds of all cores per million edges, on average; less sensitive to other work on the machine */
  cpuSecondsPerMillionEdges: number
}

/** Training steps to measure. */
export interface TrainingWork {
  config: GnnConfig
  receivers: Uint32Array
  /** Receivers per step */
  batch: number
  /** [halos], standardised */
  target: Float32Array
  threads: number
}

/** The rate of training from random weights; a first step is not counted. */
export async function measureTraining(
  network: EngineNetwork,
  { config, receivers, batch, target, threads }: TrainingWork,
  seconds: number
): Promise<TrainingRate> {
  const parameters = initialParameters(config, new Random(1))
  network.setWeights(parameters, parameters)
  network.setMoments(new Float32Array(2 * parameters.length), 0)
  const order = new Random(2).shuffle(receivers.slice())
  const batches = Math.max(1, Math.floor(order.length / batch))
  const run = (first: number, steps: number) =>
    network.train({
      receivers: order.subarray(first * batch, (first + steps) * batch),
      batch,
      target,
      rates: new Float32Array(steps).fill(1e-4),
      penalties: new Float32Array(steps).fill(penaltyWeight(config)),
      seed: 0,
      weightDecay: config.weightDecay,
      averageDecay: 0.999,
      clipNorm: 1,
      threads
    })
  await run(0, 1)
  const cpu = process.cpuUsage()
  let edges = 0
  let best = 0
  let steps = 1
  const end = performance.now() + 1000 * seconds
  do {
    const stretch = await run(0, steps)
    best = Math.max(best, stretch.edges / stretch.seconds)
    edges += stretch.edges
    // With five stretches, clock resolution and call overhead stay well below one percent.
    steps = Math.min(batches, Math.max(1, Math.round((steps * 0.2 * seconds) / Math.max(1e-4, stretch.seconds))))
  } while (performance.now() < end)
  const { user, system } = process.cpuUsage(cpu)
  return { edgesPerSecond: best, cpuSecondsPerMillionEdges: (user + system) / edges }
}
