import { badInput } from '../../../src-shared/errors.ts'
import { Random } from '../../random.ts'
import { drawRows } from './draw-rows.ts'
import { takeRows } from './usable-rows.ts'

/** A variable with its share of the reduction in the target's variance by all splits. */
export interface Importance {
  name: string
  share: number
}

const trees = 60
const mostRows = 2000
const leastLeaf = 5
const deepest = 12

/**
 * Measures how much each variable says about the target: a forest of extremely randomised trees (Geurts et al. 2006) on at most
 * 2000 rows, in which every split tries one random threshold for each variable and uses the variable that lowers the variance most.
 * It detects variables that act only together; variables with the same information share their importance.
 * @returns largest first
 */
export function importances(
  variables: readonly { name: string; values: Float64Array }[],
  target: Float64Array,
  seed: number
): Importance[] {
  const random = new Random(seed ^ 0x3c6ef372)
  const sample = drawRows(target.length, mostRows, random)
  const columns = variables.map(({ values }) => takeRows(values, sample))
  const y = takeRows(target, sample)
  const gains = new Float64Array(columns.length)
  const rows = Uint32Array.from(y, (_, i) => i)
  const forest: Forest = { columns, target: y, rows, random, gains }
  for (let tree = 0; tree < trees; tree++) split(forest, { from: 0, to: rows.length }, deepest)
  const total = gains.reduce((sum, gain) => sum + gain, 0) || 1
  return variables
    .map(({ name }, v) => ({ name, share: gains[v] / total }))
    .sort((a, b) => b.share - a.share || (a.name < b.name ? -1 : 1))
}

interface Forest {
  columns: readonly Float64Array[]
  target: Float64Array
  /** In the order of the leaves so far */
  rows: Uint32Array
  random: Random
  /** Reduction of the target's variance by each variable, summed over all splits */
  gains: Float64Array
}

/** Splits rows[from..to), which it reorders, and then both parts; adds the gain of each split to its variable. */
function split(forest: Forest, { from, to }: { from: number; to: number }, levels: number): void {
  const { columns, target: y, rows, random, gains } = forest
  const count = to - from
  if (levels === 0 || count < 2 * leastLeaf) return
  let sum = 0
  for (let i = from; i < to; i++) sum += y[rows[i]]
  const mean = sum / count
  let [best, threshold, gain] = [-1, 0, 0]
  columns.forEach((column, v) => {
    let [low, high] = [Infinity, -Infinity]
    for (let i = from; i < to; i++) {
      const value = column[rows[i]]
      if (value < low) low = value
      if (value > high) high = value
    }
    if (!(high > low)) return
    const at = low + (high - low) * random.uniform()
    let [below, off] = [0, 0]
    for (let i = from; i < to; i++)
      if (column[rows[i]] < at) {
        below++
        off += y[rows[i]] - mean
      }
    if (below < leastLeaf || count - below < leastLeaf) return
    // the sides deviate from the mean by +off and -off, so the variance falls by off^2 / n on each
    const gained = off * off * (1 / below + 1 / (count - below))
    if (gained > gain) [best, threshold, gain] = [v, at, gained]
  })
  if (best < 0) return
  gains[best] += gain
  const column = columns[best]
  let middle = from
  for (let i = from; i < to; i++)
    if (column[rows[i]] < threshold) {
      const swap = rows[i]
      rows[i] = rows[middle]
      rows[middle++] = swap
    }
  split(forest, { from, to: middle }, levels - 1)
  split(forest, { from: middle, to }, levels - 1)
}

/**
 * Selects the `count` variables that say most about the target, including the required ones, in their order, with a sentence that
 * reports which and why.
 * @throws HalolawError `bad-input` when more are required than selected
 */
export function selectVariables<V extends { name: string; values: Float64Array }>(
  variables: readonly V[],
  target: Float64Array,
  count: number,
  required: readonly string[],
  seed: number
): { selected: V[]; sentence: string | null } {
  if (!(Number.isInteger(count) && count >= 1))
    throw badInput(`The number of variables to select is ${count}; it must be a whole number of at least 1.`)
  const present = required.filter((name) => variables.some((variable) => variable.name === name))
  if (present.length > count)
    throw badInput(
      `${present.length} variables are required, but only ${count} are selected; select more or require fewer.`
    )
  if (variables.length <= count) return { selected: [...variables], sentence: null }
  const ranked = importances(variables, target, seed)
  const free = ranked.filter(({ name }) => !present.includes(name)).map(({ name }) => name)
  const names = new Set([...present, ...free.slice(0, count - present.length)])
  const listed = (isListed: (name: string) => boolean): string =>
    ranked
      .filter(({ name }) => isListed(name))
      .slice(0, 20)
      .map(({ name, share }) => `"${name}" ${(100 * share).toFixed(1)} %`)
      .join(', ')
  return {
    selected: variables.filter(({ name }) => names.has(name)),
    sentence: `Selected ${count} of ${variables.length} variables by their share of the variance that a forest of trees explains: ${listed((name) => names.has(name))}; left out: ${listed((name) => !names.has(name))}.`
  }
}
