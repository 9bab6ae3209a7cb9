import type { ModelId, ModelReport } from '../../../src-shared/contract.ts'
import type { Column } from '../../evaluation/columns.ts'
import { compareModels } from '../../evaluation/compare.ts'
import type { TrainedGnn } from '../../gnn/training/train-types.ts'
import type { FittedBaseline } from '../../law/baselines/baselines.ts'
import { describeInvariants } from '../../law/baselines/invariants.ts'
import type { FittedLaw } from '../../law/graph-law.ts'
import { describeLaw } from '../../law/text/describe-law.ts'
import { lawForms, type LawForms } from '../../law/text/law-form.ts'
import { evaluateLaw } from '../../law/fit/evaluate-law.ts'
import { targetsOf } from '../../law/fit/refit.ts'
import { meanAbsoluteError } from '../../law/fit/robust-fit.ts'
import { withConstantsOf, type KeptLaws } from '../../law/search/kept-laws.ts'
import { usualComplexity } from '../../../src-shared/complexity.ts'
import { setNames } from '../../../src-shared/set-codes.ts'
import { throwIfCancelled, type WorkOptions } from '../../work.ts'
import { lawFacts, withErrors } from '../laws/law-report.ts'
import { reportAblation, reportSeeds, seedNotes, type Evaluation } from './network-reports.ts'
import type { Networks } from './networks.ts'
import { predictModel } from '../laws/predict.ts'
import type { Compared, WithBaselines } from './run-state.ts'
import type { StepWork } from './run-step.ts'
import type { StoredModel } from '../state/run-store.ts'

/** A model of the comparison: its predictor, and its report without errors. */
interface Entry {
  stored: StoredModel
  report: Omit<ModelReport, 'mae' | 'ci95'>
}

/** Share of the step's progress that the predictions take */
const predictionShare = 0.75

/** Predicts every halo by every model and compares the models on the three sets. */
export async function compareAll(state: WithBaselines, { options, store, guide }: StepWork): Promise<Compared> {
  const { config, catalog, neighbours, target, split: sets, validation, networks, baselines } = state
  const entries = entriesOf(state)
  // Saved here and not where each model is made: a run that was killed in between would not save it again.
  for (const { stored, report } of entries) store.saveModel(report.id, stored)

  const quiet = { ...options, onProgress: undefined }
  const predictions = new Map<ModelId, Column>()
  for (const [n, { stored, report }] of entries.entries()) {
    const fraction = (predictionShare * n) / entries.length
    options.onProgress?.({ fraction, message: `Predictions of ${report.id}` })
    predictions.set(report.id, await predictModel(stored, state, quiet))
  }
  throwIfCancelled(options.signal)

  const { seed } = config
  const compared = compareModels({
    positions: catalog,
    truth: target,
    sets,
    predictions,
    pair: ['gnn', 'formula'],
    seed
  })
  const evaluation: Evaluation = { catalog, neighbours, target, sets, validation, seed }
  const seeds = await reportSeeds(networks, evaluation, quiet)
  const notes: Partial<Record<ModelId, string[]>> = seeds ? seedNotes(seeds.report) : {}
  const models = entries.map(({ report }): ModelReport => ({
    ...withErrors(report, compared.models.get(report.id)!),
    notes: notes[report.id] ?? report.notes
  }))
  for (const [id, values] of predictions) store.savePredictions(id, Float32Array.from(values))
  store.saveCheckpoint('law-forms', { forms: formsOf(state) })
  const laws = await measureKept(state, quiet)
  if (laws) store.saveCheckpoint('kept-laws', laws)
  if (seeds) store.savePredictions('gnn-ensemble_spread', seeds.ensemble.spread)
  const comparison = {
    models,
    gnnMinusFormula: compared.difference,
    seeds: seeds?.report,
    ablation: networks.ablation ? await reportAblation(networks.ablation, evaluation, quiet) : undefined
  }
  return {
    ...state,
    comparison,
    warnings: [...sets.warnings, ...baselines.skipped, ...guide().notes(), ...withoutLaw(state)]
  }
}

