import { aggregatesOf, messagesOf, predictGnn } from '../../gnn/index.ts'
import { distil, type Distilled, type DistilledNetwork } from '../../law/search/distil.ts'
import { describeFront } from '../../law/text/describe-law.ts'
import type { WorkOptions } from '../../work.ts'
import { shortComplexity, usualComplexity } from '../../../src-shared/complexity.ts'
import { distilBudget } from '../method/method.ts'
import { oncePerRun } from '../state/once.ts'
import { regressFor } from './regression.ts'
import type { WithLaws, WithNetworks } from './run-state.ts'
import type { StepWork } from './run-step.ts'

/** Searches for the law that the first network represents. */
export async function distilNetwork(state: WithNetworks, work: StepWork): Promise<WithLaws> {
  const distilled = await oncePerRun(work.store, 'distilled', () => searchLaw(state, work))
  return { ...state, distilled }
}

async function searchLaw(state: WithNetworks, work: StepWork): Promise<Distilled> {
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
      maxComplexity: config.maxComplexity ?? usualComplexity,
      shortComplexity,
      template,
      regress: regressFor(budget, store, guide, { ...options, onTrace: work.onTrace }),
      control: guide.law,
      onGuess: guide.onGuess,
      onCheckpoint: (fits) => store.saveCheckpoint('law-search', fits),
      resumeFrom: store.loadCheckpoint('law-search') ?? undefined,
      onFront: saveFront,
      onTrace: work.onTrace,
      onStage: (stage) => work.onSearch(stage === 'refit' ? null : stage)
    }
  )
  saveFront(distilled.front)
  return distilled
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
