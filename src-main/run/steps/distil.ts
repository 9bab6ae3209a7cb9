import { aggregatesOf, messagesOf, predictGnn } from '../../gnn/index.ts'
import type { FitRecords } from '../../law/fit/fit-journal.ts'
import { readFitRecords } from '../../law/fit/fit-records.ts'
import { distil, type DistilledNetwork } from '../../law/search/distil.ts'
import { describeFront } from '../../law/text/describe-law.ts'
import { logger } from '../../log.ts'
import type { WorkOptions } from '../../work.ts'
import { distilBudget } from '../method/method.ts'
import type { RunStore } from '../state/run-store.ts'
import { regressFor } from './regression.ts'
import type { WithLaws, WithNetworks } from './run-state.ts'
import type { StepWork } from './run-step.ts'

const log = logger('run')

/** Searches for the law that the first network represents. */
export async function distilNetwork(state: WithNetworks, work: StepWork): Promise<WithLaws> {
  const { config, neighbours, learn, template } = state
  const { options, store } = work
  const guide = work.guide()
  const budget = distilBudget[config.preset]
  const saveFront = (front: Parameters<typeof describeFront>[0]): void =>
    store.saveFront('law', describeFront(front, neighbours.radius, neighbours.boxSize))
  const distilled = await distil(
    { ...state, train: learn, network: networkOf(state, options) },
    {
      ...options,
      ...budget,
      template,
      regress: regressFor(budget, store, guide, { ...options, onTrace: work.onTrace }),
      control: guide.law,
      onGuess: guide.onGuess,
      onCheckpoint: (fits) => store.saveCheckpoint('law-search', fits),
      resumeFrom: earlierFits(store),
      onFront: saveFront,
      onTrace: work.onTrace,
      onStage: (stage) => work.onSearch(stage === 'refit' ? null : stage)
    }
  )
  saveFront(distilled.front)
  return { ...state, distilled }
}

/** The fits of the run before its interruption; undefined where there are none, or they are damaged. */
function earlierFits(store: RunStore): FitRecords | undefined {
  const stored = store.loadCheckpoint<FitRecords>('law-search')
  try {
    return stored ? readFitRecords(stored) : undefined
  } catch (cause) {
    log.warn('The fits of the search on the graph are not readable; it starts again.', cause)
    return undefined
  }
}

/** The parts of the first network that distilling reads. */
function networkOf(run: WithNetworks, options: WorkOptions): DistilledNetwork {
  const { state, messageStd, messageKl } = run.networks.first
  const quiet = { ...options, onProgress: undefined }
  return {
    width: state.config.messageWidth,
    relevance: messageKl ?? messageStd,
    messages: (pairs) => messagesOf(state, run, pairs, quiet),
    sums: (receivers) => aggregatesOf(state, run, receivers, quiet),
    predict: (receivers) => predictGnn(state, run, receivers, quiet)
  }
}
