import type { BoxSize } from '../../../src-shared/contract/box.ts'
import type { LawList, LawOrder, ListedLaw, RunConfig, RunSummary } from '../../../src-shared/contract.ts'
import { setNames } from '../../../src-shared/set-codes.ts'
import { badInput } from '../../../src-shared/errors.ts'
import { lawConstants } from '../../law/graph-law.ts'
import type { KeptLaw } from '../../law/search/kept-laws.ts'
import { describeLaw } from '../../law/text/describe-law.ts'
import { lawForm } from '../../law/text/law-form.ts'
import { blocksOf, type LawPattern } from '../../law/text/law-pattern.ts'

/** The laws that a run kept, and what their texts depend on */
export interface SearchedLaws {
  laws: readonly KeptLaw[]
  config: Pick<RunConfig, 'radius'>
  boxSize: BoxSize | null
}

interface LawQuery {
  /** Default: all laws */
  pattern?: LawPattern
  /** Default: all that match */
  top?: number
  /** Default: by validation error, then by the error of the fit */
  order?: LawOrder
}

/** The laws of a run that match a pattern. */
export function queryLaws(
  { laws: all, config: { radius }, boxSize }: SearchedLaws,
  { pattern = () => true, top = Infinity, order }: LawQuery = {}
): LawList {
  const matching = all.filter(pattern)
  const blocks = new Map<string, number>()
  for (const { law } of matching) for (const block of blocksOf(law)) blocks.set(block, (blocks.get(block) ?? 0) + 1)
  const laws = matching
    .sort(
      (a, b) =>
        (order ? compared(a, b, order) : 0) || orLast(a.validationLoss) - orLast(b.validationLoss) || a.loss - b.loss
    )
    .slice(0, top)
    .map((law) => listed(law, radius, boxSize))
  return { laws, matches: matching.length, fitted: all.length, blocks: Object.fromEntries(blocks) }
}

/** The sentence about a run whose laws were not kept. */
export function noKeptLaws({ name, state }: Pick<RunSummary, 'name' | 'state'>): Error {
  return badInput(
    state === 'done'
      ? `${name} has no list of its laws, because an earlier version of Halolaw made it; run it again to keep them.`
      : `${name} has no list of its laws yet; it is kept when the run is finished.`
  )
}

function listed(
  { law, complexity, loss, validationLoss, mae, fit }: KeptLaw,
  radius: number,
  boxSize: BoxSize | null
): ListedLaw {
  const { text, latex } = describeLaw(law, radius, boxSize ?? 0)
  return {
    complexity,
    constants: lawConstants(law),
    loss,
    validationLoss: Number.isNaN(validationLoss) ? null : validationLoss,
    mae: Object.fromEntries(setNames.filter((set) => !Number.isNaN(mae[set])).map((set) => [set, mae[set]])),
    text,
    latex,
    form: lawForm(text, radius),
    fit: fit + 1
  }
}

/** Numbers that laws are sorted by; NaN: not measured */
const valuesOf: Record<LawOrder['by'], (law: KeptLaw) => number> = {
  complexity: ({ complexity }) => complexity,
  constants: ({ law }) => lawConstants(law).length,
  loss: ({ loss }) => loss,
  validation: ({ validationLoss }) => validationLoss,
  train: ({ mae }) => mae.train,
  test: ({ mae }) => mae.test,
  ood: ({ mae }) => mae.ood
}

function compared(a: KeptLaw, b: KeptLaw, { by, direction }: LawOrder): number {
  const [left, right] = [valuesOf[by](a), valuesOf[by](b)]
  if (!Number.isFinite(left) || !Number.isFinite(right)) return orLast(left) - orLast(right)
  return direction === 'descending' ? right - left : left - right
}

/** Finite, so that two laws without an error compare as equal */
const orLast = (error: number): number => (Number.isFinite(error) ? error : Number.MAX_VALUE)
