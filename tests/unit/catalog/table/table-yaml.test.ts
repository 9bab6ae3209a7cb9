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
