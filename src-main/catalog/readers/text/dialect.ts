import { badInput } from '../../../../src-shared/errors.ts'
import { splitHeading } from '../../table/names.ts'
import { textOrNumber } from '../../table/text-or-number.ts'
import { readTableYaml } from '../../table/table-yaml.ts'
import { parseUnit } from '../../table/units.ts'
import { isNumeric } from './numbers.ts'
import { firstText } from './stream.ts'

/** How a text table is written. */
export interface TextDialect {
  /** One character, or null: any run of blanks. */
  delimiter: string | null
  /** The decimal mark. */
  decimal: '.' | ','
  names: string[]
  units: (string | null)[]
  /** Each heading in full, so that a format can recognise its own. */
  headings: string[]
  /** Columns with the same name as an earlier one, and their new names */
  repeated: { name: string; uniqueName: string }[]
  /** Fields that hold text in every row examined. */
  text: boolean[]
  /** Numbers per field: 1, or more for a vector of ECSV, `[1.0,2.0,3.0]`. */
  widths: number[]
  /** Fields that are lists of another form. */
  lists: boolean[]
  /** True if quotes keep blanks together in a table whose delimiter is blanks. */
  quoted: boolean
  /** Columns at the end of the table that may be blank in a row, in a table aligned with blanks */
  optional: number
  /** Lines before the data that are not comments: headings and units. */
  skip: number
  /** Comments without their mark. */
  comments: string[]
  metadata: Record<string, string | number>
  /** True if the file names its columns; otherwise they are col1, col2... */
  named: boolean
}

const SAMPLE_BYTES = 2 ** 18
const SAMPLE_ROWS = 100
/** A header longer than this is not a header. */
const MOST_HEADER_BYTES = 2 ** 21
const MOST_COLUMNS = 4096
const DELIMITERS = ['\t', ',', ';', '|']

/** True for bytes that can be text: no NUL, and few control characters. */
export function looksLikeText(bytes: Buffer): boolean {
  if (bytes.length === 0 || bytes.includes(0)) return false
  let odd = 0
  for (const byte of bytes) if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) odd++
  return odd <= bytes.length / 200
}

/**
 * Finds the delimiter, headings, units and facts in comments from a file's first lines.
 * @returns null when the file has comments or headings and no rows.
 */
