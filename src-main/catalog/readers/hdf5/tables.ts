import h5wasm from 'h5wasm/node'
import type { Dataset, File, Group, Metadata } from 'h5wasm/node'
import { badInput } from '../../../../src-shared/errors.ts'
import { throwIfCancelled } from '../../../work.ts'
import type { ColumnType } from '../../table/table.ts'
import { splitHeading } from '../../table/names.ts'
import { isWide, valuesFor, wholeNumbersFor } from '../../table/table.ts'
import { cgsFactor } from '../../table/cgs.ts'
import { numberReader } from '../../table/records.ts'
import { readTableYaml } from '../../table/table-yaml.ts'
import type { TableDescription } from '../../table/table-yaml.ts'
import type { ReadOptions, Table, TableColumn, Values, WholeNumbers } from '../../table/table.ts'
import { compoundColumns } from './compound.ts'
import { CLASS, contentOf, readBytes, requireKnownFilters, typeOf } from './dataset.ts'
import { guarded } from './file.ts'

/** Bytes held in WebAssembly memory at a time, for datasets of any size. */
const BLOCK_BYTES = 16 * 2 ** 20
/** After this many objects a file counts as something other than a catalog. */
const MOST_OBJECTS = 5000
const DEEPEST = 4
/** A description with more lines than this is not a description. */
const MOST_LINES = 100_000
/** Suffix of the dataset in which astropy describes another dataset. */
const DESCRIPTION = '.__table_column_meta__'

/** Datasets of equal length in one group, or the members of one dataset of records. */
export interface GroupTable {
  kind: 'group' | 'records'
  path: string
  rows: number
  columns: TableColumn[]
  /** The values are in other files. */
  isVirtual: boolean
  others: NonNullable<Table['others']>
  /** Metadata of the dataset of records, as astropy describes it. */
  metadata: Record<string, string | number>
}

/** Every table of a file, the root's first. */
export function findTables(file: File, source: string, options: ReadOptions): GroupTable[] {
  const tables: GroupTable[] = []
  let objects = 0
  const visit = (group: Group, path: string, depth: number): void => {
    const byRows = new Map<number, GroupTable>()
    const nested: [Group, string][] = []
    const names = group.keys()
    for (const name of names) {
      if (++objects > MOST_OBJECTS) return
      const child = group.get(name)
      const childPath = `${path === '/' ? '' : path}/${name}`
      if (child instanceof h5wasm.Group) nested.push([child, childPath])
      else if (child instanceof h5wasm.Dataset) {
        const { metadata } = child
        const [rows, width = 1] = metadata.shape ?? []
        if (rows === undefined || width < 1 || (metadata.shape ?? []).length > 2) continue
        if (metadata.type === CLASS.compound && metadata.shape?.length === 1) {
          const described = names.includes(name + DESCRIPTION)
            ? describedBy(group.get(name + DESCRIPTION))
            : NOT_DESCRIBED
          const { columns, others } = compoundColumns(child, rows, source, described.units, options)
          tables.push({
            kind: 'records',
            path: childPath,
            rows,
            columns,
            others,
            metadata: described.metadata,
            isVirtual: isVirtual(metadata)
          })
          continue
        }
        if (name.endsWith(DESCRIPTION)) continue
        const table: GroupTable = byRows.get(rows) ?? {
          kind: 'group',
          path,
          rows,
          columns: [],
          others: [],
          metadata: {},
          isVirtual: false
        }
        byRows.set(rows, table)
        const type = typeOf(metadata)
        const heading = splitHeading(name)
        if (type === null) {
          table.others.push({
            name: heading.name,
            content: metadata.type === CLASS.text ? 'text' : contentOf(metadata)
          })
          continue
        }
        if (isVirtual(metadata)) table.isVirtual = true
        table.columns.push({
          name: heading.name,
          path: childPath,
          type,
          width,
          unit: unitAttribute(child) ?? heading.unit,
          cgs: cgsFactor(numberAttributes(child)),
          read: () => readDataset(child, type, { rows, width, source }, options),
          ...(isWide(type) && { readExact: () => readWholeDataset(child, type, { rows, width, source }, options) })
        })
      }
    }
    for (const table of byRows.values()) if (table.columns.length > 0) tables.push(table)
    if (depth < DEEPEST) for (const [child, childPath] of nested) visit(child, childPath, depth + 1)
  }
  guarded(source, 'listed', () => visit(file, '/', 0))
  return tables
}

function isVirtual({ virtual_sources: sources }: Metadata): boolean {
  return sources !== undefined && sources.length > 0
}

