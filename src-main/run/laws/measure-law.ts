import { statSync } from 'node:fs'
import type { LawReport, RunConfig, SearchWeights } from '../../../src-shared/contract.ts'
import { loadCatalog } from '../../catalog/load.ts'
import { compareModels } from '../../evaluation/compare.ts'
import { refitLaw } from '../../law/fit/refit.ts'
import type { FittedLaw } from '../../law/graph-law.ts'
import { tidy } from '../../law/rewrite/tidy.ts'
import { parseLaw } from '../../law/text/parse-law.ts'
import { progressSlice } from '../../work.ts'
import type { WorkOptions } from '../../work.ts'
import { lawFacts, withErrors } from './law-report.ts'
import { loadGround, type RunGround } from './ground.ts'
import { predictModel } from './predict.ts'
import type { RunSplit } from '../state/run-store.ts'

/** A law to measure in the same way as its run's own laws. */
export interface LawRequest {
  config: RunConfig
  /** As a person writes it, see parse-law.ts; the fit starts from its numbers */
  text: string
  sets: RunSplit
  /** Complexity weights of the run; null: the paper's */
  weights: SearchWeights | null
  /** The run's own law, one value per halo; null while it has none */
  reference: Float32Array | null
}

export interface MeasuredLaw {
  report: Omit<LawReport, 'id'>
  fitted: FittedLaw
  /** One value per halo */
  predictions: Float32Array
}

/** Measures laws, one at a time. The catalog and its graph stay in memory for the next law of the same run. */
export class LawMeasurer {
  private readonly load: typeof loadCatalog
  private loaded: { key: string; ground: RunGround } | null = null

  constructor(load = loadCatalog) {
    this.load = load
  }

  /**
   * Refits a law on all training halos and measures it on every set, as a run does with its own laws. Only the comparison
   * reads targets of test and OOD halos.
   * @throws HalolawError `bad-input` for a text that is no law, for columns that the catalog lacks, for a law without finite values
   */
  async measure(request: LawRequest, { signal, onProgress }: WorkOptions): Promise<MeasuredLaw> {
    const { config, sets, weights, reference } = request
    const { seed, threads, radius } = config
    const law = tidy(parseLaw(request.text, radius))
    const part = (from: number, to: number): WorkOptions => ({
      signal,
      seed,
      threads,
      onProgress: progressSlice(onProgress, from, to)
    })
    const ground = await this.ground(config, part(0, 0.1))
    const train = Uint32Array.from([...sets.train, ...sets.validation]).sort()
    const fitted = await refitLaw(law, ground, ground.target, train, { ...part(0.1, 0.9), minStarts: 2 })
    const predictions = await predictModel({ kind: 'formula', fitted }, ground, part(0.9, 1))
    const compared = compareModels({
      positions: ground.catalog,
      truth: ground.target,
      sets: { ...sets, train },
      predictions: new Map([['law', predictions], ...(reference ? [['formula', reference] as const] : [])]),
      pair: ['law', 'formula'],
      seed
    })
    const report: MeasuredLaw['report'] = {
      ...withErrors(lawFacts(fitted, ground.neighbours, weights ?? undefined), compared.models.get('law')!),
      asked: request.text,
      minusFormula: compared.difference
    }
    return { report, fitted, predictions }
  }

  private async ground(config: RunConfig, work: WorkOptions): Promise<RunGround> {
    const { catalog: path, map, boxSize, radius, target } = config
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs
    const key = JSON.stringify([path, changed, map, boxSize, radius, target])
    if (this.loaded?.key !== key) {
      this.loaded = null
      this.loaded = { key, ground: await loadGround(config, work, this.load) }
    }
    return this.loaded.ground
  }
}
