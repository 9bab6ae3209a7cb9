import type { Dataset, Metadata } from 'h5wasm/node'
import { badInput } from '../../../../src-shared/errors.ts'
import type { ColumnType } from '../../table/table.ts'

/** Filters that the HDF5 library inside h5wasm has built in: none, deflate, shuffle, Fletcher32, n-bit, scale-offset. */
const BUILT_IN_FILTERS = new Set([0, 1, 2, 3, 5, 6])
/** HDF5 type classes, from H5Tpublic.h. */
export const CLASS = { integer: 0, float: 1, compound: 6, enum: 8, array: 10 } as const

/** The type of a plain number; null for anything else. */
export function typeOf(metadata: Pick<Metadata, 'type' | 'size' | 'signed'>): ColumnType | null {
  const bits = metadata.size * 8
  if (metadata.type === CLASS.float && (bits === 32 || bits === 64)) return bits === 32 ? 'float32' : 'float64'
  if (metadata.type === CLASS.enum && metadata.size === 1) return 'bool'
  if (metadata.type !== CLASS.integer || ![8, 16, 32, 64].includes(bits)) return null
  return `${metadata.signed ? '' : 'u'}int${bits}` as ColumnType
}

/** @throws HalolawError `bad-input` when the dataset is compressed in a way that the library does not know. */
export function requireKnownFilters(dataset: Dataset, source: string): void {
  const foreign = dataset.filters.find((filter) => !BUILT_IN_FILTERS.has(filter.id))
  if (foreign === undefined) return
  throw badInput(
    `Dataset ${dataset.path} of ${source} is compressed with the filter "${foreign.name || foreign.id}", which Halolaw does not have; write it again with gzip (h5repack -f GZIP=4 in.h5 out.h5).`
  )
}
