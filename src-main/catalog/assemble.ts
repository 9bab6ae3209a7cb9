import { freemem } from 'node:os'
import { boxOf, boxText, sidesOf } from '../../src-shared/contract/box.ts'
import type { BoxSize } from '../../src-shared/contract/box.ts'
import { badInput } from '../../src-shared/errors.ts'
import type { Catalog, ColumnInfo } from './catalog.ts'
import { ColumnCache } from './column-cache.ts'
import { readFacts, unitsText } from './facts.ts'
import type { Facts } from './facts.ts'
import { freeOfH, guessBoxUnit, guessLengthUnit, guessMassUnit } from './guess.ts'
import { fileUnits, unitFromCgs, unitOfText } from './table/cgs.ts'
import type { FileUnits } from './table/cgs.ts'
import { CONSTANTS, mapColumns, sourceName } from './table/mapping.ts'
import type { Mapping, Source } from './table/mapping.ts'
import { AXES, plain } from './table/names.ts'
import { columnBytes, judgeColumns, memoryLimit } from './table/sizes.ts'
import type { ReadOptions, Table, Values, WholeNumbers } from './table/table.ts'
import { findUnit, INTERNAL_UNITS, parseUnit, toInternal } from './table/units.ts'
import type { Cosmology, Quantity, Unit } from './table/units.ts'
import { describeColumns, holdsRoundedIntegers, statistics } from './summary.ts'
import { SPREAD_ALLOWED, validate } from './validate.ts'

export interface AssembleOptions extends ReadOptions {
  /** Mpc/h; overrides the file. */
  boxSize: BoxSize | null
  /** Default: periodic if the box is known. */
  periodic?: boolean
}

/** Columns that the user did not name take at most this share of the machine's memory. */
const EXTRA_SHARE = 0.2

/**
 * Makes a catalog from a table: finds columns by name, converts units to Mpc/h, km/s and Msun/h, and checks every row.
 * @throws HalolawError `bad-input`: no positions, unusable rows, units that cannot be converted, positions outside the
 * box.
 */
