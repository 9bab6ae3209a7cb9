import { expect, test } from 'vitest'
import { readTableYaml } from '../../../../src-main/catalog/table/table-yaml.ts'

const lines = (text: string): string[] => text.trim().split('\n')

test('flow style, as astropy writes it, with a wrapped line and a quantity', () => {
  const { units, metadata } = readTableYaml(
    lines(`
datatype:
- {name: x, unit: kpc, datatype: float64}
- {name: mass, unit: solMass, datatype: float64, description: 'a, b: c
    and more'}
meta: !!omap
- {h: 0.7}
- BoxSize: !astropy.units.Quantity
    unit: &id001 !astropy.units.Unit {unit: Mpc}
    value: 142.85
- cosmo: {Om0: 0.3}
- __serialized_columns__:
    x:
      unit: *id001`)
  )
  expect([...units]).toEqual([
    ['x', 'kpc'],
    ['mass', 'solMass']
  ])
  expect(metadata).toEqual({ h: 0.7, BoxSize: '142.85 Mpc' })
})

test('block style', () => {
  const { units, metadata } = readTableYaml(
    lines(`
datatype:
- name: x
  unit: Mpc / h
  datatype: float64
- name: y
  datatype: float64
  unit: "kpc"
meta:
  h: 0.7
  cosmo:
    Om0: 0.3
schema: astropy-2.0`)
  )
  expect([...units]).toEqual([
    ['x', 'Mpc / h'],
    ['y', 'kpc']
  ])
  expect(metadata).toEqual({ h: 0.7 })
})

test('the Hubble constant of a cosmology, and three sides as a NumPy array, are those that astropy wrote', () => {
  const lines = `datatype:
- {name: x, unit: Mpc, datatype: float64}
meta: !!omap
- cosmo: !astropy.cosmology.FlatLambdaCDM
    H0: !astropy.units.Quantity
      unit: !astropy.units.Unit {unit: km / (Mpc s)}
      value: 68.0
    Neff: 3.046
    Ob0: 0.04897
    Om0: 0.30966
    meta: !!python/tuple
    - !!python/tuple [Om0, 0.2607]
    name: Planck18 (modified)
- BoxSize: !astropy.units.Quantity
    unit: &id001 !astropy.units.Unit {unit: Mpc}
    value: !numpy.ndarray
      buffer: !!binary |
        RHc4UER3OFBaa0FQRHc4UER3OW1RQThQRHc4UEQyWkE=
      dtype: float64
      order: C
      shape: !!python/tuple [3]`.split('\n')
  const side = 120 / 0.68
  const { metadata } = readTableYaml(lines)
  expect(metadata).toMatchObject({ H0: 68, Om0: 0.30966 })
  const [x, y, z, unit] = String(metadata.BoxSize).split(' ')
  expect([x, y, z].map(Number).map((value) => value / side)).toEqual([1, 1, 1])
  expect(unit).toBe('Mpc')
})
