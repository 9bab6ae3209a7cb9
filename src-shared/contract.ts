/**
 * What the service offers and what every window speaks. Plain data only; imports nothing.
 * A call is `{ id, method, params }`; its answer `{ id, result }` or `{ id, error: { code, message } }`.
 * Columns travel as Arrow IPC bytes: a method whose result is Bytes answers with one binary frame.
 * Events arrive as `{ event, data }`, at most ten a second each.
 */

export type Bytes = Uint8Array<ArrayBuffer>

/** The three disjoint sets; OOD is taken first, then test, the rest is train. */
export type SetName = 'train' | 'test' | 'ood'
export type Preset = 'quick' | 'standard' | 'paper'
/** How the learning rate of the network's training changes from step to step */
export type ScheduleKind = 'constant' | 'cosine' | 'one-cycle' | 'plateau'
/** In the order of tables. `formula` was searched through the sum over neighbours; `message-formula` is what the network's message alone says. */
export const modelIds = [
  'constant',
  'simple',
  'invariants',
  'without-mass',
  'with-mass',
  'gnn',
  'gnn-ensemble',
  'message-formula',
  'formula'
] as const
export type ModelId = (typeof modelIds)[number]
/** Whose values are kept for each halo: a model's prediction, or the standard deviation of the ensemble's networks */
export type PredictionId = ModelId | LawId | 'gnn-ensemble_spread'
export type Interval = [low: number, high: number]
export type PerSet<T> = Partial<Record<SetName, T>>

export interface ColumnSummary {
  name: string
  source: string
  type: string
  unit: string | null
  min: number
  max: number
  nulls: number
}

/** The JSON of `halolaw info`. */
export interface CatalogSummary {
  path: string
  format: string
  halos: number
  /** Mpc/h */
  boxSize: number | null
  periodic: boolean
  columns: ColumnSummary[]
  warnings: string[]
  metadata?: Record<string, string | number>
}

/** What a run is asked to do; every member but `catalog` has a default. */
export interface RunConfig {
  catalog: string
  /** Column overrides, e.g. { mass: 'M200c:1e10Msun/h' } */
  map: Record<string, string>
  /** Mpc/h; null: as the file says */
  boxSize: number | null
  target: string
  /** Mpc/h */
  radius: number
  /** Expression over the columns; null: no OOD set */
  ood: string | null
  /** Expression over the columns; null: spatial blocks holding a fifth of the box */
  test: string | null
  preset: Preset
  /** Names of graph-network inputs; null: the sound defaults */
  features: string[] | null
  engine: 'auto' | 'cpu' | 'webgpu' | 'tensorflow'
  /**
   * How messages are kept few: standard, bottleneck:D, l1[:weight], kl[:weight] or sparse[:weight], the last three with
   * :share of the steps in which the weight grows; null or absent: the preset's
   */
  messages?: string | null
  /** Of the learning rate; default: the preset's */
  schedule?: ScheduleKind
  /** Networks trained, from seed, seed + 1, ...; default 1. The first is distilled, all together are the ensemble. */
  seeds?: number
  /** Trains the network again without each of its features, with this preset's settings; default: not */
  ablate?: Preset
  /** Structure of the law that is searched on the graph, such as `g(M_i, sum(f(r, M_j)))`; default: any */
  template?: string | null
  seed: number
  threads: number
}

export interface ModelReport {
  id: ModelId
  /** Mean absolute error by set */
  mae: PerSet<number>
  /** 95 % bootstrap interval of `mae` */
  ci95: PerSet<Interval>
  bias?: PerSet<number>
  r2?: PerSet<number>
  /** Number of fitted parameters */
  parameters: number
  /** The formula, or a line about the network */
  text: string
  latex?: string
  complexity?: number
  constants?: { name: string; value: number; standardError: number | null }[]
  warnings?: string[]
  /** What else there is to say, a sentence each */
  notes?: string[]
}

/** How well an uncertainty tells the errors' sizes */
export interface SpreadReport {
  /** Spearman's, of uncertainty and absolute error */
  correlation: number
  /** Share of halos whose error is within one and two of it; 0.683 and 0.954 for a normal error */
  coverage: { one: number; two: number }
}

/** Networks that differ by their seed alone */
export interface SeedsReport {
  count: number
  gnn: { mae: PerSet<{ mean: number; std: number }> }
  perSeed: { seed: number; validationMae: number; mae: PerSet<number> }[]
  /** Standard deviation of the networks' predictions, held against the error of their mean */
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
  /** MAE without minus MAE with it, on the same halos: what it is worth */
  difference: PerSet<PairedDifference> & { validation?: PairedDifference }
}

