import { badInput } from '../../../src-shared/errors.ts'

export type Quantity = 'length' | 'velocity' | 'mass'

/** A unit as a file or a user writes it; `scale` is in Mpc, km/s or Msun. */
export interface Unit {
  quantity: Quantity
  text: string
  scale: number
  /** Power of h in the unit: -1 for Mpc/h, 0 for Mpc. */
  hPower: number
  /** Power of the scale factor, in addition to the frame, that converts the value to Halolaw's units: -1 for km/s/a. */
  aPower: number
  /** Physical lengths grow with the scale factor; comoving ones do not. */
  frame: 'comoving' | 'physical'
  /** The values are decimal logarithms. */
  log: boolean
}

/**
 * Parts of the catalog's cosmology that a conversion may need: dimensionless Hubble constant and scale factor; null if
 * unknown.
 */
export interface Cosmology {
  h: number | null
  a: number | null
}

export const INTERNAL_UNITS: Record<Quantity, string> = { length: 'Mpc/h', velocity: 'km/s', mass: 'Msun/h' }

const CM_PER_MPC = 3.085677581491367e24
const GRAM_PER_MSUN = 1.98840987e33

interface Base {
  quantity: Quantity
  scale: number
  frame?: 'physical'
}

const BASES: Record<string, Base> = {
  gpc: { quantity: 'length', scale: 1e3 },
  mpc: { quantity: 'length', scale: 1 },
  kpc: { quantity: 'length', scale: 1e-3 },
  pc: { quantity: 'length', scale: 1e-6 },
  cm: { quantity: 'length', scale: 1 / CM_PER_MPC, frame: 'physical' },
  m: { quantity: 'length', scale: 100 / CM_PER_MPC, frame: 'physical' },
  km: { quantity: 'length', scale: 1e5 / CM_PER_MPC, frame: 'physical' },
  'km/s': { quantity: 'velocity', scale: 1 },
  'm/s': { quantity: 'velocity', scale: 1e-3 },
  'cm/s': { quantity: 'velocity', scale: 1e-5 },
  msun: { quantity: 'mass', scale: 1 },
  kg: { quantity: 'mass', scale: 1000 / GRAM_PER_MSUN },
  g: { quantity: 'mass', scale: 1 / GRAM_PER_MSUN }
}

/** Powers of ten in codes' mass units (`1e10 Msun/h`), in any common notation. */
const NUMBER = /^(?:1(?:\.0*)?(?:x|\s)\s*)?(10\^[+-]?\d+|\d+(?:\.\d*)?(?:e[+-]?\d+)?)\s*/

/**
 * Reads a unit: Mpc/h, kpc h^-1, cMpc, ckpc/h, Mpccm/h, 'comoving Mpc', km/s, km/s/a, 1e10 Msun/h, 10^10 M_sun,
 * log10(Msun/h), g...
 * @returns null when the text is not a unit of length, velocity or mass.
 */
export function parseUnit(text: string): Unit | null {
  let rest = text
    .trim()
    .toLowerCase()
    .replace(/[⊙☉]|\\odot/g, 'sun')
    .replace(/−/g, '-')
    .replace(/\\(?:mathrm|rm|text|,|;|\s)/g, ' ')
    .replace(/[${}_\\]/g, '')
    .replace(/\*\*/g, '^')
    .replace(/[*·]/g, ' ')
    .replace(/\b(?:peculiar|units?|of)\b/g, ' ')
    .trim()
  const take = (pattern: RegExp): boolean => {
    const matches = pattern.test(rest)
    if (matches) rest = rest.replace(pattern, ' ').trim()
    return matches
  }

  let log = false
  const logarithm = /^(?:log ?10|log|lg)\s*(?:\((.*)\)|\[(.*)\]|\s(.*))$/.exec(rest)
  if (logarithm !== null) {
    log = true
    rest = (logarithm[1] ?? logarithm[2] ?? logarithm[3]).trim()
  } else if (take(/^dex\b/)) {
    log = true
  }
  let frame: Unit['frame'] | null = null
  if (take(/\b(?:physical|proper)\b/)) frame = 'physical'
  if (take(/\bco-?moving\b/)) frame = 'comoving'
  const hPower = take(/\/\s*h(?:100)?(?![a-z])/) || take(/h\s*\^?\s*\(?-1(?:\.0)?\)?/) ? -1 : 0
  let aPower = 0
  if (take(/\/\s*a(?![a-z])/)) aPower = -1
  else if (take(/sqrt\s*\(?\s*a\s*\)?|a\^\(?(?:1\/2|0?\.5)\)?/)) aPower = 0.5
  let scale = 1
  const number = NUMBER.exec(rest)
  if (number !== null) {
    scale = number[1].startsWith('10^') ? 10 ** Number(number[1].slice(3)) : Number(number[1])
    rest = rest.slice(number[0].length)
  }
  rest = rest
    .replace(/^[()\s]+|[()\s.]+$/g, '')
    .replace(/\s+/g, '')
    .replace(/^(?:msol|msolar|solarmass(?:es)?|solmass)$/, 'msun')
    .replace(/s\^?-1$/, '/s')
    .replace(/sec$/, 's')
    .replace(/^kms$/, 'km/s')
    .replace('//', '/')
  if (/^[gmk]?pccm$/.test(rest) || /^c[gmk]pc$/.test(rest)) {
    frame = 'comoving'
    rest = rest.replace(/cm$|^c/g, '')
  } else if (/^p[gmk]pc$/.test(rest)) {
    frame = 'physical'
    rest = rest.slice(1)
  }
  const base = BASES[rest]
  if (base === undefined || !(scale > 0) || !Number.isFinite(scale)) return null
  return {
    quantity: base.quantity,
    text: text.trim(),
    scale: scale * base.scale,
    hPower,
    aPower,
    frame: frame ?? base.frame ?? 'comoving',
    log
  }
}

/** The first unit inside free text, e.g. 'Mpc/h comoving (periodic)' or 'Velocity in km/s'; null when there is none. */
export function findUnit(text: string, quantity?: Quantity): Unit | null {
  const words = text
    .trim()
    .split(/[\s,;]+/)
    .slice(0, 12)
  for (let start = 0; start < words.length; start++) {
    for (let length = Math.min(4, words.length - start); length > 0; length--) {
      const part = words.slice(start, start + length).join(' ')
      const unit = part.length > 1 ? parseUnit(part) : null
      if (unit !== null && (quantity === undefined || unit.quantity === quantity)) return unit
    }
  }
  return null
}

/**
 * The factor that converts a value in `unit` to Mpc/h, km/s or Msun/h.
 * @throws HalolawError `bad-input` when the conversion needs h or the redshift and the catalog does not state it.
 */
export function toInternal(unit: Unit, cosmology: Cosmology, what: string): number {
  let factor = unit.scale
  const hPower = unit.hPower + (unit.quantity === 'velocity' ? 0 : 1)
  if (hPower !== 0) {
    if (cosmology.h === null) throw needs(what, unit, 'the Hubble constant h', 'h=0.7')
    factor *= cosmology.h ** hPower
  }
  const aPower = unit.aPower + (unit.quantity === 'length' && unit.frame === 'physical' ? -1 : 0)
  if (aPower !== 0) {
    if (cosmology.a === null) throw needs(what, unit, 'the redshift', 'redshift=0')
    factor *= cosmology.a ** aPower
  }
  return factor
}

function needs(what: string, unit: Unit, missing: string, example: string): Error {
  return badInput(
    `${what} is in ${unit.text}, which needs ${missing}, and the catalog does not state it; give it with --map ${example}.`
  )
}
