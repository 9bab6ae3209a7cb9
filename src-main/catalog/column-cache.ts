import { badInput } from '../../src-shared/errors.ts'
import { throwIfCancelled } from '../work.ts'
import type { Mapping, Source } from './table/mapping.ts'
import type { ReadOptions, Table, TableColumn, Values, WholeNumbers } from './table/table.ts'

/** Whether the caller overwrites the values that it receives. */
export type ColumnUse = 'read' | 'overwrite'

/** Reads each column of the file once and releases it after its last use. */
export class ColumnCache {
  private readonly table: Table
  private readonly path: string
  private readonly options: ReadOptions
  private readonly uses = new Map<TableColumn, number>()
  private readonly loaded = new Map<TableColumn, Values>()
  private done = 0
  private readonly total: number

  constructor(table: Table, path: string, options: ReadOptions, mapping: Mapping, extras: Mapping['extras']) {
    this.table = table
    this.path = path
    this.options = options
    const sources = [...mapping.position, ...(mapping.velocity ?? []), ...extras.map((extra) => extra.source)]
    if (mapping.mass !== null) sources.push(mapping.mass)
    else if (mapping.count !== null) sources.push(mapping.count)
    for (const { column } of sources) this.uses.set(column, (this.uses.get(column) ?? 0) + 1)
    this.total = this.uses.size
  }

  /** One number per row, as in the file. */
  async component(source: Source, use: ColumnUse): Promise<Values> {
    const { column, component } = source
    const all = await this.column(column)
    const left = (this.uses.get(column) ?? 1) - 1
    this.uses.set(column, left)
    if (left <= 0) this.loaded.delete(column)
    if (column.width === 1) return use === 'overwrite' && left > 0 ? all.slice() : all
    const values = all instanceof Float32Array ? new Float32Array(this.table.rows) : new Float64Array(this.table.rows)
    for (let row = 0, at = component; row < values.length; row++, at += column.width) values[row] = all[at]
    return values
  }

  /** One whole number per row without rounding; null if the reader has only rounded ones. */
  async exactComponent({ column, component }: Source): Promise<WholeNumbers | null> {
    throwIfCancelled(this.options.signal)
    const all = (await column.readExact?.()) ?? null
    if (all === null || column.width === 1) return all
    const { rows } = this.table
    const values = all instanceof BigInt64Array ? new BigInt64Array(rows) : new BigUint64Array(rows)
    for (let row = 0, at = component; row < rows; row++, at += column.width) values[row] = all[at]
    return values
  }

  private async column(column: TableColumn): Promise<Values> {
    const known = this.loaded.get(column)
    if (known !== undefined) return known
    throwIfCancelled(this.options.signal)
    const values = await column.read()
    if (values.length !== this.table.rows * column.width)
      throw badInput(
        `Column ${column.name} of ${this.path} holds ${values.length} numbers where ${this.table.rows * column.width} belong; the file is damaged, fetch or write it again.`
      )
    this.loaded.set(column, values)
    this.done++
    this.options.onProgress?.({ fraction: (0.95 * this.done) / this.total, message: `Reading ${column.name}` })
    return values
  }
}
