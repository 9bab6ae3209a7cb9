import h5wasm from 'h5wasm/node'
import type { Dataset } from 'h5wasm/node'
import { throwIfCancelled } from '../../../work.ts'
import type { ReadOptions, TableColumn } from '../../table/table.ts'
import { recordColumns } from '../../table/records.ts'
import type { RecordField } from '../../table/records.ts'
import { CLASS, requireKnownFilters, typeOf } from './dataset.ts'
import { guarded } from './file.ts'

/** The numeric members of a dataset of records (numpy's structured arrays, halotools, pandas' and astropy's tables). */
export function compoundColumns(dataset: Dataset, rows: number, source: string, options: ReadOptions): TableColumn[] {
  const recordBytes = dataset.metadata.size
  return recordColumns({
    path: source,
    memoryLimit: options.memoryLimit,
    rows,
    recordBytes,
    members: numericMembers(dataset),
    block: async (start, count) => {
      throwIfCancelled(options.signal)
      requireKnownFilters(dataset, source)
      const library = await h5wasm.ready
      const memory = library._malloc(count * recordBytes)
      if (memory === 0) throw new RangeError('out of memory for a block of records')
      try {
        guarded(source, `read (dataset ${dataset.path})`, () =>
          library.get_dataset_data(
            dataset.file_id,
            dataset.path,
            [BigInt(count)],
            [BigInt(start)],
            [1n],
            BigInt(memory)
          )
        )
        return new DataView(library.HEAPU8.slice(memory, memory + count * recordBytes).buffer)
      } finally {
        library._free(memory)
      }
    }
  })
}

function numericMembers(dataset: Dataset): RecordField[] {
  const members = dataset.metadata.compound_type?.members ?? []
  // Members of variable length hold addresses, which the library would have to reclaim.
  if (members.some((member) => member.vlen)) return []
  return members.flatMap((member) => {
    const array = member.type === CLASS.array ? member.array_type : undefined
    const number = array ?? member
    const width = (array?.shape ?? []).reduce((a, b) => a * b, 1)
    const type = typeOf(number)
    if (type === null || width < 1) return []
    const { name, offset } = member
    return [
      { name, path: `${dataset.path}/${name}`, unit: null, type, width, offset, littleEndian: number.littleEndian }
    ]
  })
}
