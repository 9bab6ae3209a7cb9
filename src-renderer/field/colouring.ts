import { parseRunColumn, predictionColumn, residualColumn, setColumn } from '../../src-shared/column-names.ts'
import type { RunSummary } from '../../src-shared/contract.ts'
import { divergingScale, normalise, sequentialScale, setScale } from '../parts/colour-scale.ts'
import type { ColourScale, ValueList } from '../parts/colour-scale.ts'
import { modelName } from '../state/models.ts'
import { draftSets } from '../state/view.svelte.ts'
import type { Workbench } from '../state/workbench.svelte.ts'

export interface Colouring {
  title: string
  unit: string | null
  values: ValueList
  scale: ColourScale
  /** Places along the scale, 0..1; -1 where there is no value */
  places: Float32Array<ArrayBuffer>
}

interface ColourGroup {
  group: string
  choices: { key: string; label: string; disabled?: boolean }[]
}

/** What the halos can be coloured by, in the groups of the menu. */
export function colourChoices({ project, runs }: Pick<Workbench, 'project' | 'runs'>): ColourGroup[] {
  const columns = (project.catalog?.columns ?? []).map(({ name }) => ({ key: name, label: name }))
  const elsewhere = runs.selected && project.whyNotShown(runs.selected)
  const run = elsewhere === null ? runs.selected : null
  const models = runs.comparison?.models.map(({ id }) => id) ?? []
  const choicesOf = (columnOf: typeof residualColumn, what: string) =>
    run ? models.map((id) => ({ key: columnOf(run.id, id), label: `${what} of ${modelName(id)}` })) : []
  const predictions = choicesOf(predictionColumn, 'Prediction')
  if (run?.result?.seeds)
    predictions.push({ key: predictionColumn(run.id, 'gnn-ensemble_spread'), label: 'Spread of the ensemble' })
  const sets = [{ key: draftSets, label: 'Sets of the next run' }]
  if (run?.result) sets.push({ key: setColumn(run.id), label: `Sets of ${run.name}` })
  return [
    { group: 'Columns', choices: columns },
    { group: 'Sets', choices: sets },
    { group: 'Residuals (predicted minus true)', choices: choicesOf(residualColumn, 'Residual') },
    { group: 'Predictions', choices: predictions },
    // Why the selected run offers nothing here.
    { group: 'Run', choices: elsewhere ? [{ key: 'elsewhere', label: elsewhere, disabled: true }] : [] }
  ].filter(({ choices }) => choices.length > 0)
}

/** Columns that a colouring needs. Residuals of network and formula are read together, because they share one range. */
export function columnsFor(runs: readonly RunSummary[], key: string): string[] {
  if (key === draftSets) return []
  const column = parseRunColumn(key)
  if (column?.kind !== 'residual') return [key]
  const shared = (runs.find(({ id }) => id === column.run)?.result?.models ?? [])
    .filter(({ id }) => id === 'gnn' || id === 'formula')
    .map(({ id }) => residualColumn(column.run, id))
  return [...new Set([key, ...shared])]
}

/** The colours of the halos by what `key` names; null until its values are there. */
export function colouring(workbench: Pick<Workbench, 'project' | 'runs' | 'draft'>, key: string): Colouring | null {
  const { project, runs, draft } = workbench
  const needed = columnsFor(runs.list, key).map((name) => project.columns.get(name))
  const values = key === draftSets ? draft.checks.split.codes : project.columns.get(key)
  if (!values || needed.some((column) => !column)) return null
  const column = parseRunColumn(key)
  const run = column && runs.list.find(({ id }) => id === column.run)
  if (column && (!run || project.whyNotShown(run) !== null)) return null
  const choice = colourChoices(workbench)
    .flatMap(({ choices }) => choices)
    .find((one) => one.key === key)
  // Another run may be selected than the one whose values are shown.
  const title =
    choice?.label ??
    (column && run ? `${column.kind} of ${column.kind === 'set' ? '' : `${column.model}, `}${run.name}` : key)
  const kind = key === draftSets ? 'set' : column?.kind
  const scale =
    kind === 'set'
      ? setScale
      : kind === 'residual'
        ? divergingScale(needed.filter((column) => column !== undefined))
        : sequentialScale(values)
  const unit = project.catalog?.columns.find(({ name }) => name === key)?.unit ?? null
  return { title, unit, values, scale, places: normalise(values, scale) }
}
