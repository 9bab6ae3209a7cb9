import type { BoxSize } from './box.ts'
import type { RunConfig } from './config.ts'
import type { FormulaReport, LawReport, ModelReport, PairedDifference, PerSet, SetName } from './models.ts'
import type { FrontEntry, FrontName, SearchGuidance } from './search.ts'
import type { AblationEntry, SeedsReport } from './uncertainty.ts'

export type StepName = 'catalog' | 'graph' | 'network' | 'formula' | 'compare'

export type RunState = 'queued' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled' | 'interrupted'

export interface Timings {
  load: number
  graph: number
  train: number
  symbolic: number
  refit: number
  total: number
}

/** The JSON of `halolaw run`. */
export interface RunResult {
  catalog: { path: string; halos: number; boxSize: BoxSize | null; edges: number }
  split: Record<SetName, number>
  engine: string
  /** How the engine was chosen and what it changed, as sentences; empty if there was no choice */
  engineNotes?: string[]
  models: ModelReport[]
  messages: { std: number[]; kl?: number[] }
  formula: FormulaReport
  /** Seconds */
  timings: Timings
  peakRssMB: number
  /** MAE(gnn) - MAE(formula) on the same halos, with its paired 95 % interval */
  gnnMinusFormula?: PerSet<PairedDifference>
  seeds?: SeedsReport
  /** The most useful feature first, by the error on validation halos */
  ablation?: AblationEntry[]
  seed?: number
  project?: string
  /** Limits of the figures: empty sets, halos without a target, baselines that are missing */
  warnings?: string[]
}

export interface EpochRecord {
  epoch: number
  trainLoss: number
  validationMae: number
  learningRate: number
  /** Seconds since training began */
  seconds: number
  /** Standard deviation of each message component over training edges; 0 for a removed component */
  messageStd: number[]
  /** Variational messages: divergence of each component from N(0, 1); 0 for a component without information */
  messageKl?: number[]
}

/** Training progress between two epochs: the mean loss of the last few steps */
export interface StepRecord {
  /** Finished epochs, with the finished fraction of the current one */
  epoch: number
  trainLoss: number
}

/** A run as shown in lists and panes. */
export interface RunSummary {
  id: string
  name: string
  state: RunState
  config: RunConfig
  createdAt: string
  step: StepName | null
  /** 0..1 of the whole run */
  progress: number
  /** Seconds; null while unknown */
  remaining: number | null
  message: string
  error: string | null
  result: RunResult | null
  /** The current search for formulas; null or absent: none */
  search?: FrontName | null
}

export interface RunDetail extends RunSummary {
  epochs: EpochRecord[]
  messageFront: FrontEntry[]
  nodeFront: FrontEntry[]
  /** Laws on the graph, with constants fitted to the target through the sum over neighbours */
  lawFront: FrontEntry[]
  /** Guidance that a person sent to its searches; null: none */
  guidance: SearchGuidance | null
  /** Laws that a person measured, oldest first */
  laws: LawReport[]
  /** Names of the finished runs with the same settings except for the seed, and of those whose law has the same form; absent for a single run */
  recurrence?: { runs: string[]; same: string[] }
}