export async function assemble(table: Table, path: string, options: AssembleOptions): Promise<Catalog> {
  if (table.rows === 0) throw badInput(`${path} holds no halos (0 rows); choose a file that has some.`)
  if (table.rows > 2 ** 31 - 1)
    throw badInput(
      `${path} says it holds ${table.rows} halos, more than the 2147483647 that Halolaw can number; split it.`
    )
  const metadata = withConstants(table.metadata, options.map)
  const facts = readFacts(metadata)
  const mapping = mapColumns(table.columns, options.map, path)
  const notes = [...table.notes, ...mapping.notes]
  noteOthers(table, path, notes)
  const extras = affordable(mapping, { rows: table.rows, path, notes, limit: options.memoryLimit })

  const sources = [...mapping.position, ...(mapping.velocity ?? []), ...extras.map(({ source }) => source)]
  if (mapping.mass !== null) sources.push(mapping.mass)
  judgeColumns(path, table.rows, [...new Set(sources.map(({ column }) => column))], options.memoryLimit)
  const reading = new ColumnCache(table, path, options, mapping, extras)
  const unitsByName = unitsText(metadata)
  const cosmology: Cosmology = { h: facts.h, a: facts.redshift === null ? null : 1 / (1 + facts.redshift) }
  const context: Context = { table, path, unitsByName, fileUnits: fileUnits(metadata), cosmology, notes }

  const [x, y, z] = await positionsOf(mapping, reading, facts, options, context)
  const boxSize = options.boxSize === null ? boxInMpc(facts, [x, y, z], context) : boxOf(sidesOf(options.boxSize))
  let velocity: Catalog['velocity'] = null
  const columns: ColumnInfo[] = [x.info, y.info, z.info]
  if (mapping.velocity !== null) {
    const parts = []
    for (const [i, source] of mapping.velocity.entries())
      parts.push(await quantity(`v${AXES[i]}`, source, 'velocity', reading, context))
    velocity = { vx: parts[0].values, vy: parts[1].values, vz: parts[2].values }
    columns.push(...parts.map((part) => part.info))
  }
  const mass = await massOf(mapping, reading, facts, context)
  if (mass !== null) columns.push(mass.info)
  const extra = new Map<string, Values>()
  const exact = new Map<string, WholeNumbers>()
  const rounded: string[] = []
  const used = columnBytes(
    table.rows,
    sources.map(({ column }) => ({ type: column.type, width: 1 }))
  )
  let spare = (options.memoryLimit ?? memoryLimit()) - used
  for (const { name, source } of extras) {
    const values = await reading.component(source, 'read')
    const { type } = source.column
    const unit = source.unit ?? unitsByName.get(plain(source.column.name)) ?? null
    extra.set(name, values)
    columns.push({
      name,
      source: sourceName(source),
      type,
      memoryType: values instanceof Float32Array ? 'float32' : 'float64',
      unit,
      min: 0,
      max: 0,
      nulls: 0
    })
    if (!holdsRoundedIntegers(type, values)) continue
    spare -= 8 * table.rows
    const whole = spare > 0 ? await reading.exactComponent(source) : null
    if (whole === null) rounded.push(name)
    else exact.set(name, whole)
  }
  const catalog: Catalog = {
    path,
    format: table.format,
    halos: table.rows,
    boxSize,
    periodic: boxSize !== null && (options.periodic ?? true),
    x: x.values,
    y: y.values,
    z: z.values,
    velocity,
    mass: mass?.values ?? null,
    extra,
    ...(exact.size > 0 && { exact }),
    columns,
    metadata: {
      ...metadata,
      ...(facts.redshift === null ? {} : { redshift: facts.redshift }),
      ...(facts.h === null ? {} : { h: facts.h })
    },
    warnings: notes
  }
  if (boxSize === null)
    notes.push(`${path} does not say its box size, so the box is not taken as periodic; give it with --box (Mpc/h).`)
  if (exact.size > 0)
    notes.push(
      `Whole numbers above 2^53 in ${[...exact.keys()].join(', ')} of ${path} are rounded to double precision in expressions; the digits that are shown are exact.`
    )
  if (rounded.length > 0)
    notes.push(`Whole numbers above 2^53 in ${rounded.join(', ')} of ${path} are rounded to double precision.`)
  const checked = validate(catalog, table.rowName)
  return { ...checked, columns: describeColumns(checked) }
}

interface Context {
  table: Table
  path: string
  unitsByName: Map<string, string>
  fileUnits: FileUnits
  cosmology: Cosmology
  notes: string[]
}

interface Converted {
  values: Float32Array
  info: ColumnInfo
  /** Unit of the values in the file. */
  unit: Unit
  unitFrom: 'file' | 'guess'
}

/** Always reads positions, velocities and masses; reads other columns as long as they fit into memory. */
function affordable(
  mapping: Mapping,
  { rows, path, notes, limit }: { rows: number; path: string; notes: string[]; limit: number | undefined }
): Mapping['extras'] {
  let left = Math.min(EXTRA_SHARE * (limit ?? memoryLimit()), 0.5 * freemem()) - rows * 4 * 7
  const fitting: Mapping['extras'] = []
  const dropped: string[] = []
  for (const extra of mapping.extras) {
    left -= rows * 8
    if (left > 0 || extra.source.named) fitting.push(extra)
    else dropped.push(extra.name)
  }
  if (dropped.length > 0)
    notes.push(
      `To save memory ${dropped.length} columns of ${path} were not read (${dropped.slice(0, 8).join(', ')}${dropped.length > 8 ? ', ...' : ''}); name one to read it: --map ${dropped[0]}=${dropped[0]}.`
    )
  return fitting
}

function noteOthers({ others = [] }: Table, path: string, notes: string[]): void {
  if (others.length === 0) return
  const names = others.slice(0, 20).map(({ name, content }) => `${name} (${content})`)
  notes.push(
    `Columns of ${path} without plain numbers are left out: ${names.join(', ')}${others.length > 20 ? ` and ${others.length - 20} more` : ''}.`
  )
}

