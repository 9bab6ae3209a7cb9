/** Powers of ten that double precision represents exactly. */
const EXACT_POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))
const MOST_DIGITS = 15
/** The byte of a decimal point. */
const POINT = 46

/** Where the last call of `scanNumber` stopped. */
export let scanEnd = 0
/** Whether the last number was written without a point or an exponent. */
export let scanInteger = false

/**
 * Reads a decimal number from bytes, correctly rounded, without creating a string. At most 15 digits and a power of ten
 * up to 22 are exact in double precision, and one division or multiplication rounds once (Clinger 1990); anything else
 * uses `Number`. `point` is the byte of the decimal mark. `scanEnd` is the byte after the number, or `from` if there is
 * none.
 */
export function scanNumber(bytes: Buffer, from: number, end: number, point = POINT): number {
  let at = from
  let negative = false
  let byte = bytes[at]
  if (byte === 45 || byte === 43) {
    negative = byte === 45
    byte = bytes[++at]
  }
  let mantissa = 0
  let digits = 0
  let exponent = 0
  let seen = at
  while (at < end && byte >= 48 && byte <= 57) {
    if (digits < MOST_DIGITS) mantissa = mantissa * 10 + byte - 48
    if (mantissa > 0) digits++
    byte = bytes[++at]
  }
  let any = at > seen
  scanInteger = true
  if (at < end && byte === point) {
    scanInteger = false
    byte = bytes[++at]
    seen = at
    while (at < end && byte >= 48 && byte <= 57) {
      if (digits < MOST_DIGITS) {
        mantissa = mantissa * 10 + byte - 48
        exponent--
      }
      if (mantissa > 0) digits++
      byte = bytes[++at]
    }
    any ||= at > seen
  }
  if (!any) {
    scanEnd = from
    return NaN
  }
  // e, E, and Fortran's d, D
  let fortran = false
  if (at < end && ((byte | 32) === 101 || (byte | 32) === 100)) {
    fortran = (byte | 32) === 100
    let next = at + 1
    let down = false
    if (bytes[next] === 45 || bytes[next] === 43) down = bytes[next++] === 45
    seen = next
    let power = 0
    while (next < end && bytes[next] >= 48 && bytes[next] <= 57) power = Math.min(9999, power * 10 + bytes[next++] - 48)
    if (next > seen) {
      exponent += down ? -power : power
      at = next
      scanInteger = false
    } else fortran = false
  }
  scanEnd = at
  if (digits > MOST_DIGITS || exponent > 22 || exponent < -22) {
    const text = bytes.toString('latin1', from, at)
    return Number((fortran ? text.replace(/[dD]/, 'e') : text).replace(',', '.'))
  }
  const value = exponent < 0 ? mantissa / EXACT_POWERS[-exponent] : mantissa * EXACT_POWERS[exponent]
  return negative ? -value : value
}

const MISSING = new Set(['', 'nan', '-nan', '+nan', 'na', 'n/a', 'null', 'none', '--', '-', 'masked'])
const SPECIAL = new Map([
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
  ['infinity', Infinity],
  ['-infinity', -Infinity],
  ['true', 1],
  ['false', 0]
])

/** Digits in groups of three: 1,234,567.5 */
const THOUSANDS = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?(?:e[+-]?\d+)?$/

/** Reads missing and special values of a field that is not a plain number; null when it is text. */
export function specialNumber(text: string): number | null {
  const word = text
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()
    .toLowerCase()
  if (MISSING.has(word)) return NaN
  const special = SPECIAL.get(word)
  if (special !== undefined) return special
  if (THOUSANDS.test(word)) return Number(word.replaceAll(',', ''))
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/.test(word) ? Number(word) : null
}

/** True for a number, a missing value, or a special value. */
export function isNumeric(text: string): boolean {
  return specialNumber(text) !== null || /^\s*[+-]?(?:\d+\.?\d*|\.\d+)d[+-]?\d+\s*$/i.test(text)
}
