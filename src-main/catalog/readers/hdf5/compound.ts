import type { Dataset } from 'h5wasm/node'
import { throwIfCancelled } from '../../../work.ts'
import { recordColumns } from '../../table/records.ts'
import type { RecordField } from '../../table/records.ts'
import type { ReadOptions, Table, TableColumn } from '../../table/table.ts'
import { CLASS, contentOf, readBytes, typeOf } from './dataset.ts'

interface Members {
  columns: TableColumn[]
  others: NonNullable<Table['others']>
}

/**
 * The members of a dataset of records (NumPy's structured arrays, and tables of halotools, pandas and astropy).
 * @param units by member, as the file states them
 */
export function compoundColumns(
  dataset: Dataset,
  rows: number,
  source: string,
  units: ReadonlyMap<string, string>,
  options: ReadOptions
): Members {
  const { members, others } = membersOf(dataset, units)
  const columns = recordColumns({
    path: source,
    memoryLimit: options.memoryLimit,
    rows,
    recordBytes: dataset.metadata.size,
    members,
    block: async (start, count) => {
      throwIfCancelled(options.signal)
      const bytes = await readBytes(dataset, start, count, source)
      return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
  })
  return { columns, others }
}

function membersOf(
  dataset: Dataset,
  units: ReadonlyMap<string, string>
): { members: RecordField[]; others: Members['others'] } {
  const members: RecordField[] = []
  const others: Members['others'] = []
  for (const member of dataset.metadata.compound_type?.members ?? []) {
    const array = member.type === CLASS.array ? member.array_type : undefined
    const number = array ?? member
    const width = (array?.shape ?? []).reduce((a, b) => a * b, 1)
    const type = member.vlen ? null : typeOf(number)
    const { name, offset } = member
    if (type === null || width < 1) {
      others.push({ name, content: member.vlen && member.type === CLASS.text ? 'text' : contentOf(member) })
      continue
    }
    const unit = units.get(name) ?? null
    const path = `${dataset.path}/${name}`
    members.push({ name, path, unit, type, width, offset, littleEndian: number.littleEndian })
  }
  return { members, others }
}
