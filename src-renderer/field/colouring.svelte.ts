import { parseRunColumn, predictionColumn, residualColumn, setColumn } from '../../src-shared/column-names.ts'
import { workbench } from '../state/store.svelte.ts'
import { modelLabel, type MeasuredId } from '../state/models.ts'
import { maskChecks } from '../state/mask-checks.svelte.ts'
import { divergingScale, normalise, sequentialScale, setScale } from '../parts/colour-scale.ts'
import type { ColourScale, Values } from '../parts/colour-scale.ts'

export interface Colouring {
  title: string
  unit: string | null
  values: Values
  scale: ColourScale
  /** Places along the scale, 0..1; -1 where there is no value */
  places: Float32Array<ArrayBuffer>
}

/** As in the middle of a sentence; a law keeps its number. */
export function modelName(id: MeasuredId): string {
  if (id === 'gnn') return 'network'
  return modelLabel(id).toLowerCase()
}

/** What the halos may be coloured by, in groups for a menu. */
export function colourChoices(): { group: string; choices: { key: string; label: string }[] }[] {
  const columns = (workbench.catalog?.columns ?? []).map(({ name }) => ({ key: name, label: name }))
  const run = workbench.selectedRun
  const models = workbench.comparison?.models.map(({ id }) => id) ?? []
  const choicesOf = (columnOf: typeof residualColumn, what: string) =>
    run ? models.map((id) => ({ key: columnOf(run.id, id), label: `${what} of ${modelName(id)}` })) : []
  const residuals = choicesOf(residualColumn, 'Residual')
  const predictions = choicesOf(predictionColumn, 'Prediction')
  if (run?.result?.seeds)
    predictions.push({ key: predictionColumn(run.id, 'gnn-ensemble_spread'), label: 'Spread of the ensemble' })
  const sets = [{ key: '@sets', label: 'Sets of the next run' }]
  if (run?.result) sets.push({ key: setColumn(run.id), label: `Sets of ${run.name}` })
  return [
    { group: 'Columns', choices: columns },
    { group: 'Sets', choices: sets },
    { group: 'Residuals (predicted minus true)', choices: residuals },
    { group: 'Predictions', choices: predictions }
  ].filter(({ choices }) => choices.length > 0)
}

/** Columns that a colouring needs: residuals of network and formula come together, for they share one range. */
export function columnsFor(key: string): string[] {
  if (key === '@sets') return []
  const column = parseRunColumn(key)
  if (column?.kind !== 'residual') return [key]
  const shared = (workbench.runs.find(({ id }) => id === column.run)?.result?.models ?? [])
    .filter(({ id }) => id === 'gnn' || id === 'formula')
    .map(({ id }) => residualColumn(column.run, id))
  return [...new Set([key, ...shared])]
}

/** The halos' colours as chosen; null while the values are on their way. */
export function colouring(key: string): Colouring | null {
  if (key === '@sets') {
    const values = maskChecks.sets
    return (
      values && {
        title: 'Sets of the next run',
        unit: null,
        values,
        scale: setScale,
        places: normalise(values, setScale)
      }
    )
  }
  const needed = columnsFor(key).map((name) => workbench.columns.get(name))
  const values = workbench.columns.get(key)
  if (!values || needed.some((column) => !column)) return null
  const kind = parseRunColumn(key)?.kind
  const title = colourChoices()
    .flatMap(({ choices }) => choices)
    .find((choice) => choice.key === key)?.label
  const scale =
    kind === 'set'
      ? setScale
      : kind === 'residual'
        ? divergingScale(needed.filter((column) => column !== undefined))
        : sequentialScale(values)
  const unit = workbench.catalog?.columns.find(({ name }) => name === key)?.unit ?? null
  return { title: title ?? key, unit, values, scale, places: normalise(values, scale) }
}
