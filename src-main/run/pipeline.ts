import type {
  FrontName,
  ModelId,
  ModelReport,
  RunConfig,
  RunResult,
  SetName,
  StepName
} from '../../src-shared/contract.ts'
import { badInput } from '../../src-shared/errors.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { loadCatalog } from '../catalog/load.ts'
import { catalogSummary } from '../catalog/summary.ts'
import { validationBlocks } from '../evaluation/blocks.ts'
import { targetColumn, type Column } from '../evaluation/columns.ts'
import { compareModels } from '../evaluation/compare.ts'
import { splitHalos, type Split } from '../evaluation/splits.ts'
import { fitBaselines, type Baselines } from '../law/baselines/baselines.ts'
import { describeLaw, describeFront } from '../law/text/describe-law.ts'
import { distil, type Distilled, type DistilOptions } from '../law/search/distil.ts'
import type { FitRecords } from '../law/fit/fit-journal.ts'
import { lawComplexity, type FittedLaw } from '../law/graph-law.ts'
import { checkTemplate, readGraphTemplate, type GraphTemplate } from '../law/text/graph-template.ts'
import { aggregatesOf, findEngine, messagesOf, predictGnn } from '../gnn/index.ts'
import type { TrainedGnn } from '../gnn/training/train-types.ts'
import { buildNeighbours, type Neighbours } from '../graph/neighbours.ts'
import { throwIfCancelled, type Progress, type WorkOptions } from '../work.ts'
import { reportAblation, reportSeeds, seedNotes, type Judged } from './network-reports.ts'
import { networksAsked, trainNetworks, type Networks } from './networks.ts'
import { predictModel } from './predict.ts'
import { distilBudget } from './presets.ts'
import { regressFor } from './regression.ts'
import { Clock, stepShare } from './run-clock.ts'
import { RunGuide } from './run-guide.ts'
import type { RunPipeline, RunWork } from './run-types.ts'
import type { RunStore, StoredModel } from './run-store.ts'

/** The laws of a run: the one searched through the sum, and the one that the network's message alone gives. */
type Laws = Pick<Distilled, 'fitted' | 'fromMessage' | 'reasons' | 'weights'>

/** All that the steps share: one run's data, as far as it has come. */
interface RunData {
  config: RunConfig
  store: RunStore
  catalog: Catalog
  neighbours: Neighbours
  target: Column
  split: Split
  /** Training halos that the network learns from, and those kept for early stopping and choosing a formula */
  learn: Uint32Array
  validation: Uint32Array
  template: GraphTemplate | undefined
}

/**
 * The method from one end to the other (see run-types.ts). What a step has finished is in the store before the next begins,
 * and is taken from there when an interrupted run is resumed. Targets of test and OOD halos are read by the comparison alone.
 */
export const runPipeline: RunPipeline = async (config, store, work = {}) => {
  const clock = new Clock()
  const now: { search: FrontName | null } = { search: null }
  const options = (step: StepName): WorkOptions => ({
    signal: work.signal,
    seed: config.seed,
    threads: config.threads,
    onProgress: stepProgress(step, work, config, now),
    onNotice: work.onNotice
  })

  // An engine that is not there is said before minutes are spent on the catalog.
  if (config.engine !== 'auto') await findEngine(config.engine)
  const template = config.template ? readGraphTemplate(config.template) : undefined
  const catalog = await loadCatalog(config.catalog, { map: config.map, boxSize: config.boxSize, ...options('catalog') })
  store.saveCatalog(catalogSummary(catalog))
  if (template) checkTemplate(template, catalog)
  const guide = work.guide ?? new RunGuide(store)
  clock.lap('load')

  const neighbours = buildNeighbours(catalog, config.radius)
  const edges = await neighbours.countEdges(options('graph'))
  if (edges === 0) throw badInput(`No two halos are closer than ${config.radius} Mpc/h; take a larger radius.`)
  const split = splitHalos(catalog, config)
  const { train: learn, validation } = validationBlocks(catalog, split.train, { seed: config.seed })
  store.saveSplit({ train: learn, validation, test: split.test, ood: split.ood })
  const target = targetColumn(catalog, config.target)
  const data: RunData = { config, store, catalog, neighbours, target, split, learn, validation, template }
  clock.lap('graph')

  const networks = await trainNetworks(config, { ...data, train: learn }, store, {
    ...options('network'),
    onStep: work.onStep
  })
  const trained = networks.first
  clock.lap('train')

  const distilled = await formula(data, trained, guide, options('formula'), (stage) => {
    now.search = stage === 'refit' ? null : stage
    if (stage === 'refit') clock.lap('symbolic')
  })
  const baselines = await handMade(data, options('compare'))
  clock.lap('refit')

  const result = await comparison(data, networks, distilled, baselines, options('compare'))
  const finished: RunResult = {
    catalog: { path: catalog.path, halos: catalog.halos, boxSize: catalog.boxSize, edges },
    split: { train: split.train.length, test: split.test.length, ood: split.ood.length },
    engine: trained.engine,
    engineNotes: trained.notices ?? [],
    ...result,
    messages: { std: trained.messageStd, kl: trained.messageKl },
    formula: describeLaw(distilled.fitted.formula, neighbours.radius, neighbours.boxSize),
    timings: clock.timings(),
    peakRssMB: Math.round(process.resourceUsage().maxRSS / 1024),
    seed: config.seed,
    warnings: [...split.warnings, ...baselines.skipped, ...guide.notes()]
  }
  store.saveResult(finished)
  work.onProgress?.({ step: 'compare', fraction: 1, message: 'Done' })
  return finished
}

