import { textOrNumber } from './text-or-number.ts'

/** What astropy's YAML header says about a table in an ECSV, HDF5 or Parquet file. */
export interface TableDescription {
  /** Units by column name. */
  units: Map<string, string>
  /** Subtypes by column name: `float64[3]` for a vector, `json`... */
  subtypes: Map<string, string>
  /** Scalars of the table's `meta`; a quantity as number and unit. */
  metadata: Record<string, string | number>
}

/** A header longer than this does not describe a catalog. */
const MOST_LINES = 100_000
/** Longer lists of numbers are data, not the three sides of a box. */
const LONGEST_LIST = 200

/**
 * Reads the part of YAML that astropy writes (github.com/astropy/astropy-APEs, APE 6): `datatype` with entries in flow
 * style (`- {name: x, unit: kpc}`) or block style, and `meta` with scalars and quantities. Everything else is skipped.
 */
export function readTableYaml(lines: readonly string[]): TableDescription {
  const description: TableDescription = { units: new Map(), subtypes: new Map(), metadata: {} }
  let section = ''
  for (const item of items(resolveUnits(lines.slice(0, MOST_LINES)))) {
    const heading = /^([A-Za-z_]\w*):/.exec(item[0])
    if (heading !== null) section = heading[1]
    const text = item[0].replace(/^\s*-?\s*/, '')
    if (section === 'datatype' && item[0].startsWith('-')) {
      const entry = text.startsWith('{') ? flowEntries(item.join(' ')) : blockEntries(item)
      const name = entry.get('name')
      const unit = entry.get('unit')
      const subtype = entry.get('subtype')
      if (name !== undefined && unit !== undefined) description.units.set(name, unit)
      if (name !== undefined && subtype !== undefined) description.subtypes.set(name, subtype)
    } else if (section === 'meta' && (heading === null || item[0].includes('{'))) {
      const entries = heading !== null || text.startsWith('{') ? flowEntries(item.join(' ')) : new Map([keyValue(item)])
      for (const [key, value] of entries) {
        if (key === '' || key.startsWith('__')) continue
        const plainValue = scalar(value)
        if (plainValue !== null) description.metadata[key] = plainValue
        else if (/^!astropy\.cosmology\b/.test(value)) addCosmology(value, description.metadata)
      }
    }
  }
  return description
}

/** Replaces each unit object, and each alias of one, by its text. */
function resolveUnits(lines: readonly string[]): string[] {
  const anchors = new Map<string, string>()
  return lines.map((line) =>
    line
      .replace(
        /(?:&(\w+)\s+)?!astropy\.units\.Unit\s*\{unit:\s*([^{}]*)\}/g,
        (_, anchor: string | undefined, unit: string) => {
          if (anchor !== undefined) anchors.set(anchor, unit)
          return unit
        }
      )
      .replace(/\*(\w+)/g, (alias, anchor: string) => anchors.get(anchor) ?? alias)
  )
}

/**
 * Groups lines into entries. An entry begins at the margin, with a dash, or (in a mapping) at the first level of
 * indentation.
 */
function items(lines: readonly string[]): string[][] {
  const entries: string[][] = []
  let level = -1
  for (const line of lines) {
    if (line.trim() === '' || line.trim() === '---') continue
    const indent = line.length - line.trimStart().length
    const current = entries.at(-1)
    const open = current !== undefined && braces(current.join(' ')) > 0
    const atMargin = indent === 0
    // Under `meta:` a mapping is indented by two blanks and a list of pairs is not indented.
    if (atMargin) level = /^-/.test(line) ? Infinity : -1
    else if (level < 0) level = indent
    if (!open && (atMargin || indent <= level)) {
      if (!(indent > 0 && level === Infinity)) {
        entries.push([line])
        continue
      }
    }
    if (current !== undefined) current.push(line)
  }
  return entries
}

function braces(text: string): number {
  let depth = 0
  let quote = ''
  for (const letter of text) {
    if (quote !== '') {
      if (letter === quote) quote = ''
    } else if (letter === '"' || letter === "'") quote = letter
    else if (letter === '{') depth++
    else if (letter === '}') depth--
  }
  return depth
}

