import { expect, test } from 'vitest'
import { boxFrom, choiceFrom, mapFrom, namesFrom, numberFrom, readArguments } from '../../../src-main/cli/arguments.ts'

test('arguments of the command line are read, and mistakes are refused', () => {
  const options = { '--port N': 'any' } as const
  expect(readArguments('serve', ['--port', '3', 'a.h5'], ['[CATALOG]'], options)).toMatchObject({
    values: { port: '3' },
    positionals: ['a.h5']
  })
  expect(() => readArguments('serve', ['--prot', '3'], ['[CATALOG]'], options)).toThrow(
    /Unknown option '--prot'; "halolaw serve --help"/
  )
  expect(() => readArguments('info', [], ['CATALOG'], {})).toThrow('"halolaw info" takes CATALOG, but got none')
  expect(numberFrom('seed', '12', { integer: true })).toBe(12)
  for (const text of ['', 'x', '1.5', '-3', '1e99'])
    expect(() => numberFrom('seed', text, { integer: true, least: 0, most: 100 })).toThrow(
      /^--seed .*give a whole number/
    )
  expect(boxFrom(undefined)).toBeNull()
  expect(boxFrom('500')).toBe(500)
  expect(boxFrom('100,100,200')).toEqual([100, 100, 200])
  expect(boxFrom(' 37.5, 91 ,250')).toEqual([37.5, 91, 250])
  expect(boxFrom('100,100,100')).toBe(100)
  expect(() => boxFrom('0')).toThrow('give a number above 0 (Mpc/h)')
  for (const text of ['100,100', '1,2,3,4']) expect(() => boxFrom(text)).toThrow('give one number, or the sides along')
  for (const text of ['100,,200', '100,x,200', '100,-1,200', '100,100,0'])
    expect(() => boxFrom(text)).toThrow('give a number above 0 (Mpc/h)')
  expect(mapFrom(['mass=M200c:1e10Msun/h', 'x = px'])).toEqual({ mass: 'M200c:1e10Msun/h', x: 'px' })
  expect(() => mapFrom(['mass'])).toThrow('--map mass is not understood')
  expect(() => choiceFrom('preset', 'fast', ['quick', 'standard'])).toThrow('choose quick, standard')
  expect(namesFrom('a, b c')).toEqual(['a', 'b', 'c'])
})

test('--map takes several columns in one option, and may be repeated', () => {
  const map = { x: 'col1', y: 'col2', z: 'col3', mass: 'col7:Msun/h' }
  expect(mapFrom(['x=col1,y=col2,z=col3,mass=col7:Msun/h'])).toEqual(map)
  expect(mapFrom(['x=col1,y=col2', 'z=col3', 'mass=col7:Msun/h'])).toEqual(map)
  expect(mapFrom(['position=/SO/200_crit/Centre, of mass:kpc'])).toEqual({
    position: '/SO/200_crit/Centre, of mass:kpc'
  })
})
