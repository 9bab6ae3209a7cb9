import type { SplitPreview } from '../../src-shared/contract.ts'
import { formatCount } from '../parts/format.ts'

/** `1,200 halos, 3.22 %`: the halos of a set and their share of the catalog. */
export function shareText(count: number, halos: number): string {
  return `${formatCount(count)} halos, ${((100 * count) / halos).toPrecision(3)} %`
}

/** `100 train, 20 test, 5 OOD, 3 without target`; empty sets beside train and test are left out. */
export function splitText({ train, test, ood, missing }: SplitPreview): string {
  return [
    `${formatCount(train)} train`,
    `${formatCount(test)} test`,
    ...(ood ? [`${formatCount(ood)} OOD`] : []),
    ...(missing ? [`${formatCount(missing)} without target`] : [])
  ].join(', ')
}
