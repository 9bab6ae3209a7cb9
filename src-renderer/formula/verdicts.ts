import type { LawReport } from '../../src-shared/contract.ts'
import { decimalsFor, fixed, signed } from '../parts/numbers.ts'
import { excludesZero, setLabels } from '../state/models.ts'

/**
 * How a law stands beside its run's formula on the sets that neither was fitted to: paired differences of their errors, each with
 * half its 95 % interval and a word.
 */
export function verdictsOf(law: Pick<LawReport, 'minusFormula'> | undefined): string[] {
  return (['test', 'ood'] as const).flatMap((set) => {
    const paired = law?.minusFormula?.[set]
    if (!paired) return []
    const half = (paired.ci95[1] - paired.ci95[0]) / 2
    const decimals = decimalsFor(half)
    const word = !excludesZero(paired.ci95) ? 'no difference' : paired.difference > 0 ? 'worse' : 'better'
    return [`${setLabels[set]} ${signed(paired.difference, decimals)} ± ${fixed(half, decimals)}, ${word}`]
  })
}