async function formula(
  { config, store, catalog, neighbours, target, learn, validation, template }: RunData,
  trained: TrainedGnn,
  guide: RunGuide,
  options: WorkOptions,
  onStage: DistilOptions['onStage']
): Promise<Laws> {
  const kept = store.loadCheckpoint<Distilled>('distilled')
  if (kept) return kept
  const budget = distilBudget[config.preset]
  const quiet = { ...options, onProgress: undefined }
  const distilled = await distil(
    {
      catalog,
      neighbours,
      target,
      train: learn,
      validation,
      network: {
        width: trained.state.config.messageWidth,
        relevance: trained.messageKl ?? trained.messageStd,
        messages: (pairs) => messagesOf(trained.state, catalog, neighbours, pairs, quiet),
        sums: (receivers) => aggregatesOf(trained.state, catalog, neighbours, receivers, quiet),
        predict: (receivers) => predictGnn(trained.state, catalog, neighbours, receivers, quiet)
      }
    },
    {
      ...options,
      ...budget,
      seed: config.seed,
      template,
      regress: regressFor(budget, store, guide, options),
      control: guide.law,
      onGuess: guide.onGuess,
      onCheckpoint: (fits) => store.saveCheckpoint('law-search', fits),
      resumeFrom: store.loadCheckpoint<FitRecords>('law-search') ?? undefined,
      onFront: (front) => store.saveFront('law', describeFront(front, neighbours.radius, neighbours.boxSize)),
      onStage
    }
  )
  store.saveFront('law', describeFront(distilled.front, neighbours.radius, neighbours.boxSize))
  store.saveCheckpoint('distilled', distilled)
  return distilled
}

async function handMade(
  { store, catalog, neighbours, target, split }: RunData,
  options: WorkOptions
): Promise<Baselines> {
  const kept = store.loadCheckpoint<Baselines>('baselines')
  if (kept) return kept
  const baselines = await fitBaselines(catalog, neighbours, target, split.train, {
    ...options,
    onProgress: (progress) => options.onProgress?.({ ...progress, fraction: 0.8 * progress.fraction })
  })
  store.saveCheckpoint('baselines', baselines)
  return baselines
}

/** A model of the comparison: what it needs to predict, and what there is to say of it. */
interface Entry {
  stored: StoredModel
  report: Omit<ModelReport, 'mae' | 'ci95'>
}

