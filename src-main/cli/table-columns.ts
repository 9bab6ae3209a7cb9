import { badInput } from '../../src-shared/errors.ts'
import { detectReader } from '../catalog/detect.ts'

export interface NumericColumns {
  columns: Map<string, Float32Array | Float64Array>
  /** What a person should know of the table */
  warnings: string[]
}

/**
 * Every numeric column of a table in any format that catalogs have; a vector gives one column a component.
 * @param asked columns that have to be there; with `only`, no others are read
 * @throws HalolawError `bad-input` for a table that cannot be read, or a column asked for that holds text or stands there twice
 */
export async function readColumns(path: string, asked: readonly string[], only: boolean): Promise<NumericColumns> {
  const reader = await detectReader(path)
  const table = await reader.open(path, { map: {} })
  try {
    const warnings = [...table.notes]
    const others = table.others ?? []
    const text = asked.find((name) => others.includes(name))
    if (text !== undefined)
      throw badInput(`Column "${text}" of ${path} holds text; choose columns of numbers, or write it as numbers first.`)
    if (others.length > 0)
      warnings.push(`Left out, because they hold no numbers: ${others.map((n) => `"${n}"`).join(', ')}.`)
    const columns: NumericColumns['columns'] = new Map()
    for (const column of table.columns) {
      const names =
        column.width === 1
          ? [column.name]
          : Array.from({ length: column.width }, (_, part) => `${column.name}[${part}]`)
      if (columns.has(names[0])) {
        if (asked.includes(names[0]))
          throw badInput(`${path} has two columns "${names[0]}"; give them different names.`)
        warnings.push(`Of two columns "${names[0]}" the first was taken.`)
        continue
      }
      const isWanted = !only || names.some((name) => asked.includes(name))
      const values = isWanted ? await column.read() : new Float64Array()
      for (const [part, name] of names.entries())
        columns.set(
          name,
          column.width === 1 || !isWanted
            ? values
            : Float64Array.from({ length: table.rows }, (_, i) => values[i * column.width + part])
        )
    }
    return { columns, warnings }
  } finally {
    await table.close?.()
  }
}