function withConstants(
  metadata: Record<string, string | number>,
  map: Record<string, string>
): Record<string, string | number> {
  const merged: Record<string, string | number> = {}
  for (const [key, text] of Object.entries(map)) {
    if (!CONSTANTS.includes(key.toLowerCase())) continue
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value))
      throw badInput(`--map ${key}=${text} must be a number, e.g. ${key}=0.7.`)
    merged[key] = value
  }
  // The first entry of a name wins, so the user's values precede the file's.
  const named = new Set(Object.keys(merged).map(plain))
  for (const [key, value] of Object.entries(metadata)) if (!named.has(plain(key))) merged[key] = value
  return merged
}

/** Texts in the place of a unit that state none. */
const NO_UNIT =
  /^(?:|-+|\?|1(?:\.0*)?|none|null|n\/?a|unknown|unitless|dimensionless|(?:code|internal|simulation|native).*)$/i

/**
 * The first unit given by, in this order: the user, the column, the file's text, the format's convention, the file's
 * units.
 * @throws HalolawError `bad-input` if the user or the column states a unit that is not of this kind.
 */
function unitFor(source: Source, kind: Quantity, context: Context): Unit | null {
  const { column } = source
  const own = unitOfText(source.unit, kind) ?? (source.unit === null ? null : findUnit(source.unit, kind))
  if (own === null && source.unit !== null && !column.cgs && !NO_UNIT.test(source.unit.trim()))
    throw badInput(
      `The unit "${source.unit}" of ${sourceName(source)} in ${context.path} is no known unit of ${kind}; give it, e.g. --map ${kind === 'length' ? 'x' : kind === 'velocity' ? 'vx' : 'mass'}=${column.name}:${INTERNAL_UNITS[kind]}.`
    )
  return (
    own ??
    (column.cgs ? unitFromCgs(column.cgs, kind) : null) ??
    unitOfText(context.unitsByName.get(plain(column.name)), kind) ??
    unitOfText(context.table.convention?.[kind], kind) ??
    context.fileUnits[kind] ??
    null
  )
}

async function positionsOf(
  mapping: Mapping,
  reading: ColumnCache,
  facts: Facts,
  options: AssembleOptions,
  context: Context
): Promise<Converted[]> {
  const raw: Values[] = []
  for (const source of mapping.position) raw.push(await reading.component(source, 'overwrite'))
  const stated = mapping.position.map((source) => unitFor(source, 'length', context))
  let guessed: Unit | null = null
  if (stated.some((unit) => unit === null)) {
    // Without a known h, a unit that needs it would be no help.
    const free = facts.h === null ? null : freeOfH(context.table.columns)
    const guess = guessLengthUnit(raw, facts, options.boxSize, { path: context.path, free })
    guessed = guess.unit
    context.notes.push(guess.note)
  }
  return mapping.position.map((source, i) => {
    const unit = stated[i] ?? guessed
    if (unit === null)
      throw badInput(
        `The unit of ${sourceName(source)} in ${context.path} is not known; give it, e.g. --map position=${source.column.name}:Mpc/h.`
      )
    return convert({ name: AXES[i], source, raw: raw[i] }, unit, stated[i] === null ? 'guess' : 'file', context)
  })
}

async function quantity(
  name: string,
  source: Source,
  kind: Quantity,
  reading: ColumnCache,
  context: Context
): Promise<Converted> {
  const raw = await reading.component(source, 'overwrite')
  let unit = unitFor(source, kind, context)
  if (unit === null && kind === 'mass') {
    const guess = guessMassUnit(raw, sourceName(source), context.path)
    unit = guess.unit
    context.notes.push(guess.note)
  }
  if (unit === null) {
    unit = parseUnit(INTERNAL_UNITS[kind])
    if (name === 'vx')
      context.notes.push(
        `The unit of ${source.column.name} in ${context.path} is not stated: taken as ${INTERNAL_UNITS[kind]} (--map ${kind}=COLUMN:UNIT or ${name}=COLUMN:UNIT,... overrides).`
      )
  }
  if (unit === null)
    throw badInput(
      `The unit of ${sourceName(source)} in ${context.path} is not known; give it with --map ${kind}=COLUMN:UNIT.`
    )
  return convert({ name, source, raw }, unit, 'file', context)
}

