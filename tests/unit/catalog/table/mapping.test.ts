import { expect, test } from 'vitest'
import { mapColumns, sourceName } from '../../../../src-main/catalog/table/mapping.ts'
import { identifier, splitHeading } from '../../../../src-main/catalog/table/names.ts'
import type { TableColumn } from '../../../../src-main/catalog/table/table.ts'

const column = (name: string, width = 1): TableColumn => ({
  name,
  type: 'float32',
  width,
  unit: null,
  read: () => new Float32Array()
})
const map = (names: (string | [string, number])[], overrides: Record<string, string> = {}) =>
  mapColumns(
    names.map((name) => (typeof name === 'string' ? column(name) : column(...name))),
    overrides,
    'file'
  )
const sources = (mapping: ReturnType<typeof map>) =>
  [...mapping.position, ...(mapping.velocity ?? []), ...(mapping.mass === null ? [] : [mapping.mass])].map(sourceName)

test.each([
  ['x y z vx vy vz mass'],
  ['X Y Z VX VY VZ Mvir'],
  ['pos_x pos_y pos_z vel_x vel_y vel_z M200c'],
  ['Xc Yc Zc VXc VYc VZc Mhalo'],
  ['halo_x halo_y halo_z halo_vx halo_vy halo_vz halo_mvir'],
  [
    'particle_position_x particle_position_y particle_position_z particle_velocity_x particle_velocity_y particle_velocity_z particle_mass'
  ],
  ['x y z velX velY velZ m_tophat'],
  ['x_com y_com z_com vx_com vy_com vz_com m200m'],
  ['position_0 position_1 position_2 velocity_0 velocity_1 velocity_2 Group_M_Crit200']
])('%s are known', (names) => {
  expect(sources(map(names.split(' ')))).toEqual(names.split(' '))
})

test.each([
  ['Position', 'Velocity', 'Mass'],
  ['GroupPos', 'GroupVel', 'GroupMass'],
  ['Coordinates', 'Velocities', 'Masses'],
  ['x_L2com', 'v_L2com', 'M']
])('vectors %s and %s are known', (position, velocity, mass) => {
  expect(sources(map([[position, 3], [velocity, 3], mass]))).toEqual(
    [0, 1, 2]
      .map((i) => `${position}[${i}]`)
      .concat(
        [0, 1, 2].map((i) => `${velocity}[${i}]`),
        mass
      )
  )
})

test('components come from one style of names, not mixed', () => {
  expect(sources(map(['x', 'Xc', 'Yc', 'Zc'])).slice(0, 3)).toEqual(['Xc', 'Yc', 'Zc'])
})

test('overrides replace guesses, regardless of case, with unit and component', () => {
  const mapping = map(['x', 'y', 'z', 'M200c', 'Mvir', ['Pos', 3]], {
    mass: 'm200C:1e10Msun/h',
    x: 'Pos[0]:kpc/h',
    y: 'Pos',
    z: 'Pos[2]'
  })
  expect(mapping.mass).toMatchObject({ unit: '1e10Msun/h' })
  expect(sources(mapping)).toEqual(['Pos[0]', 'Pos[1]', 'Pos[2]', 'M200c'])
  expect(mapping.position[0].unit).toBe('kpc/h')
})

test('other keys rename columns; a column whose name clashes with a canonical one is renamed', () => {
  const mapping = map(['x', 'y', 'z', 'overdensity', 'Pos_X', 'Pos_Y', 'Pos_Z'], {
    Delta20: 'overdensity',
    x: 'Pos_X',
    y: 'Pos_Y',
    z: 'Pos_Z'
  })
  expect(mapping.extras.map((extra) => extra.name)).toEqual(['Delta20', 'x_file', 'y_file', 'z_file'])
})

test('wide columns are split, very wide ones left out and named', () => {
  const mapping = map([
    ['Position', 3],
    ['Shape', 2],
    ['Spectrum', 40]
  ])
  expect(mapping.extras.map((extra) => extra.name)).toEqual(['Shape_0', 'Shape_1'])
  expect(mapping.notes.join()).toContain('Spectrum (40)')
})

test('several masses: the first of a known order, and the others are named', () => {
  const mapping = map(['x', 'y', 'z', 'M500c', 'M200b', 'Mvir'])
  expect(mapping.mass?.column.name).toBe('Mvir')
  expect(mapping.notes.join()).toMatch(/Mass is taken from Mvir; M200b, M500c are kept/)
})

test('a logarithm of a mass is read as one', () => {
  expect(map(['x', 'y', 'z', 'logM200c']).mass?.unit).toBe('log10(Msun/h)')
})

test.each([
  [['RA', 'DEC', 'Z'], {}, /sky positions \(RA, Dec\)/],
  [['a', 'b'], {}, /no columns that are known as positions.*its columns are a, b.*--map x=/],
  [['x', 'y', 'z'], { mass: 'M' }, /--map mass=M names no numeric column of file; its columns are x, y, z/],
  [['x', 'y', 'z', 'M'], { mass: 'M:bananas' }, /The unit "bananas" in --map mass=M:bananas is not known; use Msun\/h/],
  [['x', 'y', 'z', 'M'], { mass: 'M:km/s' }, /has a unit of velocity; use Msun\/h/],
  [[['P', 2] as [string, number]], { position: 'P' }, /needs a column of three components, and "P" of file has 2/]
])('%j with %j is refused with a remedy', (names, overrides, sentence) => {
  expect(() => map(names, overrides as Record<string, string>)).toThrow(sentence)
})

test.each([
  ['x [Mpc/h]', 'x', 'Mpc/h'],
  ['Mvir(M_sol)', 'Mvir', 'M_sol'],
  ['Xc(6)', 'Xc', null],
  ['Mvir(4)', 'Mvir', null],
  ['A[x](500c)', 'A[x](500c)', null],
  ['x_mpch', 'x', 'mpc/h'],
  ['pos_x_kpc_h', 'pos_x', 'kpc/h'],
  ['mass_msun', 'mass', 'msun'],
  ['halo_mass', 'halo_mass', null],
  ['log10(Msun/h)', 'log10(Msun/h)', null],
  ['M [10^10 Msun/h]', 'M', '10^10 Msun/h'],
  ['logM [log10(Msun/h)]', 'logM', 'log10(Msun/h)']
])('heading %s', (heading, name, unit) => {
  const split = splitHeading(heading)
  if (heading === 'log10(Msun/h)') return expect(split.unit).toBe('Msun/h')
  expect(split).toEqual({ name, unit })
})

test.each([
  ['b_to_a(500c)', 'b_to_a_500c'],
  ['T/|U|', 'T_U'],
  ['2lpt', '_2lpt'],
  ['∆', 'column']
])('%s becomes a name of the expression language', (name, expected) => {
  expect(identifier(name)).toBe(expected)
})
