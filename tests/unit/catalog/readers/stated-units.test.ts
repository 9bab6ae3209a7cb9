import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readCatalog } from '../../../../src-main/catalog/read.ts'
import { scratch } from '../../../fixtures/catalogs.ts'

const folder = scratch()
afterAll(folder.remove)

/** Positions that fill a box of 120 Mpc/h. */
const places = [
  [1, 60, 119],
  [119, 2, 61],
  [62, 118, 3]
]

function write(heading: string, scale: number, comment = '# h = 0.5'): string {
  const path = join(folder.path, `${heading.replace(/\W/g, '')}${scale}${comment.length}.csv`)
  const rows = places.map((place) => [...place.map((value) => value * scale), 1e13].join(','))
  writeFileSync(path, [comment, heading, ...rows].join('\n'))
  return path
}

const x = async (path: string): Promise<number[]> => Array.from((await readCatalog(path, { map: {} })).x)

test.each([
  [
    'x [furlong],y [furlong],z [furlong],mass [Msun/h]',
    /unit "furlong" of x .* no known unit of length.*--map x=x:Mpc/
  ],
  ['x [Mpc/h],y [Mpc/h],z [Mpc/h],mass [stone]', /unit "stone" of mass .* no known unit of mass.*--map mass=mass:Msun/],
  ['x [Mpc/h],y [Mpc/h],z [Mpc/h],mass [km]', /unit "km" of mass .* no known unit of mass/],
  ['x [h_70^-1 Mpc],y [h_70^-1 Mpc],z [h_70^-1 Mpc],mass [Msun]', /unit "h_70\^-1 Mpc" of x/]
])('a stated unit that is not known is never guessed: %s', async (heading, message) => {
  await expect(readCatalog(write(heading, 1), { map: {} })).rejects.toThrow(message)
})

test('a unit that states nothing is guessed, and said', async () => {
  const path = write('x [code units],y [code units],z [code units],mass [-]', 1)
  expect(await x(path)).toEqual([1, 119, 62])
  expect((await readCatalog(path, { map: {} })).warnings.join()).toMatch(/unit is not stated: taken as Mpc\/h/)
})

test.each([
  ['Gpc', 0.002, 120, /box size 120 .* taken as Mpc\/h/],
  ['Gpc', 0.002, 0.24, null],
  ['Mpc', 2, 240, null],
  ['kpc', 2000, 240000, null],
  ['lyr', 2 * 3261563.777, 120, /box size 120 .* taken as Mpc\/h/]
])('positions in %s times %d and a bare box of %d', async (unit, scale, box, said) => {
  const heading = ['x', 'y', 'z'].map((axis) => `${axis} [${unit}]`).join(',')
  const catalog = await readCatalog(write(`${heading},mass [Msun/h]`, scale, `# h = 0.5\n# BoxSize = ${box}`), {
    map: {}
  })
  expect(catalog.boxSize).toBeCloseTo(120, 6)
  expect(catalog.x[1]).toBeCloseTo(119, 4)
  if (said === null) expect(catalog.warnings.join()).not.toMatch(/box size/)
  else expect(catalog.warnings.join()).toMatch(said)
})
