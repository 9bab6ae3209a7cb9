import { badInput } from '../../../src-shared/errors.ts'
import { nearNames } from '../../near-names.ts'
import { AXES, COUNTS, identifier, LOG_MASSES, MASSES, PARTS, plain, VECTORS } from './names.ts'
import type { Axis } from './names.ts'
import type { TableColumn } from './table.ts'
import { parseUnit } from './units.ts'
import type { Quantity } from './units.ts'

/** One number per row: a component of a column, and its stated unit. */
export interface Source {
  column: TableColumn
  component: number
  /** As the user or the file states it; null when neither does. */
  unit: string | null
  /** Named by the user, not guessed. */
  named: boolean
}

/** The source of every quantity of the catalog. */
export interface Mapping {
  position: [Source, Source, Source]
  velocity: [Source, Source, Source] | null
  mass: Source | null
  /** Number of particles per halo; gives the mass if the catalog has none. */
  count: Source | null
  /** All other numbers, under their names in the expression language. */
  extras: { name: string; source: Source }[]
  notes: string[]
}

const CANONICAL = ['x', 'y', 'z', 'vx', 'vy', 'vz', 'mass', 'position', 'velocity'] as const
/** `--map` entries that give a number instead of a column. */
export const CONSTANTS = ['h', 'redshift', 'boxsize']
const QUANTITY: Record<string, Quantity> = {
  x: 'length',
  y: 'length',
  z: 'length',
  position: 'length',
  vx: 'velocity',
  vy: 'velocity',
  vz: 'velocity',
  velocity: 'velocity',
  mass: 'mass'
}
/** A wider column is a histogram or a spectrum, not a few numbers per halo. */
const WIDEST_EXTRA = 16

/** True if the names alone identify the positions; a reader uses this to choose among several tables. */
export function hasPositions(columns: readonly TableColumn[], map: Record<string, string>): boolean {
  const named = Object.entries(map).filter(([key]) => ['x', 'y', 'z', 'position'].includes(key.toLowerCase()))
  if (named.length > 0) return named.every(([, value]) => columnNamed(columns, value) !== null)
  return guessVector(columns, 'position') !== null
}

/**
 * Finds positions, velocities, masses and extra columns by name.
 * @param map overrides: { mass: 'M200c:1e10Msun/h', x: 'posx:kpc/h', position: 'Coordinates', Delta20: 'overdensity' }
 * @throws HalolawError `bad-input` when an override names no column, or no columns are positions.
 */
export function mapColumns(columns: readonly TableColumn[], map: Record<string, string>, file: string): Mapping {
  const notes: string[] = []
  const overrides = new Map<string, Source>()
  const renamed: { name: string; source: Source }[] = []
  for (const [rawKey, value] of Object.entries(map)) {
    const key = rawKey.toLowerCase()
    if (CONSTANTS.includes(key)) continue
    const source = columnNamed(columns, value)
    if (source === null) throw unknownColumn(columns, rawKey, value, file)
    const quantity = QUANTITY[key]
    if (quantity !== undefined && source.unit !== null) checkUnit(source.unit, quantity, rawKey, value)
    if (key === 'position' || key === 'velocity') {
      if (source.column.width !== 3)
        throw badInput(
          `--map ${rawKey}=${value} needs a column of three components, and "${source.column.name}" of ${file} has ${source.column.width}; map ${key === 'position' ? 'x, y and z' : 'vx, vy and vz'} one by one instead.`
        )
      AXES.forEach((axis, component) => overrides.set(key === 'position' ? axis : `v${axis}`, { ...source, component }))
    } else if ((CANONICAL as readonly string[]).includes(key)) {
      overrides.set(key, oneComponent(source, key, rawKey, value))
    } else {
      renamed.push({ name: identifier(rawKey), source })
    }
  }

  const position = triple(columns, 'position', overrides)
  if (position === null) throw noPositions(columns, file)
  const velocity = triple(columns, 'velocity', overrides)
  const mass = overrides.get('mass') ?? guessMass(columns, notes)
  const countColumn = byPlainName(
    columns.filter((column) => column.width === 1),
    COUNTS
  )
  const count = countColumn === null ? null : whole(countColumn)

  const used = new Set(
    [...position, ...(velocity ?? []), ...(mass === null ? [] : [mass]), ...renamed.map((entry) => entry.source)].map(
      idOf
    )
  )
  const names = new Set<string>([
    ...AXES,
    ...(velocity === null ? [] : ['vx', 'vy', 'vz']),
    ...(mass === null ? [] : ['mass'])
  ])
  const extras: Mapping['extras'] = []
  const add = (plainName: string, source: Source): void => {
    let name = plainName
    for (let n = 2; names.has(name); n++) name = n === 2 ? `${plainName}_file` : `${plainName}_file${n - 1}`
    names.add(name)
    extras.push({ name, source })
  }
  for (const entry of renamed) add(entry.name, entry.source)
  const wide: string[] = []
  for (const column of columns) {
    if (column.width > WIDEST_EXTRA) wide.push(`${column.name} (${column.width})`)
    else if (column.width === 1) {
      if (!used.has(idOf(whole(column)))) add(identifier(column.name), whole(column))
    } else {
      for (let component = 0; component < column.width; component++) {
        const source = { ...whole(column), component }
        if (!used.has(idOf(source))) add(`${identifier(column.name)}_${component}`, source)
      }
    }
  }
  if (wide.length > 0)
    notes.push(`Columns with more than ${WIDEST_EXTRA} numbers a halo were left out: ${wide.join(', ')}.`)
  return { position, velocity, mass, count, extras, notes }
}

