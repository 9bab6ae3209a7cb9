/** A product of powers, as the text of a unit states it. */
export interface UnitProduct {
  /** In the units of `BASES`: Mpc, seconds, Msun. */
  scale: number
  length: number
  time: number
  mass: number
  /** Powers of h and of the scale factor. */
  h: number
  a: number
  frame: 'comoving' | 'physical' | null
}

interface Base {
  scale: number
  length?: number
  time?: number
  mass?: number
  frame?: 'comoving' | 'physical'
}

const CM_PER_MPC = 3.085677581491367e24
const GRAM_PER_MSUN = 1.98840987e33
const SECONDS_PER_YEAR = 365.25 * 86400
/** Astronomical units and light years a parsec, IAU 2012 and 2015. */
const AU_PER_PC = 648000 / Math.PI
const LY_PER_PC = CM_PER_MPC / 1e6 / (299792458e2 * SECONDS_PER_YEAR)

const METRE = 100 / CM_PER_MPC
const GRAM = 1 / GRAM_PER_MSUN
const KMS = 1e5 / CM_PER_MPC
const mpc = (scale: number): Base => ({ scale, length: 1 })
const metres = (scale: number): Base => ({ scale: scale * METRE, length: 1, frame: 'physical' })
const seconds = (scale: number): Base => ({ scale, time: 1 })
const msun = (scale: number): Base => ({ scale, mass: 1 })

const BASES = new Map<string, Base>([
  ...names(mpc(1e3), 'gpc gigaparsec gigaparsecs'),
  ...names(mpc(1), 'mpc megaparsec megaparsecs'),
  ...names(mpc(1e-3), 'kpc kiloparsec kiloparsecs'),
  ...names(mpc(1e-6), 'pc parsec parsecs'),
  ...names(mpc(1e3 / LY_PER_PC), 'gly glyr'),
  ...names(mpc(1 / LY_PER_PC), 'mly mlyr'),
  ...names(mpc(1e-3 / LY_PER_PC), 'kly klyr'),
  ...names(mpc(1e-6 / LY_PER_PC), 'ly lyr lightyear lightyears'),
  ...names(metres(1), 'm meter meters metre metres'),
  ...names(metres(1e-2), 'cm centimeter centimeters centimetre centimetres'),
  ...names(metres(1e3), 'km kilometer kilometers kilometre kilometres'),
  ...names({ scale: 1e-6 / AU_PER_PC, length: 1, frame: 'physical' }, 'au'),
  ...names(seconds(1), 's sec second seconds'),
  ...names(seconds(SECONDS_PER_YEAR), 'yr year years'),
  ...names(seconds(1e6 * SECONDS_PER_YEAR), 'myr'),
  ...names(seconds(1e9 * SECONDS_PER_YEAR), 'gyr'),
  ...names(msun(1), 'msun msuns msol msolar solarmass solarmasses solmass sunmass'),
  ...names(msun(GRAM), 'g gram grams'),
  ...names(msun(1e3 * GRAM), 'kg kilogram kilograms'),
  // Nominal masses times G (IAU 2015) over that of the Sun.
  ...names(msun(3.986004e14 / 1.3271244e20), 'mearth earthmass'),
  ...names(msun(1.2668653e17 / 1.3271244e20), 'mjup mjupiter jupitermass'),
  ...names({ scale: KMS, length: 1, time: -1 }, 'kms kmps')
])

function names(base: Base, list: string): [string, Base][] {
  return list.split(' ').map((name) => [name, base])
}

const TOKEN = /\s*(?:(10[+-]\d+(?![\d.])|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|([a-z]+(?:100)?)|([()/^+-]))/y
const ONE: UnitProduct = { scale: 1, length: 0, time: 0, mass: 0, h: 0, a: 0, frame: null }

/**
 * Reads a product such as `mpc / h`, `1e10 msun h^-1`, `km s-1`, `(1e10 msun)/h`, `sqrt(a) km/s`, `pc / myr`. A division
 * applies to the next factor alone.
 * @param text in lower case, with `^` for powers and blanks for products
 * @returns null when a part of the text is no number, unit, or power of h or the scale factor.
 */
export function parseProduct(text: string): UnitProduct | null {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (match === null) return null
    // `h-1` is a power and `10+10` a number: a sign belongs to what it touches.
    const touches = /[-+]/.test(match[0]) && match[3] !== undefined && /\S/.test(text[at] ?? '')
    tokens.push(touches ? `^${match[3]}` : (match[1] ?? match[2] ?? match[3]))
  }
  const reader = new Reader(tokens)
  const product = reader.product()
  return product === null || !reader.done ? null : product
}

