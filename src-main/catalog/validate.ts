import { boxText, sidesOf } from '../../src-shared/contract/box.ts'
import type { BoxSize } from '../../src-shared/contract/box.ts'
import { badInput } from '../../src-shared/errors.ts'
import type { Catalog } from './catalog.ts'
import { catalogOfRows } from './rows.ts'
import { statistics } from './summary.ts'

/** Name of a row (counted from 0) in the file, so that the user can find it. */
type RowName = (row: number) => string

/** Positions may spread slightly beyond the box, because of rounding and drift between outputs; they are wrapped. */
export const SPREAD_ALLOWED = 1.02

/**
 * Checks every row. Faults with an unambiguous fix are fixed, with a warning. Others are rejected with the number of
 * rows, the first of them (counted from 1) and the remedy. Positions are wrapped in place.
 * @returns the catalog without rows whose mass is not positive.
 */
export function validate(catalog: Catalog, rowName: RowName = (row) => `row ${row + 1}`): Catalog {
  const { path, warnings } = catalog
  requireFinite(catalog, rowName)
  const checked = withPositiveMass(catalog, rowName)
  if (checked.boxSize !== null)
    placeInBox(checked, checked.boxSize, checked === catalog ? rowName : (row) => `row ${row + 1} of those left`)
  const duplicates = countDuplicates(checked.x, checked.y, checked.z)
  if (duplicates > 0)
    warnings.push(
      `${rows(duplicates)} of ${path} ${duplicates === 1 ? 'has' : 'have'} the same position as an earlier halo (duplicates, or a main halo and its subhalo).`
    )
  if (checked.mass === null)
    warnings.push(
      `${path} has no masses that are known by name; what needs masses will say so (--map mass=COLUMN:UNIT names one).`
    )
  if (checked.velocity === null)
    warnings.push(
      `${path} has no velocities that are known by name; what needs velocities will say so (--map velocity=COLUMN or vx=...,vy=...,vz=... names them).`
    )
  for (const [name, values] of checked.extra) {
    if (!/^(?:snap_?num|snapshot|redshift|scale|expansionFactor)$/i.test(name)) continue
    const { min, max } = statistics(values)
    if (max > min)
      warnings.push(
        `${name} runs from ${number(min)} to ${number(max)} in ${path}: halos of several snapshots are mixed, and neighbours are only those of one; cut the table to one.`
      )
  }
  const gaps: string[] = []
  for (const [name, values] of checked.extra) {
    const missing = statistics(values).nulls
    if (missing > 0) gaps.push(`${name} (${missing})`)
  }
  if (gaps.length > 0)
    warnings.push(
      `Missing or non-finite values in ${gaps.slice(0, 10).join(', ')}${gaps.length > 10 ? ` and ${gaps.length - 10} more columns` : ''}, of ${checked.halos} rows.`
    )
  return checked
}

