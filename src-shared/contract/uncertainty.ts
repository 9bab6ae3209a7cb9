import type { Interval, PairedDifference, PerSet } from './models.ts'

/** How well an uncertainty predicts the sizes of the errors */
export interface SpreadReport {
  /** Spearman's, of uncertainty and absolute error */
  correlation: number
  /** Share of halos whose error is within one and two of it; 0.683 and 0.954 for a normal error */
  coverage: { one: number; two: number }
}

/** Networks that differ only by their seed */
export interface SeedsReport {
  count: number
  gnn: { mae: PerSet<{ mean: number; std: number }> }
  perSeed: { seed: number; validationMae: number; mae: PerSet<number> }[]
  /** Standard deviation of the networks' predictions, compared with the error of their mean */
  spread: PerSet<SpreadReport>
  /** The spread times the factor at which 68 % of the validation halos lie within it */
  calibration: { factor: number; coverage: PerSet<SpreadReport['coverage']> }
}

/** The network without a feature */
export interface AblationEntry {
  /** A feature, or a quantity that several carry */
  feature: string
  without: string[]
  mae: PerSet<number> & { validation?: number }
  ci95: PerSet<Interval> & { validation?: Interval }
  /** MAE without the feature minus MAE with it, on the same halos */
  difference: PerSet<PairedDifference> & { validation?: PairedDifference }
}
