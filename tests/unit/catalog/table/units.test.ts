import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findUnit, parseUnit, toInternal } from '../../../../src-main/catalog/table/units.ts'

const cosmology = { h: 0.7, a: 0.5 }
const factor = (text: string): number => {
  const unit = parseUnit(text)
  if (unit === null) throw new Error(`${text} is not a unit`)
  return toInternal(unit, cosmology, 'a column')
}

test.each([
  ['Mpc/h', 1],
  ['Mpc / h (comoving)', 1],
  ['h^-1 Mpc', 1],
  ['$h^{-1}\\,\\mathrm{Mpc}$', 1],
  ['Mpc h-1', 1],
  ['kpc/h', 1e-3],
  ['ckpc/h', 1e-3],
  ['kpccm/h', 1e-3],
  ['Mpc', 0.7],
  ['comoving Mpc', 0.7],
  ['physical kpc/h', 2e-3],
  ['pkpc', 1.4e-3],
  ['Gpc/h', 1000],
  ['cm', (0.7 * 2) / 3.085677581491367e24],
  ['km/s', 1],
  ['km s^-1', 1],
  ['km/sec', 1],
  ['km/s/a', 2],
  ['km/s sqrt(a)', Math.SQRT1_2],
  ['cm/s', 1e-5],
  ['Msun/h', 1],
  ['Msun', 0.7],
  ['M_sun', 0.7],
  ['M☉/h', 1],
  ['solMass', 0.7],
  ['1e10 Msun/h', 1e10],
  ['1e10Msun/h', 1e10],
  ['10^10 M_sun/h', 1e10],
  ['10**10 Msun/h', 1e10],
  ['1e+10 h^-1 M_sun', 1e10],
  ['log10(Msun/h)', 1],
  ['g', 0.7 / 1.98840987e33],
  ['Mpc / littleh', 1],
  ['solMass littleh-1', 1],
  ['hinv Mpc', 1],
  ['Mpc hinv', 1],
  ['h-1.Mpc', 1],
  ['kpc·h⁻¹', 1e-3],
  ['kpc_over_h', 1e-3],
  ['Mpc per h', 1],
  ['megaparsecs', 0.7],
  ['a Mpc/h', 1],
  ['km a^{1/2} s^{-1}', Math.SQRT1_2],
  ['kilometers per second', 1],
  ['km.s-1', 1],
  ['(1e10 Msun)/h', 1e10],
  ['10+10 solMass', 0.7e10],
  ['Msun × 10¹⁰', 0.7e10],
  ['log10(M200c/[Msun/h])', 1]
])('%s is %d of our unit at h = 0.7, a = 0.5', (text, expected) => {
  expect(factor(text) / expected).toBeCloseTo(1, 12)
})

// astropy 8.0.2, whose solar mass has other last digits
test.each([
  ['Mly', 0.7 * 0.3066013938],
  ['pc / Myr', 0.9777922217],
  ['AU / yr', 4.7404704635],
  ['earthMass', 0.7 * 3.0034893e-6],
  ['M_jup', 0.7 * 9.5459423e-4]
])('%s is %d of our unit up to constants', (text, expected) => {
  expect(factor(text) / expected).toBeCloseTo(1, 6)
})

test('a logarithm is recognised', () => {
  expect(parseUnit('log10(Msun/h)')?.log).toBe(true)
  expect(parseUnit('dex Msun/h')?.log).toBe(true)
  expect(parseUnit('Msun/h')?.log).toBe(false)
})

test.each([
  '',
  'deg',
  'arcmin',
  'Mpc/h/h',
  'bananas',
  'Gyr',
  '1e10',
  'log10',
  '(Msun/h) * (Mpc/h) * km/s',
  'h_70^-1 Mpc',
  'Msun/h^2',
  'Mpc*h',
  'ln(Msun)',
  'Msun/Mpc^3',
  'Msun/yr'
])('%s is no unit', (text) => {
  expect(parseUnit(text)).toBeNull()
})

test('a unit is found inside a sentence', () => {
  expect(findUnit('comoving positions in Mpc/h (periodic [0,BoxSize))')?.text).toBe('Mpc/h')
  expect(findUnit('km/s peculiar')?.quantity).toBe('velocity')
  expect(findUnit('dimensionless rho/rho_mean-1')).toBeNull()
})

test.each(['Mpc h_70^-1', 'h70^-1 Mpc', 'E10 Msun', 'Mpc / furlong', 'Msun h^-2'])(
  'no part of %s is taken for the whole',
  (text) => {
    expect(findUnit(text)).toBeNull()
  }
)

test('h and redshift are requested when a unit needs them', () => {
  const mpc = parseUnit('Mpc')
  const physical = parseUnit('pMpc/h')
  if (mpc === null || physical === null) throw new Error('unit')
  expect(() => toInternal(mpc, { h: null, a: 1 }, 'x of file.csv')).toThrow(
    /x of file\.csv is in Mpc, which needs the Hubble constant h.*--map h=0\.7/
  )
  expect(() => toInternal(physical, { h: 1, a: null }, 'x')).toThrow(/--map redshift=0/)
})

test('any text is either a unit with a finite positive factor or none', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 30 }), (text) => {
      const unit = parseUnit(text)
      return unit === null || (toInternal(unit, cosmology, 'x') > 0 && Number.isFinite(unit.scale))
    })
  )
})
