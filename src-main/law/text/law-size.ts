import { badInput } from '../../../src-shared/errors.ts'
import { sizeOf } from '../../symbolic/index.ts'
import type { GraphLaw } from '../graph-law.ts'

/** Laws of a search have some 40 nodes. Rewriting takes time that grows faster than the size, so larger ones are refused first. */
const mostNodes = 200

/** @throws HalolawError `bad-input` for a law that is too large to be rewritten and fitted */
export function checkLawSize({ messages, node }: GraphLaw): void {
  const parts = [node, ...messages]
  const nodes = parts.reduce((sum, part) => sum + sizeOf(part), 0)
  if (nodes > mostNodes)
    throw badInput(
      `The law has ${nodes} operators, variables and constants, and at most ${mostNodes} are accepted; shorten it.`
    )
}