/** Joins tables with equal numbers of rows into one; a name that occurs several times is replaced by its path. */
export function joinTables(tables: readonly GroupTable[]): GroupTable {
  const counts = new Map<string, number>()
  for (const { columns } of tables) for (const { name } of columns) counts.set(name, (counts.get(name) ?? 0) + 1)
  const columns = tables.flatMap((table, at) =>
    table.columns.map((column) =>
      counts.get(column.name) === 1 || (at === 0 && tables[0].path !== '/')
        ? column
        : { ...column, name: column.path?.replace(/^\//, '') ?? column.name }
    )
  )
  const [first] = tables
  return {
    kind: first.kind,
    path: first.path,
    rows: first.rows,
    columns,
    isVirtual: tables.some((table) => table.isVirtual),
    others: tables.flatMap((table) => table.others),
    metadata: Object.assign({}, ...tables.map((table) => table.metadata).reverse()) as GroupTable['metadata']
  }
}

const NOT_DESCRIBED: TableDescription = { units: new Map(), subtypes: new Map(), metadata: {} }

function describedBy(dataset: unknown): TableDescription {
  if (!(dataset instanceof h5wasm.Dataset) || dataset.metadata.type !== CLASS.text) return NOT_DESCRIBED
  if ((dataset.metadata.shape?.[0] ?? 0) > MOST_LINES) return NOT_DESCRIBED
  const { value } = dataset
  return Array.isArray(value) ? readTableYaml(value.map((line) => String(line).replace(/\0+$/, ''))) : NOT_DESCRIBED
}

function unitAttribute(dataset: Dataset): string | null {
  for (const name of Object.keys(dataset.attrs)) {
    if (!/^(?:var_)?units?$/i.test(name)) continue
    const { value } = dataset.attrs[name]
    if (typeof value === 'string' && value.trim() !== '') return value.trim()
  }
  return null
}

function numberAttributes(dataset: Dataset): Record<string, number> {
  const numbers: Record<string, number> = {}
  for (const [name, attribute] of Object.entries(dataset.attrs)) {
    if (!/cgs|scal/i.test(name)) continue
    const value: unknown = attribute.value
    const first: unknown = ArrayBuffer.isView(value) || Array.isArray(value) ? (value as ArrayLike<unknown>)[0] : value
    if (typeof first === 'number' || typeof first === 'bigint') numbers[name] = Number(first)
  }
  return numbers
}

interface DatasetSize {
  rows: number
  /** Numbers a row */
  width: number
  source: string
}

async function readWholeDataset(
  dataset: Dataset,
  type: ColumnType,
  size: DatasetSize,
  { signal }: ReadOptions
): Promise<WholeNumbers> {
  const values = wholeNumbersFor(type, size.rows * size.width)
  for (const { start, end } of blocksOf(dataset, size, signal)) {
    const block = sliceOf(dataset, start, end, size.source)
    if (block instanceof BigInt64Array || block instanceof BigUint64Array) values.set(block, start * size.width)
  }
  return values
}

async function readDataset(
  dataset: Dataset,
  type: ColumnType,
  size: DatasetSize,
  { signal }: ReadOptions
): Promise<Values> {
  const { rows, width, source } = size
  requireKnownFilters(dataset, source)
  const values = valuesFor(type, rows * width)
  for (const { start, end } of blocksOf(dataset, size, signal)) {
    if (type === 'float16') {
      copyHalves(await readBytes(dataset, start, end - start, source), dataset, values, start * width)
      continue
    }
    const block = sliceOf(dataset, start, end, source)
    if (!ArrayBuffer.isView(block))
      throw badInput(
        `Dataset ${dataset.path} of ${source} does not hold plain numbers; choose other columns with --map.`
      )
    copyNumbers(block, values, start * width)
  }
  return values
}

/** Ranges of rows that are read at a time, so that memory holds only the column and one block. */
function* blocksOf(
  dataset: Dataset,
  { rows, width }: DatasetSize,
  signal: AbortSignal | undefined
): Generator<{ start: number; end: number }> {
  const blockRows = Math.max(1, Math.floor(BLOCK_BYTES / (width * dataset.metadata.size)))
  for (let start = 0; start < rows; start += blockRows) {
    throwIfCancelled(signal)
    yield { start, end: Math.min(rows, start + blockRows) }
  }
}

function sliceOf(dataset: Dataset, start: number, end: number, source: string): unknown {
  const isFlat = (dataset.shape ?? []).length === 1
  return guarded(source, `read (dataset ${dataset.path})`, () =>
    dataset.slice(isFlat ? [[start, end]] : [[start, end], []])
  )
}

/** The library returns half precision as bytes. */
function copyHalves(bytes: Uint8Array, dataset: Dataset, values: Values, at: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const read = numberReader(view, { type: 'float16', littleEndian: dataset.metadata.littleEndian })
  for (let i = 0; 2 * i < bytes.length; i++) values[at + i] = read(2 * i)
}

function copyNumbers(block: ArrayBufferView, values: Values, at: number): void {
  if (block instanceof BigInt64Array || block instanceof BigUint64Array)
    for (let i = 0; i < block.length; i++) values[at + i] = Number(block[i])
  else values.set(block as unknown as ArrayLike<number>, at)
}
