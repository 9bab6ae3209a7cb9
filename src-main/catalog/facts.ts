import { boxOf, isSides } from '../../src-shared/contract/box.ts'
import type { BoxSize } from '../../src-shared/contract/box.ts'
import { plain } from './table/names.ts'
import { findUnit, parseUnit } from './table/units.ts'
import type { Unit } from './table/units.ts'

/** What a file says about its simulation, found by name in its metadata; null where the file says nothing. */
export interface Facts {
  /** As the file states it; `unit` is null when the file gives bare numbers. */
  box: { size: BoxSize; unit: Unit | null } | null
  h: number | null
  redshift: number | null
  omegaM: number | null
  /** Mass of one particle and its unit. */
  particleMass: { value: number; unit: Unit | null } | null
}

const BOX = [
  'boxsize',
  'boxsizempch',
  'boxsizehmpc',
  'boxsizekpch',
  'lbox',
  'boxlength',
  'boxl',
  'period',
  'boxside',
  'fullboxsize',
  'simulationboxsize',
  'simboxsize',
  'box',
  'domainwidth',
  'boxlengthmpch',
  'simuboxsize',
  'domainrightedge',
  'l'
]
/** Names of the three sides when each has its own key: `box_x`, `Lx_kpch`, `BOXSIZE1`. */
const SIDES = ['box', 'boxsize', 'lbox', 'boxlength', 'boxside', 'l'].flatMap((name) =>
  ['', 'mpch', 'kpch'].flatMap((unit) =>
    (name === 'l' ? ['xyz'] : ['xyz', '123', '012']).map((axes) => [...axes].map((axis) => name + axis + unit))
  )
)

const H = [
  'h',
  'hval',
  'hubbleparam',
  'hubble',
  'littleh',
  'hubbleconstant',
  'h0',
  'hubble0',
  'h100',
  'hubbleparameter'
]
const REDSHIFT = ['redshift', 'currentredshift', 'z', 'zsnap', 'snapshotredshift']
const SCALE = ['scalefactor', 'a', 'scalingfactor', 'expansionfactor', 'aexp', 'time', 'scale']
const OMEGA_M = ['omegam', 'omega0', 'omegamatter', 'om', 'om0', 'omegam0']
const PARTICLE_MASS = [
  'particlemass',
  'particlemassmsunh',
  'particlemasshmsun',
  'mpart',
  'masspart',
  'massofparticle',
  'mparticle'
]

/**
 * Reads box, redshift and cosmology from a file's metadata, and units from a text such as the `units` attribute
 * 'Position Mpc/h comoving; Velocity km/s'.
 */
export function readFacts(metadata: Record<string, string | number>): Facts {
  const entries = new Map<string, { key: string; value: string | number }>()
  for (const [key, value] of Object.entries(metadata)) {
    const name = plain(key.slice(key.lastIndexOf('/') + 1))
    if (!entries.has(name)) entries.set(name, { key, value })
  }
  const units = unitsText(metadata)
  const find = (
    names: readonly string[],
    accept: (value: number) => boolean
  ): { value: number; unit: Unit | null } | null => {
    for (const name of names) {
      const entry = entries.get(name)
      if (entry === undefined) continue
      const value = numberIn(entry.value)
      if (value !== null && accept(value)) return { value, unit: unitOf(entry, units.get(name)) }
    }
    return null
  }
  const positive = (value: number): boolean => value > 0
  const h = find(H, (value) => value > 0.1 && value < 200)
  const redshift = find(REDSHIFT, (value) => value > -1 && value < 1e4)?.value
  const scale = find(SCALE, (value) => value > 0 && value <= 1.5)?.value
  return {
    box: boxIn(entries, units),
    h: h === null ? null : h.value > 10 ? h.value / 100 : h.value,
    redshift: redshift ?? (scale === undefined ? null : 1 / scale - 1),
    omegaM: find(OMEGA_M, (value) => value > 0 && value < 2)?.value ?? null,
    particleMass: find(PARTICLE_MASS, positive)
  }
}

