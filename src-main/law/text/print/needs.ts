import { variablesOf } from '../../../symbolic/index.ts'
import type { GraphLaw } from '../../graph-law.ts'

/** What a program has to compute for a law. */
export interface Needs {
  /** Places of the messages whose sums the node uses */
  summed: readonly number[]
  /** Variables of these messages */
  pair: ReadonlySet<string>
  /** Whether messages or node use a variable */
  either: (name: string) => boolean
  mass: boolean
  velocity: boolean
}

export function needsOf({ messages, node }: GraphLaw): Needs {
  const ofNode = new Set(variablesOf(node))
  const summed = messages.flatMap((_, k) => (ofNode.has(`e${k + 1}`) ? [k] : []))
  const pair = new Set(summed.flatMap((k) => variablesOf(messages[k])))
  const either = (name: string): boolean => pair.has(name) || ofNode.has(name)
  return {
    summed,
    pair,
    either,
    mass: either('M_i') || either('M_j'),
    velocity: [...pair, ...ofNode].some((name) => /^(v_|cos_)/.test(name))
  }
}
