import { HalolawError } from '../../src-shared/errors.ts'
import type { DistilOptions, RegressionTask } from '../law/search/distil.ts'
import {
  entryOf,
  readCheckpoint,
  searchSymbolic,
  type FrontMember,
  type Operator,
  type SearchCheckpoint
} from '../symbolic/index.ts'
import type { Progress, WorkOptions } from '../work.ts'
import type { DistilBudget } from './presets.ts'
import type { RunGuide } from './run-guide.ts'
import type { RunStore } from './run-store.ts'

/** The paper's operators (arXiv 2006.11287, section 4.3), without > and if, which refits cannot differentiate. */
const operators: readonly Operator[] = ['+', '-', '*', '/', '^', 'exp', 'log']
/** Of one part; message and node together are held to the budget's own limit. */
const maxComplexity = 16
/** The front's most telling members go on to the graph. */
const taken = { message: 6, node: 4 } as const

/**
 * Symbolic regression as distilling asks for it: least absolute error. The store keeps the front while it grows, where the
 * search stands every few seconds, and its end.
 */
export function regressFor(
  budget: DistilBudget,
  store: RunStore,
  guide: RunGuide,
  work: WorkOptions
): DistilOptions['regress'] {
  const search = async (
    { which, variables, target }: RegressionTask,
    onProgress: (progress: Progress) => void
  ): Promise<FrontMember[]> => {
    const kept = store.loadCheckpoint<{ front: FrontMember[] }>(`${which}-front`)
    if (kept) return kept.front
    const from = (resume: SearchCheckpoint | undefined): ReturnType<typeof searchSymbolic> =>
      searchSymbolic(
        { variables, target },
        { operators, loss: { kind: 'mae' }, maxComplexity, rounds: budget.rounds[which] },
        {
          ...work,
          control: guide[which],
          resume,
          onCheckpoint: (checkpoint) => store.saveCheckpoint(`${which}-search`, checkpoint),
          onProgress: ({ fraction }) => onProgress({ fraction, message: `Symbolic regression of the ${which}` }),
          onFront: (members) => store.saveFront(which, members.map(entryOf))
        }
      )
    const { front } = await from(checkpointOf(store, which)).catch((cause: unknown) => {
      // Kept by another version or another kind of machine: the search begins anew.
      if (cause instanceof HalolawError && cause.code === 'bad-input') return from(undefined)
      throw cause
    })
    store.saveFront(which, front.map(entryOf))
    store.saveCheckpoint(`${which}-front`, { front })
    return front
  }
  return async (problem, onProgress) => {
    const front = await search(problem, onProgress)
    return [...front]
      .sort((a, b) => b.score - a.score)
      .slice(0, taken[problem.which])
      .concat(front.slice(-2))
      .filter((member, k, all) => all.indexOf(member) === k)
      .map(({ expression }) => expression)
  }
}

function checkpointOf(store: RunStore, which: RegressionTask['which']): SearchCheckpoint | undefined {
  const kept = store.loadCheckpoint<SearchCheckpoint>(`${which}-search`)
  try {
    return kept ? readCheckpoint(kept) : undefined
  } catch {
    return undefined
  }
}