function rows(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`
}

function requireFinite(catalog: Catalog, rowName: RowName): void {
  const { x, y, z, velocity, mass, halos, path } = catalog
  const check = (what: string, arrays: Float32Array[], remedy: string): void => {
    let count = 0
    let first = -1
    for (let i = 0; i < halos; i++) {
      if (arrays.every((values) => Number.isFinite(values[i]))) continue
      if (count++ === 0) first = i
    }
    if (count > 0)
      throw badInput(
        `${rows(count)} of the ${halos} in ${path} ${count === 1 ? 'has' : 'have'} a missing, NaN or infinite ${what} (first: ${rowName(first)}); ${remedy}.`
      )
  }
  const remove = 'remove those rows or write the file again'
  check('position', [x, y, z], remove)
  if (mass !== null) check('mass', [mass], `${remove}, or choose another column with --map mass=COLUMN:UNIT`)
  if (velocity !== null) check('velocity', [velocity.vx, velocity.vy, velocity.vz], remove)
}

/**
 * Excludes halos without a positive mass, because its logarithm is undefined (0 marks a group that never reached the
 * overdensity).
 */
function withPositiveMass(catalog: Catalog, rowName: RowName): Catalog {
  const { mass, halos, path, warnings } = catalog
  if (mass === null) return catalog
  const keep = new Uint32Array(halos)
  let count = 0
  let first = -1
  for (let i = 0; i < halos; i++) {
    if (mass[i] > 0) keep[count++] = i
    else if (first < 0) first = i
  }
  if (count === halos) return catalog
  const without = halos - count
  const source = catalog.columns.find((column) => column.name === 'mass')?.source ?? 'mass'
  const sentence = `${rows(without)} of the ${halos} in ${path} ${without === 1 ? 'has' : 'have'} a mass (${source}) that is not positive (first: ${rowName(first)})`
  if (count < halos / 2)
    throw badInput(`${sentence}; choose another column with --map mass=COLUMN:UNIT or remove those rows.`)
  warnings.push(`${sentence} and ${without === 1 ? 'was' : 'were'} left out.`)
  return catalogOfRows(catalog, keep.subarray(0, count))
}

/** Wraps positions into [0, side) along each axis if they span one box width, and rejects them otherwise. */
function placeInBox(catalog: Catalog, box: BoxSize, rowName: RowName): void {
  const { path, halos, warnings } = catalog
  const axes = [catalog.x, catalog.y, catalog.z]
  const sides = sidesOf(box)
  const size = boxText(box, number)
  let outside = 0
  let atEdge = 0
  let first = -1
  for (let i = 0; i < halos; i++) {
    let out = false
    let edge = false
    for (let axis = 0; axis < 3; axis++) {
      const value = axes[axis][i]
      if (value === Math.fround(sides[axis])) edge = true
      else if (!(value >= 0 && value < sides[axis])) out = true
    }
    if (out) outside++
    else if (edge) atEdge++
    if (out && first < 0) first = i
  }
  const extent = axes.map(extentOf)
  const tooWide = extent.some(
    ([low, high], axis) => high - low > SPREAD_ALLOWED * sides[axis] || low < -sides[axis] || high > 2 * sides[axis]
  )
  if (outside > 0 && tooWide) {
    const low = Math.min(...extent.map((pair) => pair[0]))
    const high = Math.max(...extent.map((pair) => pair[1]))
    if (!catalog.periodic) {
      warnings.push(
        `${rows(outside)} of the ${halos} in ${path} ${outside === 1 ? 'lies' : 'lie'} outside the box of ${boxText(box)} Mpc/h.`
      )
      return
    }
    throw badInput(
      `${rows(outside)} of the ${halos} in ${path} ${outside === 1 ? 'lies' : 'lie'} outside the box of ${size} Mpc/h (first: ${rowName(first)}; positions run from ${number(low)} to ${number(high)} Mpc/h); ${remedyFor(Math.max(...extent.map((pair, axis) => pair[1] / sides[axis])))}.`
    )
  }
  const widest = Math.max(...extent.map(([least, most]) => most - least))
  if (halos >= 100 && extent.every(([least, most], axis) => most - least < sides[axis] / 50))
    warnings.push(
      `Positions spread over only ${number(widest)} of the box's ${size} Mpc/h: if their unit is another, give it with --map position=COLUMN:UNIT (or x=COLUMN:UNIT,...).`
    )
  if (!catalog.periodic) return
  for (const [axis, values] of axes.entries()) wrap(values, sides[axis])
  if (atEdge > 0)
    warnings.push(
      `${rows(atEdge)} of ${path} ${atEdge === 1 ? 'lies' : 'lie'} exactly at the edge of the box (${size} Mpc/h), which is position 0 of the next one, and ${atEdge === 1 ? 'was' : 'were'} wrapped.`
    )
  if (outside > 0)
    warnings.push(
      `${rows(outside)} of ${path} ${outside === 1 ? 'lay' : 'lay'} outside ${typeof box === 'number' ? `[0, ${size})` : `the box of ${size}`} Mpc/h (first: ${rowName(first)}) and ${outside === 1 ? 'was' : 'were'} wrapped into the periodic box.`
    )
}

function remedyFor(ratio: number): string {
  if (ratio > 300 && ratio < 3000)
    return 'the positions look like kpc/h: give the unit with --map position=COLUMN:kpc/h (or x=COLUMN:kpc/h,...)'
  if (ratio > 1.1 && ratio < 2)
    return 'the box may be in Mpc/h and the positions in Mpc, or the reverse: give the unit with --map position=COLUMN:Mpc or the box with --box'
  return 'give the right box with --box (Mpc/h) or the unit with --map position=COLUMN:UNIT'
}

function number(value: number): string {
  return String(Number(value.toPrecision(6)))
}

function extentOf(values: Float32Array): [number, number] {
  let low = Infinity
  let high = -Infinity
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i]
    if (values[i] > high) high = values[i]
  }
  return [low, high]
}

/** Wraps into [0, box) in single precision; a value that rounds up to the box itself becomes 0. */
function wrap(values: Float32Array, box: number): void {
  const edge = Math.fround(box)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value >= 0 && value < edge) continue
    const inside = Math.fround(value - box * Math.floor(value / box))
    values[i] = inside >= edge || inside < 0 ? 0 : inside
  }
}

/** Counts rows whose position equals an earlier row's, bit by bit; uses an open hash table of row numbers. */
export function countDuplicates(x: Float32Array, y: Float32Array, z: Float32Array): number {
  const halos = x.length
  const size = 2 ** Math.ceil(Math.log2(Math.max(2 * halos, 2)))
  const table = new Int32Array(size).fill(-1)
  const bits = [x, y, z].map((values) => new Uint32Array(values.buffer, values.byteOffset, values.length))
  let duplicates = 0
  for (let i = 0; i < halos; i++) {
    let hash = Math.imul(bits[0][i], 0x9e3779b1) ^ Math.imul(bits[1][i], 0x85ebca6b) ^ Math.imul(bits[2][i], 0xc2b2ae35)
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    let slot = (hash ^ (hash >>> 13)) & (size - 1)
    while (table[slot] >= 0 && !(x[table[slot]] === x[i] && y[table[slot]] === y[i] && z[table[slot]] === z[i]))
      slot = (slot + 1) & (size - 1)
    if (table[slot] >= 0) duplicates++
    else table[slot] = i
  }
  return duplicates
}