export interface PairedDifference {
  difference: number
  ci95: Interval
}

export interface FormulaReport {
  message: string
  node: string
  text: string
  latex: string
  /** A NumPy function that finds the neighbours itself */
  python: string
  /** The same in Julia and C; absent in projects written before they were printed */
  julia?: string
  c?: string
}

/** `law-1`, `law-2`, ... of a run, in the order they were measured */
export type LawId = `law-${number}`

/** A law that a person chose from a front or wrote: refitted on the training halos and measured as the run's own formula is. */
export interface LawReport extends Omit<ModelReport, 'id'> {
  id: LawId
  /** The law as it was asked for, before the refit */
  asked: string
  formula: FormulaReport
  /** MAE(law) - MAE(formula of the run) on the same halos; absent while the run has none */
  minusFormula?: PerSet<PairedDifference>
}

export interface FrontEntry {
  complexity: number
  loss: number
  /** -dlog(loss)/dcomplexity from the entry before */
  score: number
  text: string
  latex: string
  /** One NumPy expression over the columns */
  python: string
  /** The same for SymPy, Julia and C, where it is one expression over columns */
  sympy?: string
  julia?: string
  c?: string
  /** Demands of physics that it breaks (`units`, `odd in x`, `r -> inf: 0`), where they are but penalised */
  breaks?: string[]
  /** What `halolaw fit` adds. Loss on rows that were held out of the search; null: none were */
  validationLoss?: number | null
  /** Bayesian information criterion; minimum description length in nats (arXiv 2211.11461) */
  bic?: number
  mdl?: number
  /** The formula with its fitted constants named, and their values */
  form?: string
  constants?: { name: string; value: number; standardError: number | null }[]
  /** With the fewest digits that keep the loss */
  rounded?: string
  /** Of several seeds, how many found this form */
  returns?: number
}

/** Symbolic regression of the message and of the node, then the search for whole laws on the graph. */
export type FrontName = 'message' | 'node' | 'law'

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

export type StepName = 'catalog' | 'graph' | 'network' | 'formula' | 'compare'
export type RunState = 'queued' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled' | 'interrupted'

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

/** What counts how much in a formula's complexity; operators that are not named count 1. */
export interface SearchWeights {
  operators: Record<string, number>
  variable: number
  constant: number
}

/** A law that somebody gave a search to try. */
export interface GuessRecord {
  text: string
  /** `failed`: its constants cannot be fitted, for it is not finite on the halos */
  state: 'waiting' | 'tried' | 'failed'
  /** Mean absolute error of the fitted law on the halos that the search fits on; null until it is tried */
  loss: number | null
  complexity: number
}

export interface SearchGuidance {
  /** As changed last; null: the paper's */
  weights: SearchWeights | null
  guesses: GuessRecord[]
}

export interface ProjectSummary {
  /** Null: not saved under a name yet (kept in a temporary file) */
  path: string | null
  name: string
  catalog: CatalogSummary | null
  masks: MaskRecord[]
  runs: RunSummary[]
}

/** A named set of halos, kept as the expression it was drawn or written as. */
export interface MaskRecord {
  id: string
  name: string
  role: 'ood' | 'test'
  expression: string
  color?: string
}

export interface FileEntry {
  name: string
  path: string
  kind: 'folder' | 'catalog' | 'project' | 'other'
  /** Bytes */
  size: number
  /** ISO date */
  modified: string
}

export interface AppInfo {
  version: string
  shell: 'desktop' | 'browser'
  node: string
  instructionSet: string
  cores: number
  memoryGB: number
  /** The bundled simulation */
  sampleCatalog: string
  /** Catalog or project named on the command line, to open at once */
  openAtStart: string | null
}

/** Requests: what a method takes and gives. */
export interface Methods {
  'app.info': { params: Record<string, never>; result: AppInfo }
  'app.ping': { params: Record<string, never>; result: { now: number } }
  /** Memory and the running job, for the status bar */
  'app.status': { params: Record<string, never>; result: { rssMB: number; runningRun: string | null; engine: string } }
  'files.list': {
    params: { path: string | null }
    result: { path: string; parent: string | null; entries: FileEntry[] }
  }
  'files.recent': {
    params: Record<string, never>
    result: { path: string; kind: 'catalog' | 'project'; openedAt: string }[]
  }

  'project.current': { params: Record<string, never>; result: ProjectSummary }
  'project.new': { params: Record<string, never>; result: ProjectSummary }
  'project.open': { params: { path: string }; result: ProjectSummary }
  'project.saveAs': { params: { path: string }; result: ProjectSummary }

