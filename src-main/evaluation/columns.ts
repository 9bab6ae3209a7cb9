import { badInput } from '../../src-shared/errors.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { columnsOf } from '../catalog/summary.ts'
import { nearNames } from '../near-names.ts'

export type Column = Float32Array | Float64Array

/**
 * The target column, one value per halo.
 * @throws HalolawError `bad-input` with similar names when the catalog has no such column.
 */
export function targetColumn(catalog: Catalog, target: string): Column {
  const columns = columnsOf(catalog)
  const column = columns.get(target)
  if (column) return column
  const near = nearNames(target, columns.keys())
  const hint =
    near.length > 0
      ? `did you mean ${near.map((name) => `"${name}"`).join(' or ')}?`
      : `it has ${[...columns.keys()].slice(0, 20).join(', ')}; choose one of them as the target.`
  throw badInput(`The catalog has no column "${target}" to predict; ${hint}`)
}
