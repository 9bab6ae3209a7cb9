import type { RunConfig } from '../../src-shared/contract.ts'
import { HalolawError } from '../../src-shared/errors.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { featureQuantity, trainGnn } from '../gnn/index.ts'
import type { GnnConfig } from '../gnn/network/model.ts'
import type { GnnCheckpoint, GnnInput, TrainedGnn, TrainOptions } from '../gnn/training/train-types.ts'
import type { WorkOptions } from '../work.ts'
import { gnnConfigOf } from './presets.ts'
import type { RunStore } from './run-store.ts'

/** The networks that a run trains, as its configuration asks. */
export interface Networks {
  /** From the run's own seed: the network of the comparison, and the one that is distilled */
  first: TrainedGnn
  /** From seed, seed + 1, ...: as many as asked, `first` among them */
  seeds: { seed: number; trained: TrainedGnn }[]
  /** Null: not asked for */
  ablation: Ablation | null
}

export interface Ablation {
  /** With all features: `first`, or its like with the settings asked for ablation */
  whole: TrainedGnn
  without: { feature: string; without: string[]; trained: TrainedGnn }[]
}

/** `onStep` is told of the first network alone. */
type NetworkWork = WorkOptions & Pick<TrainOptions, 'onStep'>

/** One network to be trained. */
interface Training {
  /** Names its checkpoints; the first network's is '' */
  name: string
  message: string
  seed: number
  config: GnnConfig
}

/** Features and quantities of the default inputs */
const usualAblations = 17

/** About how many networks a run trains, before its catalog is known. */
export function networksAsked({ seeds = 1, ablate, preset, features }: RunConfig): number {
  if (ablate === undefined) return seeds
  return seeds + (ablate === preset ? 0 : 1) + (features ? features.length + 2 : usualAblations)
}

/**
 * Trains them one after another; each is in the store when it is done, and the one at work after every epoch. More seeds and
 * ablations change nothing in the first network: a run with `seeds: 5` gives its figures and formula and adds to them.
 */
export async function trainNetworks(
  run: RunConfig,
  input: GnnInput,
  store: RunStore,
  options: NetworkWork
): Promise<Networks> {
  const trainings = plan(run, input.catalog)
  const trained = new Map<string, TrainedGnn>()
  let engine = run.engine
  for (const [n, training] of trainings.entries()) {
    const named = (message: string): string =>
      trainings.length === 1 ? message : `Network ${n + 1} of ${trainings.length}, ${training.message}: ${message}`
    const done = await trainOne(training, engine, input, store, {
      ...options,
      onProgress: ({ fraction, message }) =>
        options.onProgress?.({ fraction: (n + fraction) / trainings.length, message: named(message) })
    })
    // What is compared is trained on one engine: the one that was chosen for the first.
    engine = done.engine
    trained.set(training.name, done)
  }
  const get = (name: string): TrainedGnn => trained.get(name)!
  return {
    first: get(''),
    seeds: seedsOf(run).map((seed, n) => ({ seed, trained: get(n === 0 ? '' : seedName(seed)) })),
    ablation:
      run.ablate === undefined
        ? null
        : {
            whole: get(trained.has(wholeName) ? wholeName : ''),
            without: ablations(gnnConfigOf(run, input.catalog)).map(({ feature, without }) => ({
              feature,
              without,
              trained: get(ablationName(feature))
            }))
          }
  }
}

const wholeName = 'with all features'
const seedName = (seed: number): string => `seed ${seed}`
const ablationName = (feature: string): string => `without ${feature}`

function seedsOf({ seed, seeds = 1 }: RunConfig): number[] {
  return Array.from({ length: seeds }, (_, n) => (seed + n) >>> 0)
}

function plan(run: RunConfig, catalog: Pick<Catalog, 'mass' | 'velocity'>): Training[] {
  const config = gnnConfigOf(run, catalog)
  const { seed } = run
  const trainings = seedsOf(run).map((seed, n): Training => {
    const message = seedName(seed)
    return { name: n === 0 ? '' : message, message, seed, config }
  })
  if (run.ablate === undefined) return trainings
  const ablated = run.ablate === run.preset ? config : gnnConfigOf({ ...run, preset: run.ablate }, catalog)
  if (ablated !== config) trainings.push({ name: wholeName, message: wholeName, seed, config: ablated })
  for (const { feature, without } of ablations(config)) {
    const name = ablationName(feature)
    const kept = (names: string[]): string[] => names.filter((other) => !without.includes(other))
    const { edgeFeatures, nodeFeatures } = ablated
    trainings.push({
      name,
      message: name,
      seed,
      config: { ...ablated, edgeFeatures: kept(edgeFeatures), nodeFeatures: kept(nodeFeatures) }
    })
  }
  return trainings
}

/**
 * What is left out: each feature, and each quantity that several features carry (mass, velocity, separation), for of
 * three features of the mass any single one can be spared. The edge function keeps at least one feature.
 */
export function ablations(
  config: Pick<GnnConfig, 'edgeFeatures' | 'nodeFeatures'>
): { feature: string; without: string[] }[] {
  const names = [...config.edgeFeatures, ...config.nodeFeatures]
  const quantities = new Map<string, string[]>()
  for (const name of names) {
    const quantity = featureQuantity(name)
    if (quantity !== null) quantities.set(quantity, [...(quantities.get(quantity) ?? []), name])
  }
  // A quantity's name may be a feature's too ("mass" of the node function): said whole, it is neither.
  const groups = [...quantities]
    .filter(([, members]) => members.length > 1)
    .map(([quantity, without]) => ({ feature: `all of ${quantity}`, without }))
  return [...names.map((feature) => ({ feature, without: [feature] })), ...groups].filter(({ without }) =>
    config.edgeFeatures.some((name) => !without.includes(name))
  )
}

async function trainOne(
  { name, message, seed, config }: Training,
  engine: RunConfig['engine'],
  input: GnnInput,
  store: RunStore,
  options: NetworkWork
): Promise<TrainedGnn> {
  const isFirst = name === ''
  const key = isFirst ? 'trained' : `trained: ${name}`
  const kept = store.loadCheckpoint<TrainedGnn>(key)
  if (kept) return kept
  // One place for the checkpoints of all further networks, which says whose it holds: those of finished ones are of no use.
  const further = isFirst ? null : store.loadCheckpoint<FurtherCheckpoint>('network: further')
  const resumeFrom = isFirst
    ? store.loadCheckpoint<GnnCheckpoint>('network')
    : further?.name === name
      ? further.checkpoint
      : null
  const trained = await trainGnn(input, config, {
    ...options,
    seed,
    engine,
    // The training curve is the first network's.
    onStep: isFirst ? options.onStep : undefined,
    onEpoch: isFirst ? (record) => store.saveEpoch(record) : undefined,
    onCheckpoint: (checkpoint) =>
      isFirst
        ? store.saveCheckpoint('network', checkpoint)
        : store.saveCheckpoint('network: further', { name, checkpoint } satisfies FurtherCheckpoint),
    resumeFrom: resumeFrom ?? undefined
  }).catch((cause: unknown) => {
    if (isFirst || !(cause instanceof HalolawError) || cause.code !== 'diverged') throw cause
    throw new HalolawError('diverged', `Network ${message}: ${cause.message}`)
  })
  store.saveCheckpoint(key, trained)
  return trained
}

interface FurtherCheckpoint {
  name: string
  checkpoint: GnnCheckpoint
}
