import { badInput } from '../../../src-shared/errors.ts'
import type { ReadOptions, Reader, Table, TableColumn, WholeNumbers } from '../table/table.ts'
import { sniffDialect } from './text/dialect.ts'
import type { TextDialect } from './text/dialect.ts'
import { CHUNK_ROWS, parseText } from './text/parse.ts'
import type { TextColumn } from './text/parse.ts'

/** A text table format with its own headings, units and facts. */
export interface TextFlavour {
  id: string
  recognises(dialect: TextDialect, path: string): boolean
  convention: NonNullable<Table['convention']>
  /** Facts found outside the table: in the file's name, or in another file of the run. */
  facts?(dialect: TextDialect, path: string): Promise<Record<string, string | number>>
}

/** CSV, TSV and tables aligned with blanks, plain or gzipped; a flavour knows more about its files. */
export function textReader(flavours: readonly TextFlavour[]): Reader {
  return {
    id: 'csv',
    title: 'a text table',
    access: 'stream',
    open: (path, options) => openText(path, options, flavours)
  }
}

async function openText(path: string, options: ReadOptions, flavours: readonly TextFlavour[]): Promise<Table> {
  const dialect = await sniffDialect(path)
  if (dialect === null)
    throw badInput(`${path} holds no halos: it has a heading or comments and no rows; choose a file that has some.`)
  const flavour = flavours.find((candidate) => candidate.recognises(dialect, path))
  const parsed = await parseText(path, dialect, options)
  const notes = dialect.repeated.map(
    ({ name, uniqueName }) => `${path} has two columns "${name}"; the later one is called "${uniqueName}" here.`
  )
  if (dialect.decimal === ',') notes.push(`Numbers in ${path} have decimal commas and are read as such.`)
  const columns: TableColumn[] = []
  const others: NonNullable<Table['others']> = []
  parsed.columns.forEach((column, i) => {
    if (dialect.text[i] || column.texts > (parsed.rows * column.perRow) / 2) {
      others.push({
        name: dialect.names[i],
        content: dialect.lists[i] ? 'lists' : i < dialect.names.length - dialect.optional ? 'text' : 'text or nothing'
      })
      return
    }
    if (column.firstText !== null)
      notes.push(
        `${column.texts} of ${parsed.rows} values of ${dialect.names[i]} in ${path} are no numbers (first: "${column.firstText.text}" in line ${column.firstText.line}) and count as missing.`
      )
    columns.push({
      name: dialect.names[i],
      type: !column.integers ? 'float64' : column.width === 'unsigned' ? 'uint64' : 'int64',
      width: column.perRow,
      unit: dialect.units[i],
      read: () => joined(column, parsed.rows),
      ...(column.integers && column.width !== 'none' && { readExact: () => wholeNumbersOf(column, parsed.rows) })
    })
  })
  if (
    !dialect.named &&
    !Object.keys(options.map).some((key) => ['x', 'y', 'z', 'position'].includes(key.toLowerCase()))
  )
    throw badInput(
      `${path} has no heading with column names; say which columns (col1 to col${dialect.names.length}) are which, e.g. --map x=col1,y=col2,z=col3,mass=col7:Msun/h.`
    )
  return {
    format: flavour?.id ?? 'csv',
    rows: parsed.rows,
    columns,
    others,
    metadata: { ...dialect.metadata, ...(await flavour?.facts?.(dialect, path)) },
    convention: flavour?.convention,
    notes,
    rowName: (row) => `line ${parsed.lineOf(row)}`
  }
}

/** The column's whole numbers without rounding. */
function wholeNumbersOf(column: TextColumn, rows: number): WholeNumbers {
  const bits = new BigInt64Array(rows)
  const all = joined(column, rows)
  for (let i = 0; i < rows; i++) bits[i] = Math.abs(all[i]) < 2 ** 53 ? BigInt(all[i]) : 0n
  let start = 0
  for (const wide of column.wide) {
    const count = wide === null ? 0 : Math.min(CHUNK_ROWS, rows - start)
    for (let i = 0; wide !== null && i < count; i++) if (wide[i] !== 0n) bits[start + i] = wide[i]
    start += CHUNK_ROWS
  }
  return column.width === 'unsigned' ? new BigUint64Array(bits.buffer) : bits
}

/** The column as one array; frees its pieces. */
function joined(column: TextColumn, rows: number): Float64Array {
  const length = rows * column.perRow
  if (column.chunks.length === 1 && column.chunks[0].length === length) return column.chunks[0]
  const values = new Float64Array(length)
  let start = 0
  for (const chunk of column.chunks) {
    const part = chunk.subarray(0, length - start)
    values.set(part, start)
    start += part.length
  }
  column.chunks = [values]
  return values
}