/** Predictions of every model for every halo, and how they compare on the three sets. */
async function comparison(
  { config, store, catalog, neighbours, target, split, validation }: RunData,
  networks: Networks,
  { fitted, fromMessage, reasons, weights }: Laws,
  baselines: Baselines,
  options: WorkOptions
): Promise<Pick<RunResult, 'models' | 'gnnMinusFormula' | 'seeds' | 'ablation'>> {
  const trained = networks.first
  const law = (id: ModelId, fitted: FittedLaw, reason: string | null | undefined): Entry => {
    const { text, latex } = describeLaw(fitted.formula, neighbours.radius, neighbours.boxSize)
    const { constants, warnings } = fitted
    const complexity = lawComplexity(fitted.formula, weights)
    const notes = reason ? [reason] : undefined
    const report = { id, parameters: constants.length, text, latex, complexity, constants, warnings, notes }
    return { stored: { kind: 'formula', fitted }, report }
  }
  const entries: Entry[] = [
    ...baselines.models.map((model): Entry => {
      const { id, parameters, text, latex, warnings } = model
      const isFormula = model.kind === 'formula'
      const constants = isFormula ? model.fitted.constants : undefined
      const complexity = isFormula ? lawComplexity(model.fitted.formula, weights) : model.complexity
      return { stored: model, report: { id, parameters, text, latex, complexity, warnings, constants } }
    }),
    {
      stored: { kind: 'gnn', state: trained.state },
      report: {
        id: 'gnn',
        parameters: trained.parameterCount,
        text: describeNetwork(trained)
      }
    },
    ...ensembleEntry(networks),
    law('message-formula', fromMessage, reasons?.fromMessage),
    law('formula', fitted, reasons?.fitted)
  ]
  // Here and not where each was made: a run killed in between has made it, and would not save it when it goes on.
  for (const { stored, report } of entries) store.saveModel(report.id, stored)

  const predictions = new Map<ModelId, Column>()
  for (const [n, { stored, report }] of entries.entries()) {
    options.onProgress?.({ fraction: 0.8 + (0.15 * n) / entries.length, message: `Predictions of ${report.id}` })
    predictions.set(report.id, await predictModel(stored, catalog, neighbours, { ...options, onProgress: undefined }))
  }

  throwIfCancelled(options.signal)
  const sets: Record<SetName, Uint32Array> = split
  const compared = compareModels({
    positions: catalog,
    truth: target,
    sets,
    predictions,
    pair: ['gnn', 'formula'],
    seed: config.seed
  })
  const judged: Judged = { catalog, neighbours, target, sets, validation, seed: config.seed }
  const quiet = { ...options, onProgress: undefined }
  const seeds = await reportSeeds(networks, judged, quiet)
  const notes = seeds ? seedNotes(seeds.report) : null
  const models = entries.map(({ report }): ModelReport => {
    const errors = compared.models.get(report.id)!
    const said = report.id === 'gnn' || report.id === 'gnn-ensemble' ? notes?.[report.id] : report.notes
    return { ...report, ...errors, warnings: [...(report.warnings ?? []), ...errors.warnings], notes: said }
  })
  for (const [id, values] of predictions) store.savePredictions(id, Float32Array.from(values))
  if (seeds) store.savePredictions('gnn-ensemble_spread', seeds.ensemble.spread)
  return {
    models,
    gnnMinusFormula: compared.difference,
    seeds: seeds?.report,
    ablation: networks.ablation ? await reportAblation(networks.ablation, judged, quiet) : undefined
  }
}

function ensembleEntry({ seeds }: Networks): Entry[] {
  if (seeds.length < 2) return []
  const states = seeds.map(({ trained }) => trained.state)
  const parameters = seeds.reduce((sum, { trained }) => sum + trained.parameterCount, 0)
  const text = `mean of ${seeds.length} graph networks, seeds ${seeds[0].seed} to ${seeds.at(-1)!.seed}`
  return [{ stored: { kind: 'gnn-ensemble', states }, report: { id: 'gnn-ensemble', parameters, text } }]
}

function describeNetwork({ state: { config } }: TrainedGnn): string {
  const layers = (hidden: number[]): string => hidden.join('-')
  return (
    `graph network, edge MLP ${layers(config.edgeHidden)}, D = ${config.messageWidth}, ` +
    `${config.nodeHidden.length > 0 ? `node MLP ${layers(config.nodeHidden)}` : 'linear node function'}, ` +
    `inputs ${[...config.edgeFeatures, ...config.nodeFeatures.map((name) => `node ${name}`)].join(', ')}`
  )
}

function stepProgress(
  step: StepName,
  work: RunWork,
  config: RunConfig,
  now: { search: FrontName | null }
): (progress: Progress) => void {
  const { before, own, all } = stepShare(step, networksAsked(config), config.preset)
  return ({ fraction, message }) =>
    work.onProgress?.({ step, fraction: (before + own * fraction) / all, message, search: now.search })
}