class Reader {
  private at = 0
  private readonly tokens: string[]

  constructor(tokens: string[]) {
    this.tokens = tokens
  }

  get done(): boolean {
    return this.at === this.tokens.length
  }

  product(): UnitProduct | null {
    let product = ONE
    let count = 0
    while (!this.done && this.tokens[this.at] !== ')') {
      const divided = this.take('/')
      const factor = this.factor()
      const next = factor === null ? null : combine(product, factor, divided ? -1 : 1)
      if (next === null) return null
      product = next
      count++
    }
    return count === 0 ? null : product
  }

  private factor(): UnitProduct | null {
    if (this.done) return null
    const token = this.tokens[this.at++]
    let base: UnitProduct | null
    if (token === '(') {
      base = this.product()
      if (!this.take(')')) return null
    } else if (token === 'sqrt') {
      const inner = this.factor()
      return inner === null ? null : power(inner, 0.5)
    } else if (/^10[+-]\d+$/.test(token)) base = { ...ONE, scale: 10 ** Number(token.slice(2)) }
    else if (/^[\d.]/.test(token)) base = { ...ONE, scale: Number(token) }
    else base = named(token)
    if (base === null) return null
    const exponent = this.exponent()
    return exponent === null ? null : power(base, exponent)
  }

  /** The power after a factor, 1 if none is there; null for a damaged one. */
  private exponent(): number | null {
    const token = this.tokens[this.at]
    if (token !== '^' && token !== '^-' && token !== '^+') return 1
    this.at++
    if (token !== '^') return this.number(token === '^-' ? -1 : 1)
    const open = this.take('(')
    const first = this.signed()
    const second = open && this.take('/') ? this.signed() : 1
    if (open && !this.take(')')) return null
    return first === null || second === null || second === 0 ? null : first / second
  }

  private signed(): number | null {
    const sign = this.take('-') || this.take('^-') ? -1 : 1
    if (sign === 1 && !this.take('+')) this.take('^+')
    return this.number(sign)
  }

  private number(sign: number): number | null {
    const token = this.tokens[this.at]
    if (token === undefined || !/^[\d.]+$/.test(token)) return null
    this.at++
    return sign * Number(token)
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false
    this.at++
    return true
  }
}

function named(name: string): UnitProduct | null {
  if (name === 'h' || name === 'h100' || name === 'littleh') return { ...ONE, h: 1 }
  if (name === 'hinv') return { ...ONE, h: -1 }
  if (name === 'a') return { ...ONE, a: 1 }
  // `kpc_h`, `kpch` and `kpc_over_h` as parts of names mean kpc/h.
  const perH = /^([gmk]?pc|msun)(?:over)?h$/.exec(name)
  if (perH !== null) return { ...ONE, ...BASES.get(perH[1]), h: -1 }
  const framed = /^(?:([cp])([gmk]?pc)|([gmk]?pc)cm)$/.exec(name)
  if (framed !== null && !BASES.has(name))
    return { ...ONE, ...BASES.get(framed[2] ?? framed[3]), frame: framed[1] === 'p' ? 'physical' : 'comoving' }
  const base = BASES.get(name)
  return base === undefined ? null : { ...ONE, ...base }
}

function power(base: UnitProduct, exponent: number): UnitProduct {
  return {
    scale: base.scale ** exponent,
    length: base.length * exponent,
    time: base.time * exponent,
    mass: base.mass * exponent,
    h: base.h * exponent,
    a: base.a * exponent,
    frame: base.frame
  }
}

/** Null for a product of comoving and physical lengths. */
function combine(left: UnitProduct, right: UnitProduct, sign: number): UnitProduct | null {
  if (left.frame !== null && right.frame !== null && left.frame !== right.frame) return null
  const factor = power(right, sign)
  return {
    scale: left.scale * factor.scale,
    length: left.length + factor.length,
    time: left.time + factor.time,
    mass: left.mass + factor.mass,
    h: left.h + factor.h,
    a: left.a + factor.a,
    frame: left.frame ?? right.frame
  }
}
