import { expect, test } from 'vitest'
import { parseMapping } from '../../../../src-renderer/catalog/mapping.ts'
import { readBox } from '../../../../src-renderer/catalog/box-text.ts'

test('a box is one side or three, and three equal sides are one', () => {
  expect(readBox('500').box).toBe(500)
  expect(readBox(' 1e3 ').box).toBe(1000)
  for (const text of ['500, 400, 250', '500,400,250', '500 400 250', '500 x 400 x 250', '500×400×250'])
    expect(readBox(text)).toEqual({ box: [500, 400, 250], problem: null })
  expect(readBox('100, 100, 100').box).toBe(100)
  expect(readBox('  ')).toEqual({ box: null, problem: null })
})

test('what is no box is refused in a sentence that names the text and shows how a box is written', () => {
  for (const text of ['500, 250', '1, 2, 3, 4', '0', '-5', 'Infinity', '500 Mpc', ',', '100, 0, 100'])
    expect(readBox(text)).toEqual({
      box: null,
      problem: `"${text}" is not a box; write one side in Mpc/h, as in 500, or the sides along x, y and z, as in 500, 500, 250.`
    })
})

test('a mapping names columns of the file, and what names none is returned', () => {
  expect(parseMapping('mass=M200c:1e10Msun/h, x = Position[0],')).toEqual({
    map: { mass: 'M200c:1e10Msun/h', x: 'Position[0]' },
    unread: []
  })
  expect(parseMapping('M200c, y=').unread).toEqual(['M200c', 'y='])
})
