import { Random } from '../../random.ts'
import { penaltyWeight } from '../network/config.ts'
import { EngineLostError } from '../network/engine.ts'
import type { Engine, EngineId, EngineNetwork } from '../network/engine.ts'
import type { GnnConfig, Standardisation } from '../network/model.ts'
import type { GnnInput } from './train-types.ts'
import { edgeMultiplyAdds, initialParameters } from '../network/parameters.ts'
import { enginesPresent, findEngine } from '../engines/index.ts'

/** An engine with the network that it will train. */
export interface EngineChoice {
  engine: Engine
  network: EngineNetwork
  /** How it was chosen, and what one should know of it: sentences for a person */
  notices: string[]
}

type Graph = Pick<GnnInput, 'catalog' | 'neighbours' | 'train'>

/** Seconds that training is measured for on each engine, after a first step that makes it ready */
const calibrationSeconds = 0.4
/** Operations of a calibration step at most, so that a large batch on a slow engine does not take long */
const calibrationOperations = 4e10

/** Fastest engine of a network on a graph, as measured in this process */
const measured = new Map<string, { id: EngineId; why: string }>()

/**
 * The engine asked for, or with `auto` the one that trains this network on this graph the fastest, by trying.
 * Weights and moments of the network are left as the trial made them.
 * @throws HalolawError `bad-input` when the engine is not there
 */
export async function chooseEngine(
  asked: EngineId | 'auto',
  graph: Graph,
  config: GnnConfig,
  standardisation: Standardisation,
  threads: number
): Promise<EngineChoice> {
  const only = async (engine: Engine, why: string[]): Promise<EngineChoice> => {
    const notices = engine.notice ? [...why, engine.notice] : why
    try {
      const network = await engine.createNetwork(graph.catalog, graph.neighbours, config, standardisation)
      return { engine, network, notices }
    } catch (cause) {
      if (!(cause instanceof EngineLostError)) throw cause
      return only(await findEngine('cpu'), [...notices, `${cause.message} The CPU trains instead.`])
    }
  }
  if (asked !== 'auto') return only(await findEngine(asked), [])
  const key = JSON.stringify([config, graph.catalog.halos, graph.neighbours.radius, graph.train.length, threads])
  const known = measured.get(key)
  if (known) return only(await findEngine(known.id), [known.why])
  const candidates = await enginesPresent(false)
  if (candidates.length === 1) return only(candidates[0], [])
  const chosen = await fastestOf(candidates, graph, config, standardisation, threads)
  measured.set(key, { id: chosen.engine.id, why: chosen.notices[0] })
  return chosen
}

/** The engine that trains the network the fastest, with a sentence that gives all their rates. One that fails is passed over. */
export async function fastestOf(
  candidates: Engine[],
  graph: Graph,
  config: GnnConfig,
  standardisation: Standardisation,
  threads: number
): Promise<EngineChoice> {
  const trials: { engine: Engine; network: EngineNetwork; edgesPerSecond: number }[] = []
  const said: string[] = []
  for (const engine of candidates) {
    let network: EngineNetwork | undefined
    try {
      network = await engine.createNetwork(graph.catalog, graph.neighbours, config, standardisation)
      const edgesPerSecond = await calibrate(network, graph, config, standardisation, threads)
      trials.push({ engine, network, edgesPerSecond })
      said.push(`${engine.id} ${(edgesPerSecond / 1e6).toPrecision(3)} million edges a second`)
    } catch (cause) {
      // The CPU has to work; what fails elsewhere only takes that engine out of the choice.
      if (engine.id === 'cpu') throw cause
      network?.dispose?.()
      said.push(`${engine.id} fails (${(cause as Error).message.split('\n')[0]})`)
    }
  }
  const [{ engine, network }, ...others] = trials.sort((a, b) => b.edgesPerSecond - a.edgesPerSecond)
  for (const other of others) other.network.dispose?.()
  const why = `Training on ${engine.id} (${engine.device}), the fastest here for this network: ${said.join(', ')}.`
  return { engine, network, notices: [why] }
}

/** Edges a second, from a few steps of the run's own size with a target of zeros. */
async function calibrate(
  network: EngineNetwork,
  { catalog, train }: Graph,
  config: GnnConfig,
  { meanDegree }: Standardisation,
  threads: number
): Promise<number> {
  const perReceiver = 2 * edgeMultiplyAdds(config, true).training * meanDegree
  const batch = Math.min(config.batchReceivers, train.length, Math.ceil(calibrationOperations / perReceiver))
  const zeros = new Float32Array(catalog.halos)
  return (await measureTraining(network, config, train, batch, zeros, threads, calibrationSeconds)).edgesPerSecond
}

/** How fast a network trains. */
export interface TrainingRate {
  /** Of the best of several stretches, for other work on the machine only ever slows it */
  edgesPerSecond: number
  /** Seconds of all processors together, a million edges, on average: what is left of a rate on a busy machine */
  cpuSecondsPerMillionEdges: number
}

/**
 * The rate at which a network trains from a random start, after one step that is not counted.
 * @param target by halo, standardised
 */
export async function measureTraining(
  network: EngineNetwork,
  config: GnnConfig,
  receivers: Uint32Array,
  batch: number,
  target: Float32Array,
  threads: number,
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
    const done = await run(0, steps)
    best = Math.max(best, done.edges / done.seconds)
    edges += done.edges
    // A stretch of a fifth of the time has the clock's grain and the call's own cost well below a percent.
    steps = Math.min(batches, Math.max(1, Math.round((steps * 0.2 * seconds) / Math.max(1e-4, done.seconds))))
  } while (performance.now() < end)
  const { user, system } = process.cpuUsage(cpu)
  return { edgesPerSecond: best, cpuSecondsPerMillionEdges: (user + system) / edges }
}