/** Name of a source in sentences and in `ColumnInfo.source`. */
export function sourceName(source: Source): string {
  return source.column.width === 1 ? source.column.name : `${source.column.name}[${source.component}]`
}

function triple(
  columns: readonly TableColumn[],
  what: 'position' | 'velocity',
  overrides: Map<string, Source>
): [Source, Source, Source] | null {
  const prefix = what === 'position' ? '' : 'v'
  const overridden = AXES.map((axis) => overrides.get(prefix + axis))
  const guessed = overridden.some((source) => source === undefined) ? guessVector(columns, what) : null
  const parts = overridden.map((source, i) => source ?? guessed?.[i])
  const [x, y, z] = parts
  return x === undefined || y === undefined || z === undefined ? null : [x, y, z]
}

function guessVector(columns: readonly TableColumn[], what: 'position' | 'velocity'): [Source, Source, Source] | null {
  const scalars = columns.filter((column) => column.width === 1)
  const vectors = columns.filter((column) => column.width === 3)
  const vector = byPlainName(vectors, VECTORS[what])
  if (vector !== null)
    return [0, 1, 2].map((component) => ({ ...whole(vector), component })) as [Source, Source, Source]
  for (const names of PARTS[what]) {
    const parts = names.map((name) => byPlainName(scalars, [name]))
    if (parts.every((column) => column !== null)) return parts.map(whole) as [Source, Source, Source]
  }
  return null
}

function guessMass(columns: readonly TableColumn[], notes: string[]): Source | null {
  const scalars = columns.filter((column) => column.width === 1)
  const candidates = MASSES.map((name) => byPlainName(scalars, [name])).filter((column) => column !== null)
  if (candidates.length > 0) {
    const others = candidates.slice(1).map((column) => column.name)
    if (others.length > 0)
      notes.push(
        `Mass is taken from ${candidates[0].name}; ${others.join(', ')} ${others.length === 1 ? 'is kept as an extra column' : 'are kept as extra columns'} (--map mass=${others[0]} chooses another).`
      )
    return whole(candidates[0])
  }
  const logarithm = byPlainName(scalars, LOG_MASSES)
  if (logarithm === null) return null
  const unit = logarithm.unit === null ? null : parseUnit(logarithm.unit)
  return {
    ...whole(logarithm),
    unit: unit === null ? 'log10(Msun/h)' : unit.log ? logarithm.unit : `log10(${logarithm.unit})`
  }
}

/** The first of these names that a column has; among columns that differ only in case, the lower-case one. */
function byPlainName(columns: readonly TableColumn[], names: readonly string[]): TableColumn | null {
  for (const name of names) {
    const matches = columns.filter((column) => plain(column.name) === name)
    if (matches.length > 0) return matches.find((column) => column.name === column.name.toLowerCase()) ?? matches[0]
  }
  return null
}