/**
 * Units by plain column name, from metadata texts like 'Position Mpc/h comoving; Velocity km/s peculiar; Mass Msun/h'.
 */
export function unitsText(metadata: Record<string, string | number>): Map<string, string> {
  const units = new Map<string, string>()
  for (const [key, value] of Object.entries(metadata)) {
    const name = plain(key)
    if (typeof value !== 'string') continue
    const single = /^(?:units?(.+)|(.+?)units?)$/.exec(name)
    if (single !== null && parseUnit(value) !== null) units.set(single[1] ?? single[2], value)
    if (name !== 'units' && name !== 'unit') continue
    for (const segment of value.split(/[;\n]|,\s+(?=[A-Za-z])/)) {
      const match = /^\s*([A-Za-z_][\w/]*)\s*[:=]?\s+(.*)$/.exec(segment)
      if (match === null) continue
      const unit = findUnit(match[2])
      if (unit !== null) units.set(plain(match[1]), unit.text)
    }
  }
  return units
}

type Entries = ReadonlyMap<string, { key: string; value: string | number }>

/** One side or three sides under a name of BOX, or three sides under one name each. */
function boxIn(entries: Entries, units: ReadonlyMap<string, string>): Facts['box'] {
  for (const names of SIDES) {
    const sideEntries = names.map((name) => entries.get(name))
    const sides = sideEntries.map((entry) => (entry === undefined ? null : numberIn(entry.value)))
    const [entry] = sideEntries
    if (entry === undefined || !isSides(sides)) continue
    return { size: boxOf(sides), unit: unitOf(entry, units.get(names[0])) }
  }
  for (const name of BOX) {
    const entry = entries.get(name)
    if (entry === undefined) continue
    const numbers = numbersIn(entry.value)
    const sides = numbers.length === 1 ? [numbers[0], numbers[0], numbers[0]] : numbers
    if (!isSides(sides)) continue
    const stated = numbers.length === 1 ? 'number' : 'sides'
    return { size: boxOf(sides), unit: unitOf(entry, units.get(name), stated) }
  }
  return null
}

const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/

/** The numbers at the beginning of a text: `100`, `[100, 100, 200] Mpc/h`, `100 x 100 x 200`, `(100.0 100.0 200.0)`. */
function numbersIn(value: string | number): number[] {
  if (typeof value === 'number') return [value]
  const list = new RegExp(`^\\s*[[(]*\\s*(${NUMBER.source}(?:(?:\\s*[,;x*×]\\s*|\\s+)${NUMBER.source})*)`).exec(value)
  return list === null ? [] : [...list[1].matchAll(new RegExp(NUMBER, 'g'))].map(([text]) => Number(text))
}

function numberIn(value: string | number): number | null {
  const [first] = numbersIn(value)
  return first !== undefined && Number.isFinite(first) ? first : null
}

/**
 * A unit beside the number (or beside the three sides), in the key (`BoxSize_kpc_h`), or in the file's text about
 * units.
 */
function unitOf(
  entry: { key: string; value: string | number },
  unitText: string | undefined,
  stated: 'number' | 'sides' = 'number'
): Unit | null {
  if (typeof entry.value === 'string') {
    const numbers =
      stated === 'sides'
        ? /^\s*[[(]*\s*[\d.eE+-]+(?:[\s,;x*×]+[\d.eE+-]+){2}\s*[\])]*/
        : /^\s*[[(]?\s*[\d.eE+-]+\s*[\])]?/
    const beside = findUnit(entry.value.replace(numbers, ''))
    if (beside !== null) return beside
  }
  const name = plain(entry.key)
  const inKey = /(h?)([mk]pc)(h?)$/.exec(name)
  if (inKey !== null) return parseUnit(inKey[2] + (inKey[1] + inKey[3] === '' ? '' : '/h'))
  if (/msunh$|hmsun$/.test(name)) return parseUnit('Msun/h')
  return unitText === undefined ? null : parseUnit(unitText)
}