/** Numbers as the file holds them, for the catalog's column `name`. */
interface RawColumn {
  name: string
  source: Source
  raw: Values
}

function convert(
  { name, source, raw }: RawColumn,
  unit: Unit,
  unitFrom: Converted['unitFrom'],
  context: Context
): Converted {
  const factor = toInternal(unit, context.cosmology, `${sourceName(source)} of ${context.path}`)
  const values = raw instanceof Float32Array ? raw : new Float32Array(raw.length)
  // The product is rounded once, from double precision.
  if (unit.log) for (let i = 0; i < values.length; i++) values[i] = 10 ** raw[i] * factor
  else if (factor !== 1 || values !== raw) for (let i = 0; i < values.length; i++) values[i] = raw[i] * factor
  return {
    values,
    unit,
    unitFrom,
    info: {
      name,
      source: sourceName(source),
      type: source.column.type,
      memoryType: 'float32',
      unit: INTERNAL_UNITS[unit.quantity],
      min: 0,
      max: 0,
      nulls: 0
    }
  }
}

async function massOf(
  mapping: Mapping,
  reading: ColumnCache,
  facts: Facts,
  context: Context
): Promise<Converted | null> {
  if (mapping.mass !== null) return quantity('mass', mapping.mass, 'mass', reading, context)
  if (mapping.count === null || facts.particleMass === null) return null
  const raw = await reading.component(mapping.count, 'overwrite')
  const guess =
    facts.particleMass.unit === null
      ? guessMassUnit(Float64Array.of(facts.particleMass.value), 'the particle mass', context.path)
      : null
  const unit = guess?.unit ?? facts.particleMass.unit
  if (unit === null) return null
  if (guess !== null) context.notes.push(guess.note)
  const particle = { ...unit, scale: unit.scale * facts.particleMass.value, log: false }
  context.notes.push(`Mass is ${sourceName(mapping.count)} times the particle mass that the file states.`)
  return convert({ name: 'mass', source: mapping.count, raw }, particle, 'file', context)
}

function boxInMpc(facts: Facts, positions: Converted[], context: Context): BoxSize | null {
  if (facts.box === null) return null
  const stated = facts.box.unit?.quantity === 'length' ? facts.box.unit : null
  const conventional = context.table.convention?.box ?? context.table.convention?.length
  const unit =
    stated ??
    (conventional === undefined ? null : parseUnit(conventional)) ??
    context.fileUnits.length ??
    guessedBoxUnit(facts.box.size, positions, context)
  const factor = toInternal(unit, context.cosmology, `The box size of ${context.path}`)
  const [x, y, z] = sidesOf(facts.box.size)
  return boxOf([x * factor, y * factor, z * factor])
}

/** Halos reach at least this share of some side of a box that is given in their unit. */
const LEAST_REACH = 0.5

/**
 * Unit of a box given as a bare number: the positions' own unit if they fill such a box, otherwise Mpc/h or kpc/h, or
 * the positions' unit if they fit into no other.
 */
function guessedBoxUnit(box: BoxSize, positions: Converted[], context: Context): Unit {
  const [{ unit: positionUnit, unitFrom }] = positions
  const sides = sidesOf(box)
  const reach = positions.map(({ values }) => statistics(values).max)
  const reaches = (unit: Unit, least: number): boolean => {
    const factor = toInternal(unit, context.cosmology, 'The box size')
    const shares = sides.map((side, axis) => reach[axis] / (side * factor))
    return shares.every((share) => share <= SPREAD_ALLOWED) && shares.some((share) => share >= least)
  }
  if (unitFrom === 'file' && reaches(positionUnit, LEAST_REACH)) return positionUnit
  const usual = guessBoxUnit(box)
  const isOwn =
    reaches(positionUnit, 0) && (unitFrom === 'file' ? !reaches(usual, LEAST_REACH) : positionUnit.hPower === 0)
  const unit = isOwn ? positionUnit : usual
  context.notes.push(
    `The unit of the box size ${boxText(box)} in ${context.path} is not stated: taken as ${unit.text} (--box gives it in Mpc/h).`
  )
  return unit
}
