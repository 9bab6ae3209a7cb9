import { HalolawError } from '../../../src-shared/errors.ts'
import type { DistilOptions, RegressionTask } from '../../law/search/distil.ts'
import {
  entryOf,
  searchSymbolic,
  type Expression,
  type FrontMember,
  type SearchCheckpoint,
  type TraceSink
} from '../../symbolic/index.ts'
import { logger } from '../../log.ts'
import type { Progress, WorkOptions } from '../../work.ts'
import { formulasToGraph, partComplexity, regressionOperators, type DistilBudget } from '../method/method.ts'
import { oncePerRun } from '../state/once.ts'
import type { RunGuide } from '../state/run-guide.ts'
import type { RunStore } from '../state/run-store.ts'

const log = logger('run')

/**
 * The symbolic regression that distilling uses: least absolute error. Stores the front as it grows, the state of the
 * search every few seconds, and the finished front.
 */
export function regressFor(
  budget: DistilBudget,
  store: RunStore,
  guide: RunGuide,
  work: WorkOptions & { onTrace?: TraceSink }
): DistilOptions['regress'] {
  return async (task, onProgress) => {
    const { which } = task
    const { front } = await oncePerRun(store, `${which}-front`, async () => {
      const front = await search(task, onProgress)
      store.saveFront(which, front.map(entryOf))
      return { front }
    })
    return toGraph(front, which)
  }

  async function search(
    { which, variables, target }: RegressionTask,
    onProgress: (progress: Progress) => void
  ): Promise<FrontMember[]> {
    const from = (resume: SearchCheckpoint | undefined): ReturnType<typeof searchSymbolic> =>
      searchSymbolic(
        { variables, target },
        {
          operators: regressionOperators,
          loss: { kind: 'mae' },
          maxComplexity: partComplexity,
          rounds: budget.rounds[which]
        },
        {
          ...work,
          control: guide[which],
          resume,
          onCheckpoint: (checkpoint) => store.saveCheckpoint(`${which}-search`, checkpoint),
          onProgress: ({ fraction }) => onProgress({ fraction, message: `Symbolic regression of the ${which}` }),
          onFront: (members) => store.saveFront(which, members.map(entryOf))
        }
      )
    const { front } = await from(store.loadCheckpoint(`${which}-search`) ?? undefined).catch((cause: unknown) => {
      if (!(cause instanceof HalolawError) || cause.code !== 'bad-input') throw cause
      log.warn(`The ${which} search cannot go on from its checkpoint; it starts again.`, cause)
      return from(undefined)
    })
    return front
  }
}

/** The members of a front that go on to the graph. */
function toGraph(front: readonly FrontMember[], which: RegressionTask['which']): Expression[] {
  const { byScore, mostAccurate } = formulasToGraph
  return [...front]
    .sort((a, b) => b.score - a.score)
    .slice(0, byScore[which])
    .concat(front.slice(-mostAccurate))
    .filter((member, k, all) => all.indexOf(member) === k)
    .map(({ expression }) => expression)
}
