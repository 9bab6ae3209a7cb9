import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decimalsFor,
  fixed,
  formatCount,
  formatDuration,
  formatNumber,
  latexNumber,
  missing,
  quote,
  quoteInterval,
  signed,
  tickLabel
} from '../../../../src-renderer/parts/numbers.ts'

test('a value keeps the digits that its standard error leaves, as the Particle Data Group rounds', () => {
  expect(quote(0.0649, 0.0012)).toEqual({ value: '0.0649', error: '0.0012', concise: '0.0649(12)' })
  // The three worked examples of the Review of Particle Physics, section 5.3.
  expect(quote(0.827, 0.119).concise).toBe('0.83(12)')
  expect(quote(0.827, 0.367).concise).toBe('0.8(4)')
  expect(quote(0.827, 0.0952).concise).toBe('0.83(10)')
  expect(quote(16.71, 1.32).concise).toBe('16.7(1.3)')
  expect(quote(-3.4582, 0.0214).concise).toBe('−3.458(21)')
  expect(quote(5.2e-7, 3e-8).concise).toBe('5.20(30)×10⁻⁷')
  expect(quote(1234.5, 234).concise).toBe('1230(230)')
  expect(quote(0.4, NaN).concise).toBe('0.4000')
})

test('rounding never moves a value by more than half of the last digit that its error leaves', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-3, max: 9e4, noNaN: true }),
      fc.double({ min: 1e-4, max: 0.3, noNaN: true }),
      (value, relative) => {
        const error = value * relative
        const read = Number(quote(value, error).value.replace('−', '-'))
        expect(Math.abs(read - value)).toBeLessThanOrEqual(0.5 * 10 ** -decimalsFor(error) * (1 + 1e-9) + 1e-12)
        expect(Math.abs(read - value)).toBeLessThan(error)
      }
    )
  )
})

test('the half width of an interval determines the digits', () => {
  expect(quoteInterval(0.064912, [0.063701, 0.066153])).toEqual({
    value: '0.0649',
    interval: '0.0637\u2009–\u20090.0662'
  })
  expect(quoteInterval(1.1443, [1.08, 1.21]).value).toBe('1.14')
})

test('a minus is typographic, a value that rounds to zero has no sign, and a missing number has a name', () => {
  expect(signed(0.0042, 4)).toBe('+0.0042')
  expect(signed(-0.0042, 4)).toBe('−0.0042')
  expect(signed(0.00001, 4)).toBe('0.0000')
  expect(fixed(-0.0001, 2)).toBe('0.00')
  expect(formatNumber(NaN)).toBe(missing)
  expect(formatNumber(-Infinity)).toBe('−∞')
})

test('long numbers are powers of ten, whole ones are grouped', () => {
  expect(formatNumber(6173620)).toBe('6.174×10⁶')
  expect(formatNumber(0.00012345, 3)).toBe('1.23×10⁻⁴')
  expect(formatNumber(0.06493, 3)).toBe('0.0649')
  expect(formatNumber(0.99996)).toBe('1.000')
  expect(formatCount(6173620)).toBe('6,173,620')
  expect(formatCount(-4096)).toBe('−4,096')
  expect(latexNumber(1.5e-9)).toBe('1.5\\times10^{-9}')
  expect(latexNumber(-0.406)).toBe('-0.4060')
})

test('tick labels have just the decimals that their step needs', () => {
  expect([0, 0.05, 0.1].map((value) => tickLabel(value, 0.05))).toEqual(['0', '0.05', '0.10'])
  expect(tickLabel(1e-5, 1e-5)).toBe('10⁻⁵')
  expect(tickLabel(2e6, 1e6)).toBe('2×10⁶')
})

test('durations are written as a person says them', () => {
  expect([8, 200, 180, 3900].map(formatDuration)).toEqual(['8 s', '3 min 20 s', '3 min', '1 h 5 min'])
})
