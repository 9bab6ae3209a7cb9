import { setNames } from '../../../src-shared/set-codes.ts'
import type {
  AblationEntry,
  ModelReport,
  PerSet,
  RunResult,
  SeedsReport,
  SetName
} from '../../../src-shared/contract.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { compareAblations } from '../../evaluation/ablation.ts'
import type { Column } from '../../evaluation/columns.ts'
import { errorsOn } from '../../evaluation/metrics.ts'
import { calibrationFactor, normalCoverage, spreadReport } from '../../evaluation/spread.ts'
import { meanAndSpread, predictGnn, type EnsemblePrediction } from '../../gnn/index.ts'
import type { Neighbours } from '../../graph/neighbours.ts'
import type { WorkOptions } from '../../work.ts'
import type { Ablation, Networks } from './networks.ts'

/** What the networks of a run are evaluated on. */
export interface Evaluation {
  catalog: Catalog
  neighbours: Neighbours
  target: Column
  /** `train` whole, validation halos included */
  sets: Record<SetName, Uint32Array>
  validation: Uint32Array
  /** Seed of the bootstrap */
  seed: number
}

/** Errors of the networks of all seeds, and how well their spread predicts the error of their mean. Null for one seed. */
export async function reportSeeds(
  { seeds }: Networks,
  { catalog, neighbours, target, sets, validation }: Evaluation,
  options: WorkOptions
): Promise<{ report: SeedsReport; ensemble: EnsemblePrediction } | null> {
  if (seeds.length < 2) return null
  const everyHalo = Uint32Array.from({ length: catalog.halos }, (_, halo) => halo)
  const members: Float32Array[] = []
  for (const { trained } of seeds)
    members.push(await predictGnn(trained.state, { catalog, neighbours }, everyHalo, options))
  const ensemble = meanAndSpread(members)
  const used = setNames.filter((name) => sets[name].length > 0)
  const perSet = <T>(value: (set: SetName) => T): PerSet<T> =>
    Object.fromEntries(used.map((name) => [name, value(name)]))
  const perSeed = seeds.map(({ seed }, n) => ({
    seed,
    validationMae: errorsOn(members[n], target, validation).mae,
    mae: perSet((set) => errorsOn(members[n], target, sets[set]).mae)
  }))
  const factor = calibrationFactor(ensemble.mean, ensemble.spread, target, validation)
  const spreadOn = (set: SetName, times: number) =>
    spreadReport(ensemble.mean, ensemble.spread, target, sets[set], times)
  const report: SeedsReport = {
    count: seeds.length,
    gnn: { mae: perSet((set) => meanAndStd(perSeed.map(({ mae }) => mae[set]!))) },
    perSeed,
    spread: perSet((set) => spreadOn(set, 1)),
    calibration: { factor, coverage: perSet((set) => spreadOn(set, factor).coverage) }
  }
  return { report, ensemble }
}

/** Notes on the network and on the ensemble, for the table. */
export function seedNotes({
  count,
  gnn,
  spread,
  calibration
}: SeedsReport): Pick<Record<ModelReport['id'], string[]>, 'gnn' | 'gnn-ensemble'> {
  const set: SetName = spread.test ? 'test' : 'train'
  const { mean, std } = gnn.mae[set]!
  const { correlation, coverage } = spread[set]!
  const calibrated = calibration.coverage[set]!
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`
  return {
    gnn: [
      `Networks of ${count} seeds: error on ${set} ${mean.toPrecision(3)} ± ${std.toPrecision(2)} (standard deviation over seeds).`
    ],
    'gnn-ensemble': [
      `The spread of the ${count} networks and the error on ${set} have a rank correlation of ${correlation.toFixed(2)}; ` +
        `${percent(coverage.one)} of the errors lie within one spread and ${percent(coverage.two)} within two ` +
        `(${percent(normalCoverage.one)} and ${percent(normalCoverage.two)} for a normal error); ` +
        `multiplied by ${calibration.factor.toPrecision(3)}, the factor that the validation halos give, ${percent(calibrated.one)} and ${percent(calibrated.two)}.`
    ]
  }
}

/** What each feature is worth: how much the error grows in a network trained without it. The most valuable comes first. */
export async function reportAblation(
  { whole, without }: Ablation,
  { catalog, neighbours, target, sets, validation, seed }: Evaluation,
  options: WorkOptions
): Promise<NonNullable<RunResult['ablation']>> {
  const everyHalo = Uint32Array.from({ length: catalog.halos }, (_, halo) => halo)
  const predict = (network: Ablation['whole']): Promise<Float32Array> =>
    predictGnn(network.state, { catalog, neighbours }, everyHalo, options)
  const predictions = { whole: await predict(whole), without: [] as Float32Array[] }
  for (const { trained } of without) predictions.without.push(await predict(trained))
  const errors = compareAblations(catalog, target, { validation, ...sets }, predictions, seed)
  return without
    .map(({ feature, without }, n): AblationEntry => ({ feature, without, ...errors[n] }))
    .toSorted((a, b) => worth(b) - worth(a))
}

/** On validation halos, as for every choice; on training halos if there are none. */
function worth({ difference }: AblationEntry): number {
  return (difference.validation ?? difference.train)?.difference ?? 0
}

function meanAndStd(values: number[]): { mean: number; std: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, std: Math.sqrt(squares / (values.length - 1)) }
}
