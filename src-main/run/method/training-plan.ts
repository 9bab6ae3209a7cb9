import type { RunConfig } from '../../../src-shared/contract.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { featureQuantity, type GnnConfig } from '../../gnn/index.ts'
import { gnnConfigOf } from './network-config.ts'

/** A network that a run trains. */
export interface Training {
  /** Names its checkpoints; '' for the first network */
  name: string
  /** What progress messages call it */
  label: string
  seed: number
  config: GnnConfig
}

/** Every network of a run, in the order of training; names in the other members point into `trainings`. */
export interface TrainingPlan {
  /** The first is the network that is compared and distilled */
  trainings: Training[]
  seeds: { seed: number; name: string }[]
  /** Null: no ablation is requested */
  ablation: { whole: string; without: (FeatureGroup & { name: string })[] } | null
}

/** Features that one ablation leaves out. */
export interface FeatureGroup {
  /** What tables call the group */
  feature: string
  without: string[]
}

/** Features and quantities of the default inputs */
const usualAblations = 17

/** About how many networks a run trains; the exact number depends on the columns of its catalog. */
export function networkCount({ seeds = 1, ablate, preset, features }: RunConfig): number {
  if (ablate === undefined) return seeds
  return seeds + (ablate === preset ? 0 : 1) + (features ? features.length + 2 : usualAblations)
}

const wholeName = 'with all features'

/**
 * Plans the networks of a run: one for each seed (seed, seed + 1, ...), then one without each group of features, from the
 * run's seed. If the ablation has its own preset, a network with all features in that preset is its reference.
 */
export function planTrainings(run: RunConfig, catalog: Pick<Catalog, 'mass' | 'velocity'>): TrainingPlan {
  const config = gnnConfigOf(run, catalog)
  const seeds = Array.from({ length: run.seeds ?? 1 }, (_, n) => (run.seed + n) >>> 0).map((seed, n) => ({
    seed,
    name: n === 0 ? '' : `seed ${seed}`
  }))
  const trainings = seeds.map(({ seed, name }): Training => ({ name, label: `seed ${seed}`, seed, config }))
  if (run.ablate === undefined) return { trainings, seeds, ablation: null }

  const hasSamePreset = run.ablate === run.preset
  const reference = hasSamePreset ? config : gnnConfigOf({ ...run, preset: run.ablate }, catalog)
  const whole = hasSamePreset ? '' : wholeName
  if (!hasSamePreset) trainings.push({ name: whole, label: whole, seed: run.seed, config: reference })
  const without = featureGroups(config).map((group) => ({ ...group, name: `without ${group.feature}` }))
  for (const group of without)
    trainings.push({ name: group.name, label: group.name, seed: run.seed, config: reduced(reference, group) })
  return { trainings, seeds, ablation: { whole, without } }
}

function reduced(config: GnnConfig, { without }: FeatureGroup): GnnConfig {
  const rest = (names: string[]): string[] => names.filter((name) => !without.includes(name))
  return { ...config, edgeFeatures: rest(config.edgeFeatures), nodeFeatures: rest(config.nodeFeatures) }
}

/**
 * What an ablation leaves out: each feature, and each quantity that several features carry (mass, velocity, separation),
 * because any one of three features of the mass can be spared. The edge function keeps at least one feature.
 */
export function featureGroups(config: Pick<GnnConfig, 'edgeFeatures' | 'nodeFeatures'>): FeatureGroup[] {
  const names = [...config.edgeFeatures, ...config.nodeFeatures]
  const quantities = new Map<string, string[]>()
  for (const name of names) {
    const quantity = featureQuantity(name)
    if (quantity !== null) quantities.set(quantity, [...(quantities.get(quantity) ?? []), name])
  }
  // A quantity may share its name with a feature ("mass" of the node function); "all of mass" is neither.
  const groups = [...quantities]
    .filter(([, members]) => members.length > 1)
    .map(([quantity, without]) => ({ feature: `all of ${quantity}`, without }))
  return [...names.map((feature) => ({ feature, without: [feature] })), ...groups].filter(({ without }) =>
    config.edgeFeatures.some((name) => !without.includes(name))
  )
}
