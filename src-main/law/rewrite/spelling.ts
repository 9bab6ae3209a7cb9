import type { Expression } from '../../symbolic/index.ts'
import type { GraphLaw } from '../graph-law.ts'

/**
 * One text for all spellings of a law that differ by the order of terms and factors or by the names and values of constants, so that
 * a search does not fit them twice. It is quicker and less strict than the canonical form (form.ts), which also expands.
 */
export function spellingOf({ node, messages }: GraphLaw): string {
  return [node, ...messages].map(spelled).join(' | ')
}

function spelled(e: Expression): string {
  if (e.kind === 'constant') return e.name === undefined ? `${e.value}` : 'C'
  if (e.kind === 'variable') return e.name
  const group = groupOf(e)
  if (!group) return `${e.op}(${e.args.map(spelled).join(', ')})`
  const parts = partsOf(e, group)
  return `${group.forward}(${parts.sort().join(' ')})`
}

interface Group {
  forward: '+' | '*'
  backward: '-' | '/'
}

const groups: readonly Group[] = [
  { forward: '+', backward: '-' },
  { forward: '*', backward: '/' }
]

function groupOf(e: Expression): Group | undefined {
  return e.kind === 'call' ? groups.find(({ forward, backward }) => e.op === forward || e.op === backward) : undefined
}

/** Terms of a sum, or factors of a product, each with its sign. */
function partsOf(e: Expression, group: Group, isInverse = false): string[] {
  if (e.kind !== 'call' || groupOf(e) !== group) return [`${isInverse ? group.backward : group.forward}${spelled(e)}`]
  const [left, right] = e.args
  return [
    ...partsOf(left, group, isInverse),
    ...partsOf(right, group, e.op === group.backward ? !isInverse : isInverse)
  ]
}
