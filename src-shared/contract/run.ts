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
  catalog: { path: string; halos: number; boxSize: number | null; edges: number }
  split: Record<SetName, number>
  engine: string
  /** How the engine was chosen and what it had to change, sentences; none where there was nothing to choose */
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
  /** What is worth most comes first, by the validation halos */
  ablation?: AblationEntry[]
  seed?: number
  project?: string
  /** What a reader of the figures has to know: empty sets, halos without a target, baselines left out */
  warnings?: string[]
}

export interface EpochRecord {
  epoch: number
  trainLoss: number
  validationMae: number
  learningRate: number
  /** Seconds since training began */
  seconds: number
  /** Standard deviation of each message component over training edges; 0 for one that was removed */
  messageStd: number[]
  /** Variational messages: divergence of each component from N(0, 1), which is 0 for one that says nothing */
  messageKl?: number[]
}

/** Training as it goes: between two epochs, the mean loss of the last few steps */
export interface StepRecord {
  /** Epochs done, with the part of the one at work */
  epoch: number
  trainLoss: number
}

/** A run as lists and panes show it. */
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
  /** The search for formulas that is at work now; null or absent: none */
  search?: FrontName | null
}

export interface RunDetail extends RunSummary {
  epochs: EpochRecord[]
  messageFront: FrontEntry[]
  nodeFront: FrontEntry[]
  /** Whole laws on the graph, their constants fitted to the target through the sum over neighbours */
  lawFront: FrontEntry[]
  /** What its searches were told by hand; null: nothing */
  guidance: SearchGuidance | null
  /** Laws that were measured by hand, oldest first */
  laws: LawReport[]
  /** Names of the finished runs that differ by their seed at most, and of those whose law has the same form; absent for a single run */
  recurrence?: { runs: string[]; same: string[] }
}
