/**
 * Numbers as a physicist writes them: only the digits that an uncertainty leaves meaningful, a true minus sign, powers
 * of ten as superscripts. Every number in a plot, a table or a formula is formatted here.
 */
import type { Interval } from '../../src-shared/contract.ts'

/** Shown in place of an unknown value */
export const missing = '–'

export interface Quoted {
  /** The value, rounded to the digits that its uncertainty leaves */
  value: string
  /** The uncertainty with as many decimals: '0.0012' */
  error: string
  /** Concise notation of the Particle Data Group: '0.0649(12)', '-3.5(4)×10⁻⁵' */
  concise: string
}

/**
 * Decimals that an uncertainty leaves meaningful, by the rule of the Particle Data Group: two digits of the
 * uncertainty when its three leading digits lie in 100..354, one in 355..949, and two of the next power above.
 */
export function decimalsFor(uncertainty: number): number {
  const size = Math.abs(uncertainty)
  if (!Number.isFinite(size) || size === 0) return 4
  let exponent = Math.floor(Math.log10(size))
  let leading = Math.round(size / 10 ** (exponent - 2))
  if (leading >= 1000) {
    leading /= 10
    exponent++
  }
  const digits = leading <= 354 ? 2 : leading <= 949 ? 1 : 2
  const top = leading >= 950 ? exponent + 1 : exponent
  return digits - 1 - top
}

/** A value with its standard error, in significant digits: 0.0649 and 0.0012 give 0.0649(12). */
export function quote(value: number, standardError: number): Quoted {
  if (!Number.isFinite(value)) return { value: formatNumber(value), error: missing, concise: formatNumber(value) }
  if (!Number.isFinite(standardError) || standardError <= 0) {
    const text = formatNumber(value)
    return { value: text, error: missing, concise: text }
  }
  const size = Math.max(Math.abs(value), standardError)
  const exponent = Math.floor(Math.log10(size))
  if (exponent >= 5 || exponent < -3) {
    const scaled = quoteFixed(value / 10 ** exponent, standardError / 10 ** exponent)
    const power = `×10${superscript(exponent)}`
    return { value: scaled.value + power, error: scaled.error + power, concise: scaled.concise + power }
  }
  return quoteFixed(value, standardError)
}

function quoteFixed(value: number, standardError: number): Quoted {
  const decimals = decimalsFor(standardError)
  const text = fixed(value, decimals)
  const error = fixed(standardError, decimals)
  // For errors above one the brackets keep their decimal point: 12.4(1.3), not 12.4(13).
  const inBrackets = standardError >= 1 || decimals <= 0 ? error : String(Math.round(standardError * 10 ** decimals))
  return { value: text, error, concise: `${text}(${inBrackets})` }
}

/** Value and 95 % interval with as many decimals as the interval's half width leaves. */
export function quoteInterval(value: number, interval: Interval): { value: string; interval: string } {
  const [low, high] = interval
  const decimals = decimalsFor((high - low) / 2)
  return { value: fixed(value, decimals), interval: `${fixed(low, decimals)}\u2009–\u2009${fixed(high, decimals)}` }
}

/** A difference always shows its sign: '+0.0042', '−0.0013'. */
export function signed(value: number, decimals: number): string {
  const text = fixed(value, decimals)
  return value > 0 && Number(value.toFixed(Math.max(0, decimals))) !== 0 ? `+${text}` : text
}

/** Rounds to `decimals`, which may be negative (hundreds), without a minus sign before zero. */
export function fixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return formatNumber(value)
  const step = 10 ** -decimals
  const rounded = decimals < 0 ? Math.round(value / step) * step : value
  const text = rounded.toFixed(Math.min(20, Math.max(0, decimals)))
  return minus(Number(text) === 0 ? text.replace('-', '') : text)
}

/** `digits` significant digits; powers of ten as superscripts where plain digits would be long. */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return missing
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
  if (value === 0) return '0'
  const exponent = exponentOf(value, digits)
  if (exponent >= 6 || exponent < -3) {
    const [mantissa, power] = value.toExponential(digits - 1).split('e')
    return minus(`${trimZeros(mantissa)}×10${superscript(Number(power))}`)
  }
  if (Number.isInteger(value)) return formatCount(value)
  return minus(value.toFixed(Math.max(0, digits - 1 - exponent)))
}

/** A whole number with commas between thousands. */
export function formatCount(value: number): string {
  return minus(Math.round(value).toLocaleString('en-US'))
}

/** Seconds for people to read: 8 s, 3 min 20 s, 1 h 5 min. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ''}`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/** Label of an axis tick: the fewest decimals that distinguish ticks, powers of ten for long numbers. */
export function tickLabel(value: number, step: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e5 || size < 1e-3) {
    const exponent = Math.floor(Math.log10(size) + 1e-9)
    const mantissa = value / 10 ** exponent
    const decimals = Math.max(0, Math.ceil(-Math.log10(step / 10 ** exponent) - 1e-9))
    const digits = fixed(mantissa, Math.min(decimals, 3))
    const power = `10${superscript(exponent)}`
    return digits === '1' ? power : digits === '−1' ? `−${power}` : `${digits}×${power}`
  }
  return fixed(value, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)))
}

/** 'δ' and 'Mpc/h' give 'δ (Mpc/h)'; no unit, no brackets. */
export function withUnit(name: string, unit: string | null | undefined): string {
  return unit ? `${name} (${unit})` : name
}

/** '6.02\times10^{23}' for a table or a formula; plain digits where they are short. */
export function latexNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '\\text{--}' : value > 0 ? '\\infty' : '-\\infty'
  if (value === 0) return '0'
  const exponent = exponentOf(value, digits)
  if (exponent < 6 && exponent >= -3)
    return Number.isInteger(value) ? String(value) : value.toFixed(Math.max(0, digits - 1 - exponent))
  const [mantissa, power] = value.toExponential(digits - 1).split('e')
  return `${trimZeros(mantissa)}\\times10^{${Number(power)}}`
}

function superscript(exponent: number): string {
  return [...String(exponent)].map((character) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(character)] ?? '⁻').join('')
}

function minus(text: string): string {
  return text.replaceAll('-', '−')
}

/** Power of ten of a value after it was rounded to `digits`: 0.99996 with four digits is 1.000. */
function exponentOf(value: number, digits: number): number {
  return Number(value.toExponential(digits - 1).split('e')[1])
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