function whole(column: TableColumn): Source {
  return { column, component: 0, unit: column.unit, named: false }
}

function idOf(source: Source): string {
  return `${source.column.path ?? ''}\n${source.column.name}\n${source.component}`
}

/** The column that a `--map` value names; null if there is none. */
export function findColumn(columns: readonly TableColumn[], value: string): TableColumn | null {
  return columnNamed(columns, value)?.column ?? null
}

/** Reads `Name`, `Name[1]`, `Name:unit`. Names are compared exactly, then without case, then by their last part. */
function columnNamed(columns: readonly TableColumn[], text: string): Source | null {
  const find = (name: string): Source | null => {
    const trimmed = name.trim()
    const lower = trimmed.toLowerCase()
    const column =
      columns.find((c) => c.name === trimmed || c.path === trimmed) ??
      columns.find(
        (c) =>
          c.name.toLowerCase() === lower || c.path?.toLowerCase() === lower || c.path?.toLowerCase() === `/${lower}`
      )
    if (column !== undefined) return { ...whole(column), named: true }
    const indexed = /^(.*)\[(\d+)\]$/.exec(trimmed)
    if (indexed === null) return null
    const vector = find(indexed[1])
    const component = Number(indexed[2])
    return vector !== null && component < vector.column.width ? { ...vector, component } : null
  }
  const exact = find(text)
  if (exact !== null) return exact
  for (let colon = text.lastIndexOf(':'); colon > 0; colon = text.lastIndexOf(':', colon - 1)) {
    const source = find(text.slice(0, colon))
    if (source !== null) return { ...source, unit: text.slice(colon + 1).trim() }
  }
  return null
}

/** x=Position means Position[0], and y=Position its second component; a mass must be one number. */
function oneComponent(source: Source, key: string, rawKey: string, value: string): Source {
  const { width, name } = source.column
  if (width === 1 || value.includes('[')) return source
  const axis = AXES.indexOf(key.slice(-1) as Axis)
  if (width === 3 && key !== 'mass') return { ...source, component: axis }
  throw badInput(
    `--map ${rawKey}=${value} needs one number a halo, and "${name}" has ${width}; choose one, e.g. --map ${rawKey}=${name}[0].`
  )
}

function checkUnit(unit: string, quantity: Quantity, key: string, value: string): void {
  const parsed = parseUnit(unit)
  const examples = { length: 'Mpc/h, kpc/h or Mpc', velocity: 'km/s', mass: 'Msun/h, 1e10Msun/h or Msun' }[quantity]
  if (parsed === null && value.includes(':'))
    throw badInput(`The unit "${unit}" in --map ${key}=${value} is not known; use ${examples}.`)
  if (parsed !== null && parsed.quantity !== quantity)
    throw badInput(`--map ${key}=${value} has a unit of ${parsed.quantity}; use ${examples}.`)
}

function listOf(columns: readonly TableColumn[]): string {
  const names = columns.slice(0, 12).map((column) => column.name)
  return columns.length === 0
    ? 'none'
    : names.join(', ') + (columns.length > names.length ? `, and ${columns.length - names.length} more` : '')
}

function unknownColumn(columns: readonly TableColumn[], key: string, value: string, file: string): Error {
  const [near] =
    value.length < 3
      ? []
      : nearNames(
          value.replace(/:[^:]*$/, ''),
          columns.flatMap(({ name, path }) => (path ? [name, path] : [name]))
        )
  const suggestion = near === undefined ? '' : ` (did you mean ${near}?)`
  return badInput(
    `--map ${key}=${value} names no numeric column of ${file}${suggestion}; its columns are ${listOf(columns)}.`
  )
}

function noPositions(columns: readonly TableColumn[], file: string): Error {
  const names = new Set(columns.map((column) => plain(column.name)))
  if ((names.has('ra') || names.has('raj2000')) && (names.has('dec') || names.has('dej2000')))
    return badInput(
      `${file} has sky positions (RA, Dec) and no comoving x, y, z; convert them to comoving Mpc/h first.`
    )
  return badInput(
    `${file} has no columns that are known as positions x, y, z; its columns are ${listOf(columns)}: name three with --map x=...,y=...,z=... or one vector with --map position=...`
  )
}