  'catalog.open': {
    params: { path: string; map?: Record<string, string>; boxSize?: number | null }
    result: CatalogSummary
  }
  /** Arrow table of the named columns, one row a halo. `@set:<runId>` is 0 train, 1 test, 2 ood; `@pred:<runId>:<modelId>` a prediction; `@residual:<runId>:<modelId>` predicted minus true */
  'catalog.columns': { params: { columns: string[] }; result: Bytes }
  /** Neighbours of one halo within radius, nearest first */
  'graph.neighbours': { params: { halo: number; radius: number }; result: { index: number[]; distance: number[] } }
  'graph.statistics': {
    params: { radius: number }
    result: {
      edges: number
      meanDegree: number
      minDegree: number
      maxDegree: number
      isolated: number
      histogram: { degree: number; halos: number }[]
    }
  }

  /** Checks an expression over the columns: how many halos it takes, and which (Arrow, one uint8 column `mask`) */
  'mask.count': { params: { expression: string; target: string }; result: { halos: number; taken: number } }
  'mask.evaluate': { params: { expression: string; target: string }; result: Bytes }
  'mask.save': {
    params: { id?: string; name: string; role: 'ood' | 'test'; expression: string; color?: string }
    result: MaskRecord
  }
  'mask.delete': { params: { id: string }; result: null }

  'run.defaults': { params: Record<string, never>; result: RunConfig }
  'run.start': { params: { config: RunConfig; name?: string }; result: RunSummary }
  'run.cancel': { params: { id: string }; result: null }
  'run.pause': { params: { id: string }; result: null }
  'run.resume': { params: { id: string }; result: RunSummary }
  'run.delete': { params: { id: string }; result: null }
  'run.list': { params: Record<string, never>; result: RunSummary[] }
  'run.get': { params: { id: string }; result: RunDetail }

  /** Reads a law that a search could be given: as it is understood, or what is wrong with it. */
  'search.check': {
    params: { id: string; formula: string }
    result: { text: string; latex: string; complexity: number }
  }
  /** Gives the searches of a run a law to try; they take it up when they work, before or after a pause. */
  'search.inject': { params: { id: string; formula: string }; result: null }
  /** Changes what complexity the searches of a run go by from now on. Pausing a run (run.pause) pauses its searches. */
  'search.weights': { params: { id: string; weights: SearchWeights }; result: null }

  /**
   * Refits a law on the training halos of a run and measures it on its sets; from then on it is among the run's laws, and
   * `@pred:<runId>:<lawId>` and `@residual:<runId>:<lawId>` are columns. One is measured at a time, the others wait.
   */
  'law.measure': { params: { id: string; formula: string }; result: LawReport }
  /** Gives up what is being measured, and what waits. */
  'law.cancel': { params: Record<string, never>; result: null }
  'law.forget': { params: { id: string; law: LawId }; result: null }
}

/** Pushed by the service. */
export interface Events {
  'project.changed': ProjectSummary
  'catalog.progress': { path: string; fraction: number; message: string }
  'run.progress': RunSummary
  'run.step': { id: string; record: StepRecord }
  'run.epoch': { id: string; record: EpochRecord }
  'run.guidance': { id: string; guidance: SearchGuidance }
  'run.laws': { id: string; laws: LawReport[] }
  'law.progress': { id: string; fraction: number; message: string }
  'run.front': { id: string; which: FrontName; entries: FrontEntry[] }
  'run.finished': RunSummary
}

export type Method = keyof Methods
export type Params<M extends Method> = Methods[M]['params']
export type Result<M extends Method> = Methods[M]['result']
export type EventName = keyof Events

/** What the window has in its hands, whichever shell it lives in: `window.halolaw` under Electron, a web socket in a browser. */
export interface Client {
  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>
  on<E extends EventName>(event: E, listener: (data: Events[E]) => void): () => void
  /** Told of the connection: true when the service answers */
  onConnection(listener: (up: boolean) => void): () => void
}

/** What only a shell can do; in a browser the window shows its own dialogs. */
export interface Shell {
  readonly kind: 'desktop' | 'browser'
  /** Native open dialog; null when cancelled. Absent in a browser. */
  openDialog?(kind: 'catalog' | 'project'): Promise<string | null>
  saveDialog?(suggested: string): Promise<string | null>
  /** Path of a file dropped on the window; in a browser the file is sent to the service, which gives a path. */
  pathOf(file: File): Promise<string>
}
