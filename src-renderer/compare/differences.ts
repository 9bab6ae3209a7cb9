import type { PairedDifference, PerSet, SetName } from '../../src-shared/contract.ts'
import { decimalsFor, fixed, signed } from '../parts/numbers.ts'
import type { Cell } from '../state/error-cell.ts'
import { excludesZero, modelLabel, type Comparison } from '../state/models.ts'

/** Two models compared on the same halos: the first's error minus the second's */
export interface DifferenceRow {
  name: string
  values: PerSet<PairedDifference>
  /** Verdicts where the first has the smaller error, and where the second has */
  verdicts: readonly [first: string, second: string]
}

/** Network minus formula, then each hand-measured law minus formula, if they were measured. */
export function differenceRows({ gnnMinusFormula, models }: Comparison): DifferenceRow[] {
  const laws = models.flatMap((model): DifferenceRow[] => {
    if (!('minusFormula' in model) || !model.minusFormula) return []
    const law = modelLabel(model.id)
    return [
      {
        name: `${law} − formula`,
        values: model.minusFormula,
        verdicts: [`${law.toLowerCase()} better`, 'formula better']
      }
    ]
  })
  if (!gnnMinusFormula) return laws
  const verdicts = ['network better', 'formula better'] as const
  return [{ name: 'Network − formula', values: gnnMinusFormula, verdicts }, ...laws]
}

export function differenceCell({ values, verdicts }: DifferenceRow, set: SetName): (Cell & { verdict: string }) | null {
  const paired = values[set]
  if (!paired) return null
  const [low, high] = paired.ci95
  const decimals = decimalsFor((high - low) / 2)
  const [first, second] = verdicts
  return {
    value: signed(paired.difference, decimals),
    half: `± ${fixed((high - low) / 2, decimals)}`,
    interval: `${signed(low, decimals)} to ${signed(high, decimals)}`,
    verdict: !excludesZero(paired.ci95) ? 'no difference' : paired.difference > 0 ? second : first
  }
}
