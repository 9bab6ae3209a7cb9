import type { PredictionId } from './contract/models.ts'

/** A column that a run adds to the columns of its catalog. */
export type RunColumn = { kind: 'set'; run: string } | { kind: 'prediction' | 'residual'; run: string; model: string }

/** The names of a run's columns, for sentences. */
export const runColumnGrammar = '@set:run, @pred:run:model and @residual:run:model'

/** The set that each halo belongs to, as a code of set-codes.ts. */
export function setColumn(run: string): string {
  return `@set:${run}`
}

/** What a model predicts for each halo. */
export function predictionColumn(run: string, model: PredictionId): string {
  return `@pred:${run}:${model}`
}

/** Predicted minus true. */
export function residualColumn(run: string, model: PredictionId): string {
  return `@residual:${run}:${model}`
}

/** The run's column that a name stands for; null for every other name. The model's name is not checked. */
export function parseRunColumn(name: string): RunColumn | null {
  const [prefix, run, model, ...rest] = name.split(':')
  if (!run || rest.length > 0) return null
  if (prefix === '@set') return model === undefined ? { kind: 'set', run } : null
  if (!model) return null
  if (prefix === '@pred') return { kind: 'prediction', run, model }
  return prefix === '@residual' ? { kind: 'residual', run, model } : null
}

/** Whether a name is reserved for columns of runs. */
export function isReservedName(name: string): boolean {
  return name.startsWith('@')
}
