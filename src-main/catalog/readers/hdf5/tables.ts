import h5wasm from 'h5wasm/node'
import type { Dataset, File, Group, Metadata } from 'h5wasm/node'
import { badInput } from '../../../../src-shared/errors.ts'
import { throwIfCancelled } from '../../../work.ts'
import type { ColumnType } from '../../table/table.ts'
import { splitHeading } from '../../table/names.ts'
import { valuesFor } from '../../table/table.ts'
import type { ReadOptions, TableColumn, Values } from '../../table/table.ts'
import { compoundColumns } from './compound.ts'
import { CLASS, requireKnownFilters, typeOf } from './dataset.ts'
import { guarded } from './file.ts'

/** Bytes held in WebAssembly memory at a time, whatever the size of a dataset. */
const BLOCK_BYTES = 16 * 2 ** 20
/** Objects looked at before a file is taken for something else than a catalog. */
const MOST_OBJECTS = 5000
const DEEPEST = 4
/** Datasets of equal length in one group, or the members of one dataset of records. */
export interface GroupTable {
  path: string
  rows: number
  columns: TableColumn[]
  /** The values lie in other files. */
  isVirtual: boolean
}

/** Every table of a file, the root's first. */
export function findTables(file: File, source: string, options: ReadOptions): GroupTable[] {
  const tables: GroupTable[] = []
  let objects = 0
  const visit = (group: Group, path: string, depth: number): void => {
    const byRows = new Map<number, TableColumn[]>()
    const virtual = new Set<number>()
    const nested: [Group, string][] = []
    for (const name of group.keys()) {
      if (++objects > MOST_OBJECTS) return
      const child = group.get(name)
      const childPath = `${path === '/' ? '' : path}/${name}`
      if (child instanceof h5wasm.Group) nested.push([child, childPath])
      else if (child instanceof h5wasm.Dataset) {
        const { metadata } = child
        const [rows, width = 1] = metadata.shape ?? []
        if (rows === undefined || width < 1 || (metadata.shape ?? []).length > 2) continue
        if (metadata.type === CLASS.compound && metadata.shape?.length === 1) {
          tables.push({
            path: childPath,
            rows,
            columns: compoundColumns(child, rows, source, options),
            isVirtual: isVirtual(metadata)
          })
          continue
        }
        const type = typeOf(metadata)
        if (type === null) continue
        const heading = splitHeading(name)
        const column: TableColumn = {
          name: heading.name,
          path: childPath,
          type,
          width,
          unit: unitAttribute(child) ?? heading.unit,
          read: () => readDataset(child, type, rows, width, source, options)
        }
        if (isVirtual(metadata)) virtual.add(rows)
        byRows.set(rows, [...(byRows.get(rows) ?? []), column])
      }
    }
    for (const [rows, columns] of byRows) tables.push({ path, rows, columns, isVirtual: virtual.has(rows) })
    if (depth < DEEPEST) for (const [child, childPath] of nested) visit(child, childPath, depth + 1)
  }
  guarded(source, 'listed', () => visit(file, '/', 0))
  return tables
}

function isVirtual({ virtual_sources: sources }: Metadata): boolean {
  return sources !== undefined && sources.length > 0
}

function unitAttribute(dataset: Dataset): string | null {
  for (const name of Object.keys(dataset.attrs)) {
    if (!/^units?$/i.test(name)) continue
    const { value } = dataset.attrs[name]
    if (typeof value === 'string' && value.trim() !== '') return value.trim()
  }
  return null
}

/** Block by block, so that memory in use is the column's own and a block. */
function readDataset(
  dataset: Dataset,
  type: ColumnType,
  rows: number,
  width: number,
  source: string,
  options: ReadOptions
): Values {
  requireKnownFilters(dataset, source)
  const values = valuesFor(type, rows * width)
  const blockRows = Math.max(1, Math.floor(BLOCK_BYTES / (width * dataset.metadata.size)))
  const flat = (dataset.shape ?? []).length === 1
  for (let start = 0; start < rows; start += blockRows) {
    throwIfCancelled(options.signal)
    const end = Math.min(rows, start + blockRows)
    const block = guarded(source, `read (dataset ${dataset.path})`, () =>
      dataset.slice(flat ? [[start, end]] : [[start, end], []])
    )
    if (!ArrayBuffer.isView(block))
      throw badInput(
        `Dataset ${dataset.path} of ${source} does not hold plain numbers; choose other columns with --map.`
      )
    copyNumbers(block, values, start * width)
  }
  return values
}

function copyNumbers(block: ArrayBufferView, values: Values, at: number): void {
  if (block instanceof BigInt64Array || block instanceof BigUint64Array)
    for (let i = 0; i < block.length; i++) values[at + i] = Number(block[i])
  else values.set(block as unknown as ArrayLike<number>, at)
}
