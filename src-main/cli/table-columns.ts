import { badInput } from '../../src-shared/errors.ts'
import { detectReader } from '../catalog/detect.ts'
import { holdsRoundedIntegers } from '../catalog/summary.ts'
import { judgeColumns, judgeTable } from '../catalog/table/sizes.ts'

export interface NumericColumns {
  columns: Map<string, Float32Array | Float64Array>
  /** Sentences about skipped columns */
  warnings: string[]
}

/**
 * The numeric columns of a table in any catalog format; a vector gives one column per component.
 * @param required columns to check; with `read` = `required`, the values of all others are left empty
 * @throws HalolawError `bad-input` for a table that cannot be read, or a required column that holds text or occurs
 * twice
 */
export async function readColumns(
  path: string,
  required: readonly string[],
  extent: 'all' | 'required'
): Promise<NumericColumns> {
  const reader = await detectReader(path)
  const table = await reader.open(path, { map: {} })
  try {
    await judgeTable(table, path)
    const isNeeded = ({ name }: { name: string }): boolean =>
      extent === 'all' || required.some((one) => one.startsWith(name))
    judgeColumns(path, table.rows, table.columns.filter(isNeeded))
    const warnings = [...table.notes]
    const others = table.others ?? []
    const other = others.find(({ name }) => required.includes(name))
    if (other !== undefined)
      throw badInput(
        `Column "${other.name}" of ${path} holds ${other.content}; choose a column of numbers, or convert it to numbers first.`
      )
    if (others.length > 0)
      warnings.push(
        `Columns without numbers are left out: ${others.map(({ name, content }) => (content === 'text' ? `"${name}"` : `"${name}" (${content})`)).join(', ')}.`
      )
    const columns: NumericColumns['columns'] = new Map()
    for (const column of table.columns) {
      const names =
        column.width === 1
          ? [column.name]
          : Array.from({ length: column.width }, (_, part) => `${column.name}[${part}]`)
      if (columns.has(names[0])) {
        if (required.includes(names[0]))
          throw badInput(`${path} has two columns "${names[0]}"; give them different names.`)
        warnings.push(`Of two columns "${names[0]}", the first is used.`)
        continue
      }
      const isRead = extent === 'all' || names.some((name) => required.includes(name))
      const values = isRead ? await column.read() : new Float64Array()
      if (holdsRoundedIntegers(column.type, values)) {
        if (required.includes(column.name))
          throw badInput(
            `Column "${column.name}" of ${path} holds whole numbers above 2^53, which double precision rounds; subtract its smallest value first.`
          )
        warnings.push(`Whole numbers above 2^53 in "${column.name}" are rounded to double precision.`)
      }
      for (const [part, name] of names.entries())
        columns.set(
          name,
          column.width === 1 || !isRead
            ? values
            : Float64Array.from({ length: table.rows }, (_, i) => values[i * column.width + part])
        )
    }
    return { columns, warnings }
  } finally {
    await table.close?.()
  }
}
