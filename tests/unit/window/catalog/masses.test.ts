import { expect, test } from 'vitest'
import type { CatalogSummary, ColumnSummary } from '../../../../src-shared/contract.ts'
import { forWindow, massChoices, massDefinition } from '../../../../src-renderer/catalog/masses.ts'

const column = (name: string, unit: string | null = null, source = name) => ({ name, unit, source }) as ColumnSummary
const summary = (...columns: ColumnSummary[]) => ({ columns }) as CatalogSummary

test('the mass in use stands first, and the other masses of the file can be chosen', () => {
  const choices = massChoices(
    summary(
      column('x', 'Mpc/h'),
      column('mass', 'Msun/h', 'M200c'),
      column('M200m'),
      column('Mvir', 'Msun/h'),
      column('Mean_age'),
      column('log10M200b'),
      column('spin')
    )
  )
  expect(choices?.current).toBe('M200c')
  expect(choices?.choices.map(({ column: name }) => name)).toEqual(['M200c', 'M200m', 'Mvir', 'log10M200b'])
  expect(massChoices(summary(column('x')))).toBeNull()
})

test('a definition is read off the name of the column', () => {
  const definitions = ['M200c', 'm200m', 'Group_M_Mean200', 'Mvir', 'FOFMass', 'mass'].map(massDefinition)
  expect(definitions.map((text) => text?.split(':')[0] ?? null)).toEqual([
    'M200c',
    'M200m',
    'M200m',
    'Mvir',
    'FoF',
    null
  ])
})

test('a warning in the window does not speak of the command line', () => {
  expect(forWindow('Mass is taken from M200c; M200m is kept (--map mass=M200m chooses another).')).toBe(
    'Mass is taken from M200c; M200m is kept.'
  )
  expect(forWindow('a.csv does not say its box size; give it with --box (Mpc/h).')).toBe(
    'a.csv does not say its box size.'
  )
})
