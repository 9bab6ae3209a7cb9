import type { BoxSize } from '../../../src-shared/contract/box.ts'
import type { PerSet, RunConfig } from '../../../src-shared/contract.ts'
import { setNames } from '../../../src-shared/set-codes.ts'
import { lawConstants } from '../../law/graph-law.ts'
import { readKeptLaws, type KeptLaw, type KeptLaws } from '../../law/search/kept-laws.ts'
import { describeLaw } from '../../law/text/describe-law.ts'
import { lawForm } from '../../law/text/law-form.ts'
import { blocksOf, type LawPattern } from '../../law/text/law-pattern.ts'

/** A kept law as lists show it */
export interface ListedLaw {
  complexity: number
  constants: { name: string; value: number }[]
  /** Mean absolute error on the halos of its fit */
  loss: number
  /** Null: not judged on the validation halos */
  validationLoss: number | null
  /** Mean absolute error by set; empty where it was not measured */
  mae: PerSet<number>
  text: string
  /** Canonical form, without the values of constants; null where there is none */
  form: string | null
  /** Number of its fit in the search, from 1 */
  fit: number
}

export interface LawList {
  laws: ListedLaw[]
  /** Laws that match, and laws that were fitted */
  matches: number
  fitted: number
  /** How many of the matching laws have each variable, and each function of variables */
  blocks: Record<string, number>
}

/** The laws of a run that match a pattern, sorted by validation error, then by the error of their fit. */
export function queryLaws(
  { kept, config: { radius }, boxSize }: { kept: KeptLaws; config: Pick<RunConfig, 'radius'>; boxSize: BoxSize | null },
  { pattern = () => true, top = Infinity }: { pattern?: LawPattern; top?: number } = {}
): LawList {
  const matching: KeptLaw[] = []
  const blocks = new Map<string, number>()
  for (const law of readKeptLaws(kept)) {
    if (!pattern(law)) continue
    matching.push(law)
    for (const block of blocksOf(law.law)) blocks.set(block, (blocks.get(block) ?? 0) + 1)
  }
  const laws = matching
    .sort((a, b) => orLast(a.validationLoss) - orLast(b.validationLoss) || a.loss - b.loss)
    .slice(0, top)
    .map(({ law, complexity, loss, validationLoss, mae, fit }): ListedLaw => {
      const { text } = describeLaw(law, radius, boxSize ?? 0)
      return {
        complexity,
        constants: lawConstants(law),
        loss,
        validationLoss: Number.isNaN(validationLoss) ? null : validationLoss,
        mae: Object.fromEntries(setNames.filter((set) => !Number.isNaN(mae[set])).map((set) => [set, mae[set]])),
        text,
        form: lawForm(text, radius),
        fit: fit + 1
      }
    })
  return { laws, matches: matching.length, fitted: kept.shapes.length, blocks: Object.fromEntries(blocks) }
}

/** Finite, so that two laws without a validation error compare as equal */
const orLast = (error: number): number => (Number.isFinite(error) ? error : Number.MAX_VALUE)