export async function sniffDialect(path: string): Promise<TextDialect | null> {
  for (let count = SAMPLE_BYTES; ; count *= 8) {
    const { bytes, whole } = await firstText(path, count)
    const wide =
      bytes.length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    if (wide) throw badInput(`${path} is UTF-16 text; save it as UTF-8.`)
    const lines = bytes
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .split('\n')
      .map((line) => line.replace(/\r$/, ''))
    if (!whole) lines.pop()
    if (lines.length === 1 && lines[0].includes('\r'))
      throw badInput(
        `${path} ends its lines with a lone carriage return; save it with the line ends of Linux or Windows.`
      )
    const comments: string[] = []
    const rows: string[] = []
    for (const line of lines) {
      if (/^\s*[#%]/.test(line)) comments.push(line.replace(/^\s*[#%]+/, ''))
      else if (line.trim() !== '' && rows.length < SAMPLE_ROWS) rows.push(line)
    }
    if (rows.length < 3 && !whole && bytes.length < MOST_HEADER_BYTES) continue
    if (rows.length === 0) return null
    return dialectOf(rows, comments, path)
  }
}

function dialectOf(rows: string[], comments: string[], path: string): TextDialect | null {
  const isEcsv = comments.some((comment) => /^\s*%?ECSV\b/.test(comment))
  const delimiter = isEcsv ? ecsvDelimiter(comments) : delimiterOf(rows)
  refuseMergerTrees(rows, comments, path)
  const rawCells = rows.map((row) => splitLine(row, delimiter, isEcsv))
  const decimal = hasDecimalCommas(rawCells.slice(1), delimiter) ? ',' : '.'
  const cells = decimal === '.' ? rawCells : rawCells.map((row) => row.map((cell) => withDecimalPoint(cell) ?? cell))
  const [first, second] = cells
  let headings: string[] | null = null
  let unitRow: string[] | null = null
  let skip = 0
  const texts = first.filter((cell) => !isNumeric(cell)).length
  const body = second ?? []
  if (
    texts > 0 &&
    (texts === first.filter((cell) => cell.trim() !== '').length ||
      first.some((cell, i) => !isNumeric(cell) && body[i] !== undefined && isNumeric(body[i])))
  ) {
    headings = first
    skip = 1
    if (second !== undefined && isUnitRow(second)) {
      unitRow = second
      skip = 2
    }
  }
  const data = cells.slice(skip)
  if (data.length === 0) return null
  const fields = data[0].length
  // Some writers (AHF) end every row with a delimiter.
  const ending = fields > 1 && data.every((row) => row.length === fields && row[fields - 1].trim() === '')
  const commented = headings === null ? commentedHeadings(comments, delimiter, fields) : null
  const shorter =
    headings === null && commented === null && ending ? commentedHeadings(comments, delimiter, fields - 1) : null
  if (headings?.length === fields && ending && headings[fields - 1].trim() === '') headings = headings.slice(0, -1)
  const width =
    ending && (shorter ?? headings)?.length === fields - 1 ? fields - 1 : Math.max(fields, headings?.length ?? 0)
  if (width > MOST_COLUMNS)
    throw badInput(`${path} has ${width} columns, more than the ${MOST_COLUMNS} a table may have; check its delimiter.`)
  const optional = headings === null || delimiter !== null ? 0 : blankEnds(rows[0], rows.slice(skip))
  if (
    headings !== null &&
    optional === 0 &&
    headings.length !== data[0].length &&
    !(data[0].length === headings.length + 1 && data[0].at(-1)?.trim() === '')
  )
    throw badInput(
      `${path} names ${headings.length} column${headings.length === 1 ? '' : 's'} and its first row has ${data[0].length} fields; mend the heading or the delimiter.`
    )
  headings ??= commented ?? shorter
  const named = headings !== null
  const { unique, repeated } = uniqueNames(
    (headings ?? []).concat(Array.from({ length: width }, (_, i) => `col${i + 1}`).slice(headings?.length ?? 0))
  )
  const split = unique.map(splitHeading)
  const described = isEcsv ? readTableYaml(comments.slice(1).map((comment) => comment.replace(/^ /, ''))) : null
  const subtypes = split.map((heading) => described?.subtypes.get(heading.name))
  const widths = subtypes.map(vectorWidth)
  return {
    delimiter,
    decimal,
    names: split.map((heading) => heading.name),
    units: split.map(
      (heading, i) => described?.units.get(heading.name) ?? heading.unit ?? (unitRow?.[i]?.trim() || null)
    ),
    headings: unique,
    repeated,
    text: unique.map(
      (_, i) =>
        !(widths[i] > 1) && data.every((row) => (row[i] === undefined ? i >= width - optional : !isNumeric(row[i])))
    ),
    widths: unique.map((_, i) => widths[i] ?? 1),
    lists: unique.map((_, i) => subtypes[i] !== undefined && widths[i] === 1),
    quoted: isEcsv,
    optional,
    skip,
    comments,
    metadata: described?.metadata ?? commentMetadata(comments),
    named
  }
}

/** Matches `12,5` and `1,2e3`; `1,234` may be a decimal or a thousand. */
const DECIMAL_COMMA = /^(\s*[+-]?\d*),(\d+(?:[eE][+-]?\d+)?\s*)$/
const GROUPED = /^\s*[+-]?\d{1,3}(?:,\d{3})+\s*$/
/** `1.234.567,8`: points between thousands, where the decimal mark is a comma. */
const POINT_GROUPED = /^\s*[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?(?:[eE][+-]?\d+)?\s*$/

/** A number with a decimal comma, and perhaps points between thousands, in the usual form; null for another text. */
export function withDecimalPoint(cell: string): string | null {
  const text = cell.trim().replace(/^"(.*)"$/, '$1')
  if (POINT_GROUPED.test(text)) return text.replaceAll('.', '').replace(',', '.')
  return DECIMAL_COMMA.test(text) ? text.replace(',', '.') : null
}

/** True if numbers contain commas that are not delimiters and cannot all be thousands separators. */
function hasDecimalCommas(rows: string[][], delimiter: string | null): boolean {
  if (delimiter === ',') return false
  const cells = rows.flat()
  const hasPoint = cells.some((cell) => /^\s*[+-]?\d+\.\d/.test(cell) && !POINT_GROUPED.test(cell))
  const isCertain = (cell: string): boolean =>
    DECIMAL_COMMA.test(cell) ? !GROUPED.test(cell) : POINT_GROUPED.test(cell) && cell.includes(',')
  return !hasPoint && cells.some(isCertain)
}

/** True if blanks split every row like the heading into numbers with decimal commas, at which commas would split too. */
function isBlankWithCommas(rows: readonly string[]): boolean {
  const [heading, ...body] = rows.map((row) => splitLine(row, null))
  return (
    heading.length > 1 &&
    body.length > 0 &&
    splitLine(rows[0], ',').length !== splitLine(rows[1], ',').length &&
    body.every((row) => row.length === heading.length) &&
    body.flat().every((cell) => isNumeric(cell) || withDecimalPoint(cell) !== null)
  )
}

/**
 * Detects the tree_*.dat files of consistent-trees: the number of trees on its own line, then each tree below a line
 * `#tree ID`.
 * @throws HalolawError `bad-input` for such a file.
 */
function refuseMergerTrees(rows: string[], comments: string[], path: string): void {
  const [first, second] = rows
  const isCount = /^\s*\d+\s*$/.test(first) && second !== undefined && splitLine(second, null).length > 2
  if (isCount && comments.some((comment) => /^\s*tree\s+\d+/i.test(comment)))
    throw badInput(
      `${path} is a merger-tree file (${first.trim()} trees of many snapshots); use the catalog of one snapshot, such as consistent-trees' hlist_*.list.`
    )
}

/** The delimiter that splits most rows into the same number of fields, more than one; blanks if none does. */
function delimiterOf(rows: string[]): string | null {
  if (isBlankWithCommas(rows)) return null
  const body = rows.length > 2 ? rows.slice(1) : rows
  const headed = DELIMITERS.filter((delimiter) => {
    const fields = splitLine(rows[0], delimiter).length
    return fields > 1 && body.every((row) => splitLine(row, delimiter).length === fields)
  })
  for (const delimiter of [...headed, ...DELIMITERS]) {
    const counts = body.map((row) => splitLine(row, delimiter).length)
    if (counts[0] > 1 && counts.filter((count) => count === counts[0]).length >= 0.5 * counts.length) {
      // Tabs among blanks that align columns count as blanks.
      if (
        delimiter === '\t' &&
        splitLine(body[0], null).length > counts[0] &&
        splitLine(body[0], '\t').every((cell) => cell.trim().split(/\s+/).every(isNumeric))
      )
        return null
      return delimiter
    }
  }
  return null
}

/** The delimiter that an ECSV header states: blanks, or a comma. */
function ecsvDelimiter(comments: readonly string[]): string | null {
  return comments.some((comment) => /^\s*delimiter:\s*['"]?,/.test(comment)) ? ',' : null
}

/** Numbers in a row of a vector of subtype `float64[3]`; 1 for other subtypes. */
function vectorWidth(subtype: string | undefined): number {
  const width = Number(/^(?:u?int|float)\d+\[(\d{1,4})\]$/.exec(subtype ?? '')?.[1] ?? 1)
  return width >= 1 && width <= MOST_COLUMNS ? width : 1
}

/**
 * Cells of a line. A delimiter inside double quotes is part of its cell; a null delimiter means white space, which
 * cells in quotes contain if `keepsQuotes`.
 */
export function splitLine(line: string, delimiter: string | null, keepsQuotes = false): string[] {
  if (delimiter === null && keepsQuotes) return line.match(/"(?:[^"]|"")*"|\S+/g) ?? []
  if (delimiter === null) return line.trim().split(/\s+/)
  if (!line.includes('"')) return line.split(delimiter)
  const cells: string[] = []
  let cell = ''
  let quoted = false
  for (const letter of line) {
    if (letter === '"') quoted = !quoted
    else if (letter === delimiter && !quoted) {
      cells.push(cell)
      cell = ''
    } else cell += letter
  }
  return [...cells, cell]
}

function isUnitRow(cells: string[]): boolean {
  return (
    cells.some((cell) => parseUnit(cell) !== null) &&
    cells.every((cell) => !isNumeric(cell) || cell.trim() === '' || cell.trim() === '-')
  )
}

/**
 * The number of columns at the end that some row leaves blank (Amiga's .stat files). Each such row ends before the
 * heading of the first of them begins; otherwise the row is not aligned with the heading, and the number is 0.
 */
function blankEnds(heading: string, lines: readonly string[]): number {
  const starts = [...heading.matchAll(/\S+/g)].map(({ index }) => index)
  let blank = 0
  for (const line of lines) {
    const fields = splitLine(line, null).length
    if (fields > starts.length || (fields < starts.length && line.trimEnd().length > starts[fields])) return 0
    blank = Math.max(blank, starts.length - fields)
  }
  return blank
}

/**
 * Headings in which `rel_pos(3)[kpc]` stands for three columns; null unless they then name every column. In `Xc(6)` the
 * number is the column's index, and the sum does not fit.
 */
function vectorHeadings(cells: readonly string[], width: number): string[] | null {
  const counts = cells.map((cell) => Number(/^[^([]+\((\d{1,2})\)/.exec(cell)?.[1] ?? 1))
  if (counts.every((count) => count === 1) || counts.reduce((sum, count) => sum + count, 0) !== width) return null
  return cells.flatMap((cell, i) =>
    counts[i] === 1 ? [cell] : Array.from({ length: counts[i] }, (_, k) => cell.replace(/\(\d+\)/, `_${k}`))
  )
}

/** A comment line with one word per column: `#ID DescID Mvir ...`, `# x [Mpc/h] y [Mpc/h] ...`. */
function commentedHeadings(comments: string[], delimiter: string | null, width: number): string[] | null {
  for (const comment of comments) {
    const text = comment.trim()
    const ways = [
      splitLine(text, delimiter),
      splitLine(text, null),
      splitLine(text, ','),
      vectorHeadings(splitLine(text, null), width) ?? [],
      text.match(/[^\s[(]+(?:\s*(?:\[[^\]]*\]|\([^)]*\)))*/g) ?? []
    ]
    const headings = ways.find(
      (cells) =>
        cells.length === width &&
        cells.every((cell) => cell.trim() !== '') &&
        !cells.some((cell) => /^[+-]?[\d.]+$/.test(cell.trim()))
    )
    if (headings !== undefined && (width > 2 || /^[a-z_]\w*$/i.test(headings[0]))) return headings
  }
  return null
}

/** Makes column names unique: later columns of the same name get a number, and `repeated` lists them. */
function uniqueNames(headings: string[]): { unique: string[]; repeated: TextDialect['repeated'] } {
  const seen = new Map<string, number>()
  const repeated: TextDialect['repeated'] = []
  const unique = headings.map((heading, i) => {
    const name = heading.trim().replace(/^"(.*)"$/, '$1') || `col${i + 1}`
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    if (count === 1) return name
    repeated.push({ name, uniqueName: `${name}_${count}` })
    return `${name}_${count}`
  })
  return { unique, repeated }
}

/** `#Box size: 100.0 Mpc/h`, `#Om = 0.3; Ol = 0.7; h = 0.7`, `# redshift=0`. */
function commentMetadata(comments: string[]): Record<string, string | number> {
  const metadata: Record<string, string | number> = {}
  for (const comment of comments) {
    for (const part of comment.replace(/[{}]/g, ' ').split(/[;,]\s|\n/)) {
      const match = /^[\s-]*([A-Za-z][\w .()/-]{0,40}?)\s*[:=]\s*(.{1,200})$/.exec(part.trim())
      if (match !== null && !(match[1].trim() in metadata)) metadata[match[1].trim()] = textOrNumber(match[2])
    }
  }
  return metadata
}