/** A sentence where no law beats a constant */
function withoutLaw({ config, distilled }: WithBaselines): string[] {
  if (distilled.fitted.formula.messages.length > 0) return []
  const most = config.maxComplexity ?? usualComplexity
  return [
    `No law up to complexity ${most} beats a constant on the training halos, so the constant stands in the law's place; allow longer laws by a larger complexity, or choose another target.`
  ]
}

/** The kept laws, with the errors of those that were judged; undefined for a run distilled by an earlier version */
async function measureKept(
  { catalog, neighbours, target, split, distilled: { kept, finalists = [] } }: WithBaselines,
  options: WorkOptions
): Promise<KeptLaws | undefined> {
  if (!kept) return undefined
  const graph = { catalog, neighbours }
  const mae = structuredClone(kept.mae)
  for (const { place, law } of finalists) {
    throwIfCancelled(options.signal)
    for (const set of setNames) {
      const halos = split[set]
      if (halos.length === 0) continue
      const predicted = await evaluateLaw(law.formula, graph, halos, options)
      mae[set][place] = meanAbsoluteError(predicted, targetsOf(target, halos))
    }
  }
  return { ...withConstantsOf(kept, finalists), mae }
}

/** Canonical forms of the law and of its front, stored so that their texts need not be parsed again. */
function formsOf({ distilled, neighbours: { radius, boxSize } }: WithBaselines): LawForms {
  const laws = [distilled.fitted, ...distilled.front]
  return lawForms(
    laws.map(({ formula }) => describeLaw(formula, radius, boxSize).text),
    radius
  )
}

/** The models in the order of tables. */
function entriesOf({ neighbours, networks, distilled, baselines }: WithBaselines): Entry[] {
  const { fitted, short, best, fromMessage, reasons, weights } = distilled
  const lawEntry = (id: ModelId, law: FittedLaw, reason?: string | null): Entry => {
    const { formula: _, ...facts } = lawFacts(law, neighbours, weights)
    return { stored: { kind: 'formula', fitted: law }, report: { id, ...facts, notes: reason ? [reason] : undefined } }
  }
  const baselineEntry = (model: FittedBaseline): Entry =>
    model.kind === 'formula'
      ? lawEntry(model.id, model.fitted)
      : {
          stored: { kind: 'invariants', fitted: model.fitted },
          report: { id: model.id, ...describeInvariants(model.fitted), warnings: [] }
        }
  return [
    ...baselines.models.map(baselineEntry),
    networkEntry(networks.first),
    ...ensembleEntry(networks),
    lawEntry('message-formula', fromMessage, reasons?.fromMessage),
    ...(short ? [lawEntry('formula-short', short, reasons?.short)] : []),
    lawEntry('formula', fitted, reasons?.fitted),
    ...(best ? [lawEntry('formula-best', best, reasons?.best)] : [])
  ]
}

function networkEntry({ state, parameterCount }: TrainedGnn): Entry {
  const { edgeHidden, messageWidth, nodeHidden, edgeFeatures, nodeFeatures } = state.config
  const text =
    `graph network, edge MLP ${edgeHidden.join('-')}, D = ${messageWidth}, ` +
    `${nodeHidden.length > 0 ? `node MLP ${nodeHidden.join('-')}` : 'linear node function'}, ` +
    `inputs ${[...edgeFeatures, ...nodeFeatures.map((name) => `node ${name}`)].join(', ')}`
  return { stored: { kind: 'gnn', state }, report: { id: 'gnn', parameters: parameterCount, text } }
}

/** Of the networks of all seeds; empty for one. */
function ensembleEntry({ seeds }: Networks): Entry[] {
  if (seeds.length < 2) return []
  const states = seeds.map(({ trained }) => trained.state)
  const parameters = seeds.reduce((sum, { trained }) => sum + trained.parameterCount, 0)
  const text = `mean of ${seeds.length} graph networks, seeds ${seeds[0].seed} to ${seeds.at(-1)!.seed}`
  return [{ stored: { kind: 'gnn-ensemble', states }, report: { id: 'gnn-ensemble', parameters, text } }]
}
