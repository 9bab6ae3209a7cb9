import type { SetName } from './contract/models.ts'

/** The set of a halo as a number, in columns and on the wire. `none`: its target is missing, so it belongs to no set. */
export const setCodes: Readonly<Record<SetName | 'none', number>> = { train: 0, test: 1, ood: 2, none: 255 }

/** The three sets in the order of every table */
export const setNames: readonly SetName[] = ['train', 'test', 'ood']

/** The set that a code stands for; null for `none` and for every other number. */
export function setOfCode(code: number): SetName | null {
  return setNames.find((set) => setCodes[set] === code) ?? null
}
