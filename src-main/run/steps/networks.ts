import type { RunConfig } from '../../../src-shared/contract.ts'
import { HalolawError } from '../../../src-shared/errors.ts'
import { trainGnn } from '../../gnn/index.ts'
import type { GnnInput, TrainedGnn, TrainOptions } from '../../gnn/training/train-types.ts'
import type { WorkOptions } from '../../work.ts'
import { oncePerRun } from '../state/once.ts'
import type { RunStore } from '../state/run-store.ts'
import { planTrainings, type FeatureGroup, type Training } from '../method/training-plan.ts'

/** The trained networks of a run. */
export interface Networks {
  /** From the run's own seed: the network that is compared and distilled */
  first: TrainedGnn
  /** From seed, seed + 1, ..., `first` among them */
  seeds: { seed: number; trained: TrainedGnn }[]
  /** Null: no ablation is requested */
  ablation: Ablation | null
}

export interface Ablation {
  /** With all features: `first`, or the reference in the ablation's preset */
  whole: TrainedGnn
  without: (FeatureGroup & { trained: TrainedGnn })[]
}

/** `onStep` is called for the first network only. */
type NetworkWork = WorkOptions & Pick<TrainOptions, 'onStep'>

/**
 * Trains the networks of a run one after another. Each is stored when it is done, and the current one after every
 * epoch. More seeds and ablations do not change the first network: a run with `seeds: 5` gives the figures and the law
 * of one with `seeds: 1` and adds to them.
 */
export async function trainNetworks(
  run: RunConfig,
  input: GnnInput,
  store: RunStore,
  options: NetworkWork
): Promise<Networks> {
  const { trainings, seeds, ablation } = planTrainings(run, input.catalog)
  const networks = new Map<string, TrainedGnn>()
  let engine = run.engine
  for (const [n, training] of trainings.entries()) {
    const labelled = (message: string): string =>
      trainings.length === 1 ? message : `Network ${n + 1} of ${trainings.length}, ${training.label}: ${message}`
    const trained = await trainOnce(training, engine, input, store, {
      ...options,
      onProgress: ({ fraction, message }) =>
        options.onProgress?.({ fraction: (n + fraction) / trainings.length, message: labelled(message) })
    })
    // Networks that are compared train on one engine, which was chosen for the first.
    engine = trained.engine
    networks.set(training.name, trained)
  }
  const get = (name: string): TrainedGnn => networks.get(name)!
  return {
    first: get(''),
    seeds: seeds.map(({ seed, name }) => ({ seed, trained: get(name) })),
    ablation: ablation && {
      whole: get(ablation.whole),
      without: ablation.without.map(({ feature, without, name }) => ({ feature, without, trained: get(name) }))
    }
  }
}

async function trainOnce(
  { name, label, seed, config }: Training,
  engine: RunConfig['engine'],
  input: GnnInput,
  store: RunStore,
  options: NetworkWork
): Promise<TrainedGnn> {
  const isFirst = name === ''
  const train = async (): Promise<TrainedGnn> => {
    // All further networks share one checkpoint, which names its network; a finished network needs none.
    const further = isFirst ? null : store.loadCheckpoint('network: further')
    const resumeFrom = isFirst ? store.loadCheckpoint('network') : further?.name === name ? further.checkpoint : null
    return trainGnn(input, config, {
      ...options,
      seed,
      engine,
      // The training curve shows the first network.
      onStep: isFirst ? options.onStep : undefined,
      onEpoch: isFirst ? (record) => store.saveEpoch(record) : undefined,
      onCheckpoint: (checkpoint) =>
        isFirst
          ? store.saveCheckpoint('network', checkpoint)
          : store.saveCheckpoint('network: further', { name, checkpoint }),
      resumeFrom: resumeFrom ?? undefined
    }).catch((cause: unknown) => {
      if (isFirst || !(cause instanceof HalolawError) || cause.code !== 'diverged') throw cause
      throw new HalolawError('diverged', `Network ${label}: ${cause.message}`)
    })
  }
  const trained = await oncePerRun(store, isFirst ? 'trained' : `trained: ${name}`, train)
  return { ...trained, notices: trained.notices ?? [] }
}
