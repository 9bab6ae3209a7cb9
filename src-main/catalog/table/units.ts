import { badInput } from '../../../src-shared/errors.ts'
import { parseProduct } from './unit-product.ts'
import type { UnitProduct } from './unit-product.ts'

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

/** Mpc a second in km/s. */
const KMS_PER_MPC_S = 3.085677581491367e19

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** The text in lower case and plain letters: no LaTeX, `^` for powers, blanks for products. */
function plainUnit(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[⊙☉]|\\odot/g, 'sun')
    .replace(/−/g, '-')
    .replace(
      /⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+/g,
      (digits) => `^${[...digits].map((d) => (d === '⁻' ? '-' : SUPERSCRIPTS.indexOf(d))).join('')}`
    )
    .replace(/\\(?:mathrm|rm|text|,|;|\s)/g, ' ')
    .replace(/\^\{([^{}]*)\}/g, '^($1)')
    .replace(/[${}_\\]/g, '')
    .replace(/\*\*/g, '^')
    .replace(/[*·×]|(?<=[a-z\d])\.(?=[a-z])|(?<=\b[\d.]+)x(?=\s|\d)|(?<=\s)x(?=\s)/g, ' ')
    .replace(/\b(?:peculiar|units?|of)\b/g, ' ')
    .replace(/\bper\b/g, '/')
    .replace(/\/\s*\//g, '/')
    .replace(/\b(solar|sun|earth|jupiter) mass/g, '$1mass')
    .trim()
}

/**
 * Reads a unit: Mpc/h, kpc h^-1, cMpc, ckpc/h, Mpccm/h, 'comoving Mpc', km/s, km/s/a, 1e10 Msun/h, 10^10 M_sun,
 * log10(Msun/h), g, lyr, pc / Myr, solMass / littleh...
 * @returns null when the text is not a unit of length, velocity or mass.
 */
export function parseUnit(text: string): Unit | null {
  let rest = plainUnit(text)
  let log = false
  const logarithm = /^(?:log ?10|log|lg|dex)\s*(?:\((.*)\)|\[(.*)\]|\s(.*))$/.exec(rest)
  if (logarithm !== null) {
    log = true
    rest = (logarithm[1] ?? logarithm[2] ?? logarithm[3]).trim()
    // `log10(M/Msun)` is the logarithm of a mass in Msun.
    const ratio = /^m(?:\w*)\s*\/\s*(.+)$/.exec(rest)
    const inner = ratio === null ? null : parseUnit(ratio[1])
    if (inner?.quantity === 'mass' && !inner.log) return { ...inner, text: text.trim(), log }
  }
  const frames = [...rest.matchAll(/\b(?:(physical|proper)|co-?moving)\b/g)]
  const said = frames.length === 0 ? null : frames[0][1] === undefined ? 'comoving' : 'physical'
  rest = rest.replace(/\(?\b(?:physical|proper|co-?moving)\b\)?/g, ' ').trim()
  const bracketed = /^\[([^[\]]*)\]$/.exec(rest)
  const product = parseProduct((bracketed?.[1] ?? rest).replace(/\.$/, ''))
  if (product === null) return null
  const quantity = quantityOf(product)
  const scale = quantity === 'velocity' ? product.scale * KMS_PER_MPC_S : product.scale
  if (quantity === null || !(scale > 0) || !Number.isFinite(scale)) return null
  if (!(product.h === 0 || (product.h === -1 && quantity !== 'velocity'))) return null
  const frame = said ?? product.frame ?? 'comoving'
  // A length in units of a is a comoving one.
  if (quantity === 'length' && product.a !== 0 && !(product.a === 1 && said !== 'physical')) return null
  if (quantity === 'mass' && product.a !== 0) return null
  return {
    quantity,
    text: text.trim(),
    scale: tidy(scale),
    hPower: product.h,
    aPower: quantity === 'velocity' ? product.a : 0,
    frame: quantity !== 'length' || product.a === 1 ? 'comoving' : frame,
    log
  }
}

function quantityOf({ length, time, mass }: UnitProduct): Quantity | null {
  const powers = `${length} ${time} ${mass}`
  return powers === '1 0 0' ? 'length' : powers === '1 -1 0' ? 'velocity' : powers === '0 0 1' ? 'mass' : null
}

/** Removes what the last digits of a product of constants leave: km/s is 1 km/s. */
function tidy(scale: number): number {
  const nearest = 10 ** Math.round(Math.log10(scale))
  return Math.abs(scale / nearest - 1) < 1e-14 ? nearest : scale
}

/** Words that belong to the unit beside them: `/`, `h_70^-1`, `littleh-2`. */
const PART_OF_UNIT = /^[*/^]|[*/^]$|[\^⁻]|[a-z]-\d|^(?:h|a|little_?h|e\d+)$/i

/**
 * The first unit inside free text, e.g. 'Mpc/h comoving (periodic)' or 'Velocity in km/s'; null when there is none, or
 * the words beside it would change it.
 */
export function findUnit(text: string, quantity?: Quantity): Unit | null {
  const words = text
    .trim()
    .split(/[\s,;]+/)
    .slice(0, 12)
  for (let start = 0; start < words.length; start++) {
    for (let length = Math.min(4, words.length - start); length > 0; length--) {
      const part = words.slice(start, start + length).join(' ')
      const unit = part.length > 1 ? parseUnit(part) : null
      if (unit === null || (quantity !== undefined && unit.quantity !== quantity)) continue
      const beside = [words[start - 1], words[start + length]]
      return beside.some((word) => word !== undefined && PART_OF_UNIT.test(word)) ? null : unit
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
