import type { PerSet, SetName } from './models.ts'

/** A law that a run's search fitted, as lists show it */
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
  latex: string
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

/** What laws are sorted by; errors that were not measured come last in either direction */
export interface LawOrder {
  by: 'complexity' | 'constants' | 'loss' | 'validation' | SetName
  direction: 'ascending' | 'descending'
}
