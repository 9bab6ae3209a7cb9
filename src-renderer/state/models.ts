import { shortComplexity } from '../../src-shared/complexity.ts'
import { setNames } from '../../src-shared/set-codes.ts'
import {
  formulaIds,
  modelIds,
  searchedIds,
  type FormulaId,
  type Interval,
  type LawId,
  type LawReport,
  type ModelId,
  type ModelReport,
  type RunResult,
  type SetName
} from '../../src-shared/contract.ts'
import type { Mark } from '../parts/marks.ts'

/** A model of a run, or a hand-measured law beside them. */
export type MeasuredId = ModelId | LawId
export type MeasuredModel = ModelReport | LawReport
/** A run's result with its hand-measured laws among its models. */
export type Comparison = Omit<RunResult, 'models'> & { models: readonly MeasuredModel[] }

export function isLaw(id: MeasuredId): id is LawId {
  return id.startsWith('law-')
}

export const setLabels: Record<SetName, string> = { train: 'Train', test: 'Test', ood: 'OOD' }
export const setMeanings: Record<SetName, string> = {
  train: 'Halos that the models are fitted to',
  test: 'Halos held out of training and search',
  ood: 'Out of distribution: halos of the OOD mask, never a target in training'
}

const modelLabels: Record<ModelId, string> = {
  constant: 'Constant',
  simple: 'Simple',
  invariants: 'Invariants',
  'without-mass': 'Without mass',
  'with-mass': 'With mass',
  gnn: 'Graph network',
  'gnn-ensemble': 'Network ensemble',
  'message-formula': 'Formula (message)',
  'formula-short': 'Formula (short)',
  formula: 'Formula',
  'formula-best': 'Formula (best)'
}

export function modelLabel(id: MeasuredId): string {
  return isLaw(id) ? `Law ${id.slice('law-'.length)}` : modelLabels[id]
}

/** A model's name within a sentence; a law keeps its number. */
export function modelName(id: MeasuredId): string {
  return id === 'gnn' ? 'network' : modelLabel(id).toLowerCase()
}

const modelMarks: Record<ModelId, Mark> = {
  constant: 'cross',
  simple: 'square',
  invariants: 'triangle',
  'without-mass': 'ring',
  'with-mass': 'diamond',
  gnn: 'circle',
  'gnn-ensemble': 'ring',
  'message-formula': 'hollow-star',
  'formula-short': 'hollow-star',
  formula: 'star',
  'formula-best': 'star'
}

export function modelMark(id: MeasuredId): Mark {
  return isLaw(id) ? 'diamond' : modelMarks[id]
}

const isFormula = (id: MeasuredId): id is FormulaId => formulaIds.some((formula) => formula === id)

export function modelColour(id: MeasuredId): string {
  if (id === 'gnn' || id === 'gnn-ensemble') return 'var(--network)'
  return isFormula(id) || isLaw(id) ? 'var(--formula)' : 'var(--baseline)'
}

/** The laws that a run reports, from the shortest; older runs report `formula` alone. */
export type ReportedId = (typeof searchedIds)[number]
export type ReportedLaw = ModelReport & { id: ReportedId; complexity: number }

export const reportedLabels: Record<ReportedId, string> = {
  'formula-short': 'Short',
  formula: 'Simplest',
  'formula-best': 'Best'
}
export const reportedMeanings: Record<ReportedId, string> = {
  'formula-short': `The best law that is no longer than the one made by hand, complexity ${shortComplexity}`,
  formula: 'The simplest law whose validation error is within a standard error of the smallest one',
  'formula-best': 'The law of least validation error'
}

export function reportedLaws(result: Pick<RunResult, 'models'> | null): ReportedLaw[] {
  const isReported = (model: ModelReport): model is ReportedLaw =>
    model.complexity !== undefined && searchedIds.some((id) => id === model.id)
  return inMethodOrder((result?.models ?? []).filter(isReported))
}

/** The run's models in the order of the method, then laws in the order of their measurement. */
export function inMethodOrder<M extends MeasuredModel>(models: readonly M[]): M[] {
  return models.toSorted((a, b) => placeOf(a.id) - placeOf(b.id))
}

function placeOf(id: MeasuredId): number {
  return isLaw(id) ? modelIds.length : modelIds.indexOf(id)
}

/** The sets that hold halos, in their order. */
export function presentSets(result: Pick<RunResult, 'split'>): SetName[] {
  return setNames.filter((set) => result.split[set] > 0)
}

/** The model with the smallest error on a set; null if none was measured there. */
export function bestModel(models: readonly MeasuredModel[], set: SetName): MeasuredId | null {
  let best: MeasuredModel | null = null
  for (const model of models) {
    const error = model.mae[set]
    if (error !== undefined && Number.isFinite(error) && error < (best?.mae[set] ?? Infinity)) best = model
  }
  return best?.id ?? null
}

/** Does the interval of a difference exclude zero? */
export function excludesZero([low, high]: Interval): boolean {
  return low > 0 || high < 0
}

export type SortOrder = 'ascending' | 'descending'
export type SortKey = 'model' | 'parameters' | 'complexity' | SetName

/** Models sorted by a column; those without a value come last in either direction. */
export function sortModels(models: readonly MeasuredModel[], key: SortKey, order: SortOrder): MeasuredModel[] {
  const value = (model: MeasuredModel): number => {
    if (key === 'model') return placeOf(model.id)
    if (key === 'parameters') return model.parameters
    if (key === 'complexity') return model.complexity ?? NaN
    return model.mae[key] ?? NaN
  }
  return models.toSorted((a, b) => {
    const [left, right] = [value(a), value(b)]
    if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right))
    return order === 'descending' ? right - left : left - right
  })
}
