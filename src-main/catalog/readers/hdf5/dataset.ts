import h5wasm from 'h5wasm/node'
import type { Dataset, Metadata } from 'h5wasm/node'
import { badInput } from '../../../../src-shared/errors.ts'
import type { ColumnType } from '../../table/table.ts'
import { guarded } from './file.ts'

/** Filters built into the HDF5 library inside h5wasm: none, deflate, shuffle, Fletcher32, n-bit, scale-offset. */
const BUILT_IN_FILTERS = new Set([0, 1, 2, 3, 5, 6])
/** HDF5 type classes, from H5Tpublic.h. */
export const CLASS = { integer: 0, float: 1, text: 3, compound: 6, enum: 8, vlen: 9, array: 10 } as const

/** The type of a plain number; null for anything else. */
export function typeOf(metadata: Pick<Metadata, 'type' | 'size' | 'signed' | 'enum_type'>): ColumnType | null {
  const bits = metadata.size * 8
  if (metadata.type === CLASS.float) return ({ 16: 'float16', 32: 'float32', 64: 'float64' } as const)[bits] ?? null
  const isEnum = metadata.type === CLASS.enum
  if (isEnum && bits === 8 && isBoolean(metadata.enum_type?.members)) return 'bool'
  if ((metadata.type !== CLASS.integer && !isEnum) || ![8, 16, 32, 64].includes(bits)) return null
  return `${metadata.signed ? '' : 'u'}int${bits}` as ColumnType
}

/** @throws HalolawError `bad-input` when the dataset uses a compression that the library does not support. */
export function requireKnownFilters(dataset: Dataset, source: string): void {
  const foreign = dataset.filters.find((filter) => !BUILT_IN_FILTERS.has(filter.id))
  if (foreign === undefined) return
  throw badInput(
    `Dataset ${dataset.path} of ${source} is compressed with the filter "${foreign.name || foreign.id}", which Halolaw does not have; write it again with gzip (h5repack -f GZIP=4 in.h5 out.h5).`
  )
}

/** h5py writes booleans as an enumeration of FALSE and TRUE. */
function isBoolean(members: Record<string, number> | undefined): boolean {
  return members !== undefined && Object.keys(members).every((name) => /^(?:false|true)$/i.test(name))
}

/** Describes the content of a non-numeric dataset or member, for sentences. */
export function contentOf({ type, vlen }: Pick<Metadata, 'type' | 'vlen'>): string {
  if (type === CLASS.text) return 'text'
  if (type === CLASS.compound) return 'records'
  if (type === CLASS.vlen || vlen) return 'lists of variable length'
  return 'no plain numbers'
}

/**
 * The bytes of rows [start, start + count) as the HDF5 library returns them, in the file's own type.
 * @throws HalolawError `bad-input` when the library cannot read them.
 */
export async function readBytes(dataset: Dataset, start: number, count: number, source: string): Promise<Uint8Array> {
  requireKnownFilters(dataset, source)
  const library = await h5wasm.ready
  const { metadata } = dataset
  const [, ...inner] = metadata.shape ?? []
  const bytes = count * inner.reduce((a, b) => a * b, 1) * metadata.size
  const memory = library._malloc(bytes)
  if (memory === 0) throw new RangeError('out of memory for a block of rows')
  const counts = [count, ...inner].map(BigInt)
  try {
    guarded(source, `read (dataset ${dataset.path})`, () =>
      library.get_dataset_data(
        dataset.file_id,
        dataset.path,
        counts,
        [BigInt(start), ...inner.map(() => 0n)],
        counts.map(() => 1n),
        BigInt(memory)
      )
    )
    const copy = library.HEAPU8.slice(memory, memory + bytes)
    // Members of variable length are addresses of memory that the library allocated for them.
    if (metadata.vlen || metadata.compound_type?.members.some((member) => member.vlen || member.type === CLASS.vlen))
      library.reclaim_vlen_memory_count(dataset.file_id, dataset.path, '', BigInt(memory), counts)
    return copy
  } finally {
    library._free(memory)
  }
}
