import type { SetName, SplitSettings } from '../../src-shared/contract.ts'
import { badInput } from '../../src-shared/errors.ts'
import { setCodes, setNames } from '../../src-shared/set-codes.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { columnsOf } from '../catalog/summary.ts'
import { evaluateCondition } from '../symbolic/language/evaluate.ts'
import { call, mapExpression, type Expression } from '../symbolic/language/expression.ts'
import { parse } from '../symbolic/language/parse.ts'
import { testBlocks } from './blocks.ts'
import { targetColumn, type Column } from './columns.ts'

/** Three disjoint sets of halos, each ascending. */
export interface Split {
  train: Uint32Array
  test: Uint32Array
  ood: Uint32Array
  /** Number of halos in no set, because their target is not finite */
  missing: number
  /** One sentence each */
  warnings: string[]
}

/** No model can be fitted to fewer halos. */
const fewestTrainingHalos = 20

/**
 * Evaluates an expression over the catalog's columns, including the target under the name `delta`.
 * @returns one value per halo, 1 where the expression holds
 * @throws HalolawError `bad-input`: a typo (with its column and similar names), an unknown target.
 */
export function evaluateMask(catalog: Catalog, expression: string, target: string): Uint8Array {
  const columns = columnsOf(catalog)
  if (!columns.has('delta') && columns.has(target)) columns.set('delta', targetColumn(catalog, target))
  const condition = parse(expression, { variables: [...columns.keys()] })
  return evaluateCondition(inColumnPrecision(condition, columns), columns, catalog.halos)
}

const comparisons: readonly string[] = ['>', '<', '>=', '<=', '==', '!=']

/**
 * Compares a column in single precision with a number in single precision, as NumPy does: a mass of 5e13 is not larger
 * than 5e13, although single precision stores it as 50000001466368.
 */
function inColumnPrecision(condition: Expression, columns: ReadonlyMap<string, Column>): Expression {
  const isSingle = (node: Expression): boolean =>
    node.kind === 'variable' && columns.get(node.name) instanceof Float32Array
  const rounded = (node: Expression): Expression =>
    node.kind === 'constant'
      ? { ...node, value: Math.fround(node.value) }
      : node.kind === 'call' && node.op === 'neg'
        ? call('neg', rounded(node.args[0]))
        : node
  return mapExpression(condition, (node) => {
    if (node.kind !== 'call' || !comparisons.includes(node.op)) return node
    const [left, right] = node.args
    return isSingle(left)
      ? call(node.op, left, rounded(right))
      : isSingle(right)
        ? call(node.op, rounded(left), right)
        : node
  })
}

/**
 * Splits the halos into three sets: first OOD, then test, and all the rest into train. A halo whose target is not
 * finite belongs to no set.
 * @throws HalolawError `bad-input`: a typo in an expression, an unknown target, too few training halos, or a target
 * that does not vary among them.
 */
export function splitHalos(catalog: Catalog, request: SplitSettings): Split {
  const target = targetColumn(catalog, request.target)
  const ood = request.ood === null ? null : evaluateMask(catalog, request.ood, request.target)
  const test =
    request.test === null ? testBlocks(catalog, request.seed) : evaluateMask(catalog, request.test, request.target)

  const sets: Record<'train' | 'test' | 'ood', number[]> = { train: [], test: [], ood: [] }
  for (let halo = 0; halo < catalog.halos; halo++) {
    if (!Number.isFinite(target[halo])) continue
    sets[ood?.[halo] ? 'ood' : test[halo] ? 'test' : 'train'].push(halo)
  }
  const missing = catalog.halos - sets.train.length - sets.test.length - sets.ood.length
  if (sets.train.length < fewestTrainingHalos) throw tooFew(catalog.halos, sets.train.length, missing, request)
  requireVariation(target, sets, request.target)

  const warnings: string[] = []
  if (missing > 0)
    warnings.push(`${missing} of ${catalog.halos} halos have no finite ${request.target} and belong to no set.`)
  if (sets.test.length === 0)
    warnings.push(
      request.test === null
        ? 'The test set is empty: no halo lies in the blocks chosen for it; choose another seed, or give a test mask.'
        : `The test set is empty: "${request.test}" takes no halo; loosen it.`
    )
  if (request.ood !== null && sets.ood.length === 0)
    warnings.push(`The out-of-distribution set is empty: "${request.ood}" takes no halo; loosen it.`)
  return {
    train: Uint32Array.from(sets.train),
    test: Uint32Array.from(sets.test),
    ood: Uint32Array.from(sets.ood),
    missing,
    warnings
  }
}

/** The set of each of `halos` halos, as a code from set-codes.ts. */
export function setOfEachHalo(split: Pick<Split, SetName>, halos: number): Uint8Array {
  const codes = new Uint8Array(halos).fill(setCodes.none)
  for (const set of setNames) for (const halo of split[set]) codes[halo] = setCodes[set]
  return codes
}

/**
 * @throws HalolawError `bad-input` when all training halos have the same target, because nothing can be learned from it
 */
function requireVariation(target: Column, sets: Record<SetName, number[]>, name: string): void {
  const value = target[sets.train[0]]
  const varies = (halos: number[]): boolean => halos.some((halo) => target[halo] !== value)
  if (varies(sets.train)) return
  throw badInput(
    varies(sets.test) || varies(sets.ood)
      ? `The target ${name} is ${value} for all ${sets.train.length} training halos, and a model needs at least two values; loosen the masks or choose another target.`
      : `The target ${name} does not vary: it is ${value} for every halo, and a model needs at least two values; choose another target.`
  )
}

function tooFew(halos: number, left: number, missing: number, request: SplitSettings): Error {
  if (halos - missing < fewestTrainingHalos)
    return badInput(
      `The catalog has ${halos - missing} halos with a finite ${request.target}, and at least ${fewestTrainingHalos} are needed to train on; ${missing > 0 ? 'choose another target, or ' : ''}open a larger catalog.`
    )
  const causes = [
    request.ood === null ? null : `the OOD expression "${request.ood}"`,
    request.test === null ? null : `the test expression "${request.test}"`,
    missing === 0 ? null : `${missing} halos without a finite ${request.target}`
  ].filter((cause) => cause !== null)
  const blame = causes.length > 0 ? causes.join(' and ') : 'the test blocks'
  const remedy = causes.length > 0 ? 'exclude fewer' : 'give a test mask, or open a larger catalog'
  return badInput(
    `Only ${left} of ${halos} halos are left to train on, because of ${blame}; at least ${fewestTrainingHalos} are needed, so ${remedy}.`
  )
}
