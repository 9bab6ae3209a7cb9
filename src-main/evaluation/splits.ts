import { badInput } from '../../src-shared/errors.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { columnsOf } from '../catalog/summary.ts'
import { evaluateCondition } from '../symbolic/language/evaluate.ts'
import { parse } from '../symbolic/language/parse.ts'
import { testBlocks } from './blocks.ts'
import { targetColumn } from './columns.ts'

export interface SplitRequest {
  /** Column to be predicted; the expressions know it as `delta` too. */
  target: string
  /** Expression over the columns; null: no out-of-distribution set */
  ood: string | null
  /** Expression over the columns; null: spatial blocks that hold a fifth of the box */
  test: string | null
  seed: number
}

/** Three disjoint sets of halos, each ascending. */
export interface Split {
  train: Uint32Array
  test: Uint32Array
  ood: Uint32Array
  /** Halos in no set, because their target is not a finite number. */
  targetless: number
  /** One sentence each */
  warnings: string[]
}

/** Fewer halos than this teach nothing. */
const fewestTrainingHalos = 20

/**
 * Which halos an expression takes: 1 where it holds. Knows the catalog's columns and `delta`, the target.
 * @throws HalolawError `bad-input`: a typo (with its column and near names), an unknown target.
 */
export function evaluateMask(catalog: Catalog, expression: string, target: string): Uint8Array {
  const columns = columnsOf(catalog)
  if (!columns.has('delta') && columns.has(target)) columns.set('delta', targetColumn(catalog, target))
  const condition = parse(expression, { variables: [...columns.keys()] })
  return evaluateCondition(condition, columns, catalog.halos)
}

/**
 * Sorts the halos into the three sets: OOD is taken first, then test, the rest is train. A halo whose target is not
 * finite belongs to none.
 * @throws HalolawError `bad-input`: a typo in an expression, an unknown target, too few halos left to train on.
 */
export function splitHalos(catalog: Catalog, request: SplitRequest): Split {
  const target = targetColumn(catalog, request.target)
  const ood = request.ood === null ? null : evaluateMask(catalog, request.ood, request.target)
  const test =
    request.test === null ? testBlocks(catalog, request.seed) : evaluateMask(catalog, request.test, request.target)

  const sets: Record<'train' | 'test' | 'ood', number[]> = { train: [], test: [], ood: [] }
  for (let halo = 0; halo < catalog.halos; halo++) {
    if (!Number.isFinite(target[halo])) continue
    sets[ood?.[halo] ? 'ood' : test[halo] ? 'test' : 'train'].push(halo)
  }
  const targetless = catalog.halos - sets.train.length - sets.test.length - sets.ood.length
  if (sets.train.length < fewestTrainingHalos) throw tooFew(catalog.halos, sets.train.length, targetless, request)

  const warnings: string[] = []
  if (targetless > 0)
    warnings.push(`${targetless} of ${catalog.halos} halos have no finite ${request.target} and belong to no set.`)
  if (sets.test.length === 0)
    warnings.push(
      request.test === null
        ? 'The test set is empty: no halo lies in the blocks chosen for it; another seed chooses others.'
        : `The test set is empty: "${request.test}" takes no halo.`
    )
  if (request.ood !== null && sets.ood.length === 0)
    warnings.push(`The out-of-distribution set is empty: "${request.ood}" takes no halo.`)
  return {
    train: Uint32Array.from(sets.train),
    test: Uint32Array.from(sets.test),
    ood: Uint32Array.from(sets.ood),
    targetless,
    warnings
  }
}

function tooFew(halos: number, left: number, targetless: number, request: SplitRequest): Error {
  const causes = [
    request.ood === null ? null : `the OOD expression "${request.ood}"`,
    request.test === null ? null : `the test expression "${request.test}"`,
    targetless === 0 ? null : `${targetless} halos without a finite ${request.target}`
  ].filter((cause) => cause !== null)
  const blame = causes.length > 0 ? `${causes.join(' and ')} leave` : 'the test blocks leave'
  return badInput(
    `Of ${halos} halos, ${blame} ${left} to train on, and at least ${fewestTrainingHalos} are needed; loosen them.`
  )
}
