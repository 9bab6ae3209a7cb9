import type { RunConfig, SearchWeights } from '../../../src-shared/contract.ts'
import { usualComplexity } from '../../../src-shared/complexity.ts'
import { badInput } from '../../../src-shared/errors.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { describeLaw } from '../../law/text/describe-law.ts'
import { lawComplexity } from '../../law/graph-law.ts'
import { detour } from '../../law/search/graph-search.ts'
import { checkLawSize } from '../../law/text/law-size.ts'
import { parseLaw } from '../../law/text/parse-law.ts'
import { tidy } from '../../law/rewrite/tidy.ts'
import { variablesOf } from '../../symbolic/index.ts'

/**
 * Checks a person's guess for a run's searches, and returns it in the form that they read.
 * @param catalog of the run; null if it is not open: then the search finds missing columns
 * @throws HalolawError `bad-input` naming the mistake and its place
 */
export function checkGuess(
  text: string,
  { radius, maxComplexity: most = usualComplexity }: Pick<RunConfig, 'radius' | 'maxComplexity'>,
  weights: SearchWeights | null,
  catalog: Pick<Catalog, 'mass' | 'velocity'> | null
): { text: string; latex: string; complexity: number } {
  const parsed = parseLaw(text, radius)
  checkLawSize(parsed)
  const law = tidy(parsed)
  const names = [law.node, ...law.messages].flatMap(variablesOf)
  const massive = names.find((name) => name.startsWith('M_'))
  if (massive && catalog && !catalog.mass)
    throw badInput(`The guess uses ${massive}, and the catalog has no masses; leave it out.`)
  const moving = names.find((name) => /^(v_|cos_)/.test(name))
  if (moving && catalog && !catalog.velocity)
    throw badInput(`The guess uses ${moving}, and the catalog has no velocities; leave it out.`)
  const complexity = lawComplexity(law, weights ?? undefined)
  if (complexity > most + detour)
    throw badInput(
      `The guess has complexity ${complexity}; laws up to ${most} are looked for, and guesses up to ${most + detour} are accepted to be shortened; shorten the guess.`
    )
  const described = describeLaw(law, radius, 0)
  return { text: described.text, latex: described.latex, complexity }
}