const NUMBER = /[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/.source
const COSMOLOGY = new RegExp(
  String.raw`\b(H0|Om0):\s*(?:!astropy\.units\.Quantity\s*\{?\s*unit:[^:]*\bvalue:\s*)?(${NUMBER})(?=[\s,}]|$)`,
  'g'
)

/** Adds the Hubble constant in km/s/Mpc and the matter density of astropy's cosmology; the table's own go first. */
function addCosmology(text: string, metadata: TableDescription['metadata']): void {
  for (const [, name, value] of text.matchAll(COSMOLOGY)) metadata[name] ??= Number(value)
}

const ARRAYS: Record<string, (bytes: Buffer) => number[]> = {
  float64: (bytes) => Array.from({ length: bytes.length >> 3 }, (_, i) => bytes.readDoubleLE(8 * i)),
  float32: (bytes) => Array.from({ length: bytes.length >> 2 }, (_, i) => bytes.readFloatLE(4 * i)),
  int64: (bytes) => Array.from({ length: bytes.length >> 3 }, (_, i) => Number(bytes.readBigInt64LE(8 * i))),
  int32: (bytes) => Array.from({ length: bytes.length >> 2 }, (_, i) => bytes.readInt32LE(4 * i))
}

/** The numbers of a short NumPy array, which astropy encodes in base 64 twice; null for others. */
function arrayIn(text: string): number[] | null {
  const encoded = /\bbuffer:\s*!!binary\s*(?:\|\s*|")([A-Za-z\d+/=]+)/.exec(text)?.[1]
  const read = ARRAYS[/\bdtype:\s*(\w+)/.exec(text)?.[1] ?? '']
  if (encoded === undefined || read === undefined || encoded.length > LONGEST_LIST) return null
  const numbers = read(Buffer.from(Buffer.from(encoded, 'base64').toString('latin1'), 'base64'))
  return numbers.length > 0 && numbers.length <= 3 ? numbers : null
}

/** Entries of `{name: x, unit: Mpc / h}` by key; nested values stay text. */
function flowEntries(text: string): Map<string, string> {
  const inner = text.slice(text.indexOf('{') + 1, text.lastIndexOf('}'))
  const parts: string[] = []
  let part = ''
  let depth = 0
  let quote = ''
  for (const letter of inner) {
    if (quote !== '') quote = letter === quote ? '' : quote
    else if ((letter === '"' || letter === "'") && /[:,{[\s]$/.test(part)) quote = letter
    else if ('{['.includes(letter)) depth++
    else if ('}]'.includes(letter)) depth--
    else if (letter === ',' && depth === 0) {
      parts.push(part)
      part = ''
      continue
    }
    part += letter
  }
  return new Map([...parts, part].map((pair) => keyValue([pair])))
}

/** Entries of `- name: x` and the lines below it. */
function blockEntries(lines: readonly string[]): Map<string, string> {
  return new Map(lines.map((line) => keyValue([line])))
}

function keyValue(lines: readonly string[]): [string, string] {
  const match = /^\s*(?:-\s+)?("[^"]*"|'[^']*'|[^:]+?)\s*:(?:\s+(.*))?$/.exec(lines[0])
  if (match === null) return ['', '']
  // A key without a value on its line holds a mapping or a list.
  const value = match[2] === undefined ? '' : [match[2], ...lines.slice(1)].join(' ')
  return [unquoted(match[1]), unquoted(value)]
}

function unquoted(text: string): string {
  const trimmed = text.trim()
  const quoted = /^(["'])(.*)\1$/.exec(trimmed)
  return quoted === null ? trimmed : quoted[2]
}

/** A number, a text, a quantity as text with its unit, or a short list of numbers; null for other lists and mappings. */
function scalar(text: string): string | number | null {
  if (text.startsWith('!astropy.units.Quantity') || text.startsWith('!numpy')) {
    const numbers = arrayIn(text)?.join(' ') ?? new RegExp(String.raw`\bvalue:\s*(${NUMBER})`).exec(text)?.[1]
    const unit = /\bunit:\s*([^,{}]+?)\s*(?:\bvalue:|[,}]|$)/.exec(text)?.[1] ?? ''
    return numbers === undefined ? null : `${numbers} ${unit}`.trim()
  }
  const list = /^\[([-+\d.eE,\s]+)\]$/.exec(text) ?? /^((?:\s*-\s+[-+\d.eE]+){1,3})$/.exec(text)
  if (list !== null && text.length <= LONGEST_LIST)
    return list[1]
      .replace(/,|(?:^|\s)-\s/g, ' ')
      .trim()
      .replace(/\s+/g, ' ')
  if (text === '' || text.startsWith('{') || text.startsWith('[') || text.startsWith('!') || text.startsWith('&'))
    return null
  return text.length > 2000 ? null : textOrNumber(text)
}
