import { plain } from './names.ts'
import { parseUnit } from './units.ts'
import type { Quantity, Unit } from './units.ts'

/** A unit as simulation codes attach it to a dataset: value * factor * a^aPower * h^hPower is in physical CGS units. */
export interface CgsFactor {
  factor: number
  aPower: number
  hPower: number
}

/** Units that a file states once for all of its columns. */
export type FileUnits = Partial<Record<Quantity, Unit>>

/** CGS units of 1 Mpc, 1 km/s and 1 Msun. */
const CGS: Record<Quantity, number> = { length: 3.085677581491367e24, velocity: 1e5, mass: 1.98840987e33 }
/** Codes differ in their constants (the solar mass, the parsec) by less than this relative amount. */
const CONSTANTS_DIFFER = 1e-3

const FACTOR = [/^conversion factor to cgs \(not/i, /^cgsconversionfactor$/i, /^to_?cgs$/i]
const A_POWER = [/^a-?e?x?p?-scale[- ]exponent$/i, /^a_scaling$/i]
const H_POWER = [/^h-scale[- ]exponent$/i, /^h_scaling$/i]

/** The factor in a dataset's attributes, as SWIFT, SOAP, EAGLE, AREPO and Gadget-4 write it; null if there is none. */
export function cgsFactor(attributes: Record<string, number>): CgsFactor | null {
  const find = (patterns: RegExp[]): number | undefined => {
    const name = Object.keys(attributes).find((key) => patterns.some((pattern) => pattern.test(key.trim())))
    return name === undefined ? undefined : attributes[name]
  }
  const factor = find(FACTOR)
  const aPower = find(A_POWER)
  const hPower = find(H_POWER)
  // Codes write 0 or 1 if a number has no unit.
  if (factor === undefined || !(factor > 0) || factor === 1 || !Number.isFinite(factor)) return null
  return { factor, aPower: aPower ?? 0, hPower: hPower ?? 0 }
}

/** The unit of a length, velocity or mass that is given as a factor. */
export function unitFromCgs({ factor, aPower, hPower }: CgsFactor, quantity: Quantity): Unit {
  const scale = withoutConstants(factor / CGS[quantity])
  const name = { length: 'Mpc', velocity: 'km/s', mass: 'Msun' }[quantity]
  const powers = [aPower === 0 ? '' : ` a^${aPower}`, hPower === 0 ? '' : ` h^${hPower}`].join('')
  return {
    quantity,
    text: `${scale === 1 ? '' : `${scale} `}${name}${powers}`,
    scale,
    hPower,
    // In physical units, a comoving length grows with a.
    aPower: quantity === 'length' ? aPower - 1 : aPower,
    frame: 'comoving',
    log: false
  }
}

/** Rounds to a power of ten if the factor differs from one only by the code's own constants. */
function withoutConstants(scale: number): number {
  const nearest = 10 ** Math.round(Math.log10(scale))
  return Math.abs(scale / nearest - 1) < CONSTANTS_DIFFER ? nearest : scale
}

/**
 * The units in a file's metadata: SWIFT's Units group, parameters of Gadget and AREPO, Galacticus' units group,
 * VELOCIraptor's attributes.
 */
export function fileUnits(metadata: Record<string, string | number>): FileUnits {
  const values = new Map<string, number>()
  for (const [key, value] of Object.entries(metadata)) {
    const name = plain(key.slice(key.lastIndexOf('/') + 1))
    const number = Number(value)
    if (!values.has(name) && String(value).trim() !== '' && Number.isFinite(number)) values.set(name, number)
  }
  const units: FileUnits = {}
  const set = (quantity: Quantity, factor: number | undefined, aPower: number, hPower: number): void => {
    if (factor !== undefined && factor > 0) units[quantity] ??= unitFromCgs({ factor, aPower, hPower }, quantity)
  }
  const of = (name: string): number | undefined => values.get(name)

  const swiftLength = of('unitlengthincgsul')
  const swiftTime = of('unittimeincgsut')
  set('length', swiftLength, 1, 0)
  set('mass', of('unitmassincgsum'), 0, 0)
  if (swiftLength !== undefined && swiftTime !== undefined) set('velocity', swiftLength / swiftTime, 0, 0)

  set('length', of('unitlengthincm'), 1, -1)
  set('mass', of('unitmassing'), 0, -1)

  for (const [quantity, cgsPerSi] of [
    ['length', 100],
    ['mass', 1000],
    ['velocity', 100]
  ] as const) {
    const si = of(`${quantity}unitsinsi`)
    const aPower = of(`${quantity}scalefactorexponent`) ?? 0
    if (si !== undefined) set(quantity, si * cgsPerSi, aPower, of(`${quantity}hubbleexponent`) ?? 0)
  }

  // VELOCIraptor: comoving output is in units of 1/h, physical output is not.
  const comoving = of('comovingorphysical') ?? 0
  const scaled = (factor: number | undefined, unit: number): number | undefined =>
    factor === undefined ? undefined : factor * unit
  set('length', scaled(of('lengthunittokpc'), CGS.length / 1000), comoving ? 1 : 0, comoving ? -1 : 0)
  set('mass', scaled(of('massunittosolarmass'), CGS.mass), 0, comoving ? -1 : 0)
  set('velocity', scaled(of('velocityunittokms'), CGS.velocity), 0, 0)
  return units
}

/** Parses a unit of the given quantity; null if the text is not one. */
export function unitOfText(text: string | null | undefined, quantity: Quantity): Unit | null {
  const unit = text === null || text === undefined ? null : parseUnit(text)
  return unit?.quantity === quantity ? unit : null
}
