import type { CatalogSummary } from '../../src-shared/contract.ts'
import type { Catalog, ColumnInfo } from './catalog.ts'
import type { WholeNumbers } from './table/table.ts'

/** Every column by its name in the expression language: x y z, vx vy vz and mass if present, and the extra columns. */
export function columnsOf(catalog: Catalog): Map<string, Float32Array | Float64Array> {
  const columns = new Map<string, Float32Array | Float64Array>([
    ['x', catalog.x],
    ['y', catalog.y],
    ['z', catalog.z]
  ])
  if (catalog.velocity !== null)
    for (const [name, values] of Object.entries(catalog.velocity)) columns.set(name, values)
  if (catalog.mass !== null) columns.set('mass', catalog.mass)
  for (const [name, values] of catalog.extra) columns.set(name, values)
  return columns
}

/** The catalog's columns with the statistics of its rows. */
export function describeColumns(catalog: Catalog): ColumnInfo[] {
  const arrays = columnsOf(catalog)
  return catalog.columns.map((column) => {
    const values = arrays.get(column.name) ?? catalog.x
    const whole = catalog.exact?.get(column.name)
    const exact = whole === undefined ? null : exactRange(whole, values)
    return { ...column, ...statistics(values), ...(exact && { exact }) }
  })
}

/** The content that `halolaw info` prints. */
export function catalogSummary(catalog: Catalog): CatalogSummary {
  const { path, format, halos, boxSize, periodic, columns, warnings, metadata } = catalog
  return {
    path,
    format,
    halos,
    boxSize,
    periodic,
    columns: columns.map((column) => ({ ...column })),
    warnings: [...warnings],
    metadata: { ...metadata }
  }
}

/**
 * Smallest and largest finite value, and the number of missing or non-finite ones; min and max are 0 if no value is
 * finite.
 */
export function statistics(values: Float32Array | Float64Array): { min: number; max: number; nulls: number } {
  let min = Infinity
  let max = -Infinity
  let nulls = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (!Number.isFinite(value)) nulls++
    else {
      if (value < min) min = value
      if (value > max) max = value
    }
  }
  return nulls === values.length ? { min: 0, max: 0, nulls } : { min, max, nulls }
}

/** Smallest and largest whole number in all their digits; `values` is NaN where one is missing. Null if all are. */
function exactRange(whole: WholeNumbers, values: Float32Array | Float64Array): { min: string; max: string } | null {
  let min: bigint | null = null
  let max: bigint | null = null
  for (let i = 0; i < whole.length; i++) {
    if (values[i] !== values[i]) continue
    if (min === null || whole[i] < min) min = whole[i]
    if (max === null || whole[i] > max) max = whole[i]
  }
  return min === null || max === null ? null : { min: String(min), max: String(max) }
}

/** True if a column of 64-bit integers has values that double precision cannot distinguish from their neighbours. */
export function holdsRoundedIntegers(type: string, values: Float32Array | Float64Array): boolean {
  if (type !== 'int64' && type !== 'uint64') return false
  const { min, max } = statistics(values)
  return Math.max(max, -min) >= 2 ** 53
}
