import { textOrNumber } from './text-or-number.ts'
import { readTableYaml } from './table-yaml.ts'
import type { TableDescription } from './table-yaml.ts'

/**
 * Reads the text pairs of Parquet and Arrow files: plain numbers and texts, astropy's table header, pandas' attributes.
 * Long texts are skipped.
 */
export function describePairs(pairs: Iterable<readonly [string, string]>): TableDescription {
  const description: TableDescription = { units: new Map(), subtypes: new Map(), metadata: {} }
  for (const [key, text] of pairs) {
    if (key === 'table_meta_yaml') {
      const { units, metadata } = readTableYaml(text.split('\n'))
      for (const [name, unit] of units) description.units.set(name, unit)
      Object.assign(description.metadata, metadata)
    } else if (key === 'PANDAS_ATTRS') addAttributes(fromJson(text), description)
    else if (key === 'pandas') addPandas(fromJson(text), description)
    else if (key !== 'ARROW:schema' && text.length <= 2000) description.metadata[key] = textOrNumber(text)
  }
  return description
}

/** pandas' own description: `attributes` is `DataFrame.attrs`, and a column's metadata may include a unit. */
function addPandas(pandas: Record<string, unknown>, description: TableDescription): void {
  if (isObject(pandas.attributes)) addAttributes(pandas.attributes, description)
  if (!Array.isArray(pandas.columns)) return
  for (const column of pandas.columns as unknown[]) {
    if (!isObject(column) || !isObject(column.metadata) || typeof column.name !== 'string') continue
    const unit = column.metadata.unit ?? column.metadata.units
    if (typeof unit === 'string') description.units.set(column.name, unit)
  }
}

/**
 * Scalars become metadata; a mapping named `units` gives units by column; other mappings become metadata `outer/inner`.
 */
function addAttributes(attributes: Record<string, unknown>, description: TableDescription, prefix = ''): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'number' || typeof value === 'string') description.metadata[prefix + key] = value
    else if (isObject(value) && /^(?:column_?)?units?$/i.test(key)) {
      for (const [name, unit] of Object.entries(value)) if (typeof unit === 'string') description.units.set(name, unit)
    } else if (isObject(value) && prefix === '') addAttributes(value, description, `${key}/`)
    else if (Array.isArray(value) && value.length <= 3 && value.every((item) => typeof item === 'number'))
      description.metadata[prefix + key] = value.join(' ')
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fromJson(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text)
    return isObject(parsed) ? parsed : {}
  } catch {
    return {}
  }
}
