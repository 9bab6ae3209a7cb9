import type { RunResult } from '../../src-shared/contract.ts'
import { describeLaw } from '../law/text/describe-law.ts'
import { runSteps } from './steps/run-step.ts'
import type { Compared } from './steps/run-state.ts'
import type { RunPipeline } from './state/run-types.ts'
import { fitHandMadeLaws } from './steps/baselines.ts'
import { compareAll } from './steps/compare.ts'
import { distilNetwork } from './steps/distil.ts'
import { load } from './steps/load.ts'
import { findNeighbours } from './steps/neighbours.ts'
import { split } from './steps/split.ts'
import { train } from './steps/train.ts'

/**
 * The method from a catalog to a law. Each verb reads the state of the verbs before it. Its result is stored before the
 * next verb begins, so that a resumed run can load it. Only the comparison reads targets of test and OOD halos.
 */
export const runPipeline: RunPipeline = async (config, store, work = {}) => {
  const { runStep, timings } = runSteps(config, store, work)
  const loaded = await runStep('load', load, { config })
  // Precedes the graph, because it refuses masks and targets that cannot be used for training.
  const divided = await runStep('split', split, loaded)
  const linked = await runStep('neighbours', findNeighbours, divided)
  const trained = await runStep('train', train, linked)
  const distilled = await runStep('distil', distilNetwork, trained)
  const fitted = await runStep('baselines', fitHandMadeLaws, distilled)
  const compared = await runStep('compare', compareAll, fitted)
  const result = resultOf(compared, timings())
  store.saveResult(result)
  work.onProgress?.({ step: 'compare', fraction: 1, message: 'Done' })
  return result
}

function resultOf(state: Compared, timings: RunResult['timings']): RunResult {
  const { config, catalog, neighbours, edges, split, networks, distilled, comparison, warnings } = state
  const { first } = networks
  return {
    catalog: { path: catalog.path, halos: catalog.halos, boxSize: catalog.boxSize, edges },
    split: { train: split.train.length, test: split.test.length, ood: split.ood.length },
    engine: first.engine,
    engineNotes: first.notices,
    ...comparison,
    messages: { std: first.messageStd, kl: first.messageKl },
    formula: describeLaw(distilled.fitted.formula, neighbours.radius, neighbours.boxSize),
    timings,
    peakRssMB: Math.round(process.resourceUsage().maxRSS / 1024),
    seed: config.seed,
    warnings
  }
}
