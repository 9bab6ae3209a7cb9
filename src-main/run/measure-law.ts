import type { LawReport, RunConfig, SearchWeights } from '../../src-shared/contract.ts'
import { loadCatalog } from '../catalog/load.ts'
import { targetColumn, type Column } from '../evaluation/columns.ts'
import { compareModels } from '../evaluation/compare.ts'
import type { FittedLaw } from '../law/graph-law.ts'
import { parseLaw } from '../law/text/parse-law.ts'
import { tidy } from '../law/rewrite/tidy.ts'
import { refitLaw } from '../law/fit/refit.ts'
import { buildNeighbours } from '../graph/neighbours.ts'
import type { WorkOptions } from '../work.ts'
import { lawFacts, withErrors } from './law-report.ts'
import { predictModel } from './predict.ts'
import type { RunSplit } from './run-store.ts'

/** A law to be measured as a run would have measured it. */
export interface LawRequest {
  config: RunConfig
  /** As a person writes it, see parse-formula.ts; its numbers are where the fit starts */
  text: string
  sets: RunSplit
  /** What complexity the run went by; null: the paper's weights */
  weights: SearchWeights | null
  /** What the run's formula predicts for each halo; null while it has none */
  reference: Float32Array | null
}

export interface MeasuredLaw {
  report: Omit<LawReport, 'id'>
  fitted: FittedLaw
  /** One value a halo */
  predictions: Float32Array
}

/**
 * Refits a law on all training halos and measures it on every set, as the run's own formula was (see distil.ts and compare.ts).
 * Targets of test and OOD halos are read by the comparison alone.
 * @throws HalolawError `bad-input` for a text that is no law, for columns that the catalog lacks, and for a law without finite values
 */
export async function measureLaw(request: LawRequest, work: WorkOptions): Promise<MeasuredLaw> {
  const { config, sets, weights, reference } = request
  const { seed, threads, radius } = config
  const { signal, onProgress } = work
  const law = tidy(parseLaw(request.text, radius))
  const part = (from: number, to: number): WorkOptions => ({
    signal,
    seed,
    threads,
    onProgress: ({ fraction, message }) => onProgress?.({ fraction: from + (to - from) * fraction, message })
  })
  const catalog = await loadCatalog(config.catalog, { map: config.map, boxSize: config.boxSize, ...part(0, 0.1) })
  const neighbours = buildNeighbours(catalog, radius)
  const target: Column = targetColumn(catalog, config.target)
  const train = Uint32Array.from([...sets.train, ...sets.validation]).sort()
  const fitted = await refitLaw(law, { catalog, neighbours }, target, train, { ...part(0.1, 0.9), minStarts: 2 })
  const predictions = await predictModel({ kind: 'formula', fitted }, { catalog, neighbours }, part(0.9, 1))

  const compared = compareModels({
    positions: catalog,
    truth: target,
    sets: { ...sets, train },
    predictions: new Map([['law', predictions], ...(reference ? [['formula', reference] as const] : [])]),
    pair: ['law', 'formula'],
    seed
  })
  const facts = lawFacts(fitted, neighbours, weights ?? undefined)
  const report: MeasuredLaw['report'] = {
    ...withErrors(facts, compared.models.get('law')!),
    asked: request.text,
    minusFormula: compared.difference
  }
  return { report, fitted, predictions }
}
