import type { DistilOptions, FitProblem } from '../formula/distil.ts'
import { entryOf, searchSymbolic, type FrontMember, type Operator } from '../symbolic/index.ts'
import type { Progress, WorkOptions } from '../work.ts'
import type { DistilBudget } from './presets.ts'
import type { RunStore } from './run-types.ts'

/** The paper's operators (arXiv 2006.11287, section 4.3), without > and if, which refits cannot differentiate. */
const operators: readonly Operator[] = ['+', '-', '*', '/', '^', 'exp', 'log']
/** Of one part; message and node together are held to the budget's own limit. */
const maxComplexity = 16
/** The front's most telling members go on to the graph. */
const taken = { message: 6, node: 4 } as const

/** Symbolic regression as distilling asks for it: least absolute error; the store keeps the front while it grows, and its end. */
export function regressFor(budget: DistilBudget, store: RunStore, work: WorkOptions): DistilOptions['regress'] {
  const search = async (
    { which, variables, target }: FitProblem,
    onProgress: (progress: Progress) => void
  ): Promise<FrontMember[]> => {
    const kept = store.loadCheckpoint<{ front: FrontMember[] }>(`${which}-front`)
    if (kept) return kept.front
    const { front } = await searchSymbolic(
      { variables, target },
      { operators, loss: { kind: 'mae' }, maxComplexity, rounds: budget.rounds[which] },
      {
        ...work,
        onProgress: ({ fraction }) => onProgress({ fraction, message: `Symbolic regression of the ${which}` }),
        onFront: (members) => store.saveFront(which, members.map(entryOf))
      }
    )
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
