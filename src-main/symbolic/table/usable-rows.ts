import { badInput } from '../../../src-shared/errors.ts'

/**
 * Rows in which every column is finite and the weight, if any, is positive. The number of other rows, and the columns that cause them,
 * are added to `warnings`.
 * @throws HalolawError `bad-input` if no row is usable, naming the columns that cause it
 */
export function usableRows(
  names: readonly string[],
  columnOf: (name: string) => ArrayLike<number>,
  weights: string | undefined,
  warnings: string[]
): Uint32Array {
  const columns = names.map(columnOf)
  const weightOf = weights === undefined ? null : columnOf(weights)
  const blame = new Map<string, number>()
  const all = columns[0].length
  const rows = new Uint32Array(all)
  let usable = 0
  let unweighted = 0
  for (let i = 0; i < all; i++) {
    let bad = -1
    for (let k = 0; k < columns.length && bad < 0; k++) if (!Number.isFinite(columns[k][i])) bad = k
    if (bad >= 0) blame.set(names[bad], (blame.get(names[bad]) ?? 0) + 1)
    else if (weightOf !== null && !(weightOf[i] > 0 && weightOf[i] < Infinity)) unweighted++
    else rows[usable++] = i
  }
  const left = [...blame.values()].reduce((sum, count) => sum + count, 0)
  if (left > 0) {
    const list = [...blame].map(([name, count]) => `"${name}" ${count}`).join(', ')
    warnings.push(`${left} of ${all} rows were left out because a value is missing or not finite (${list}).`)
  }
  if (unweighted > 0)
    warnings.push(`${unweighted} of ${all} rows were left out because their weight "${weights}" is not above 0.`)
  if (usable > 0) return rows.subarray(0, usable)
  throw badInput(
    unweighted > 0
      ? `No row has a weight "${weights}" above 0 and finite values in every column; choose other weights, or leave columns with gaps out.`
      : `No row has finite values in every column: values are missing in ${[...blame].map(([name, count]) => `"${name}" in ${count}`).join(', ')} of ${all} rows; leave such columns out.`
  )
}

/** The values in these rows, in shared memory. A loop, because tables have millions of rows. */
export function takeRows(values: ArrayLike<number>, rows: Uint32Array): Float64Array<SharedArrayBuffer> {
  const selection = new Float64Array(new SharedArrayBuffer(8 * rows.length))
  for (let i = 0; i < rows.length; i++) selection[i] = values[rows[i]]
  return selection
}

/** The same values in shared memory, so that threads share one copy of a large table. */
export function shared(values: ArrayLike<number>): Float64Array<SharedArrayBuffer> {
  if (isShared(values)) return values
  const copy = new Float64Array(new SharedArrayBuffer(8 * values.length))
  copy.set(values)
  return copy
}

function isShared(values: ArrayLike<number>): values is Float64Array<SharedArrayBuffer> {
  return values instanceof Float64Array && values.buffer instanceof SharedArrayBuffer
}
