import { afterAll, expect, test } from 'vitest'
import { loadCatalog } from '../../../src-main/catalog/load.ts'
import { readCatalog } from '../../../src-main/catalog/read.ts'
import { catalogSummary } from '../../../src-main/catalog/summary.ts'
import { countDuplicates } from '../../../src-main/catalog/validate.ts'
import { arrowBytes, arrowWithNulls, scratch, truth } from '../../fixtures/catalogs.ts'

const folder = scratch()
afterAll(folder.remove)
const { x, y, z, mass, vx, vy, vz } = truth()

interface Change {
  x?: (values: number[]) => void
  mass?: (values: number[]) => void
  y?: (values: number[]) => void
}

function changed(name: string, change: Change, metadata: Record<string, string> = { BoxSize: '100' }): string {
  const columns = { x: [...x], y: [...y], z: [...z], mass: [...mass] }
  change.x?.(columns.x)
  change.y?.(columns.y)
  change.mass?.(columns.mass)
  return folder.write(`${name}.arrow`, arrowBytes({ ...columns, vx, vy, vz }, metadata))
}

test('NaN and infinite positions and masses are refused with their count and the first row', async () => {
  const path = changed('nan', {
    x: (values) => {
      values[4] = NaN
      values[9] = Infinity
    }
  })
  await expect(readCatalog(path)).rejects.toThrow(
    /^2 rows of the 60 in .*nan\.arrow have a missing, NaN or infinite position \(first: row 5\); remove those rows/
  )
  await expect(readCatalog(changed('nanmass', { mass: (values) => void (values[0] = NaN) }))).rejects.toThrow(
    /1 row of the 60 in .* has a missing, NaN or infinite mass \(first: row 1\).*--map mass=/
  )
  const nulls = folder.write('null.arrow', arrowWithNulls({ x: [1, null, 3], y: [1, 2, 3], z: [1, 2, 3] }))
  await expect(readCatalog(nulls)).rejects.toThrow(/1 row of the 3.*missing, NaN or infinite position \(first: row 2\)/)
})

test('in a text table the line is named', async () => {
  const path = folder.write('lines.csv', '# remark\nx,y,z\n1,2,3\n\n4,nan,6\n')
  await expect(readCatalog(path)).rejects.toThrow(/first: line 5/)
})

/** Without the sentences about units that the made-up files do not state. */
const withoutUnits = (warnings: string[]): string[] => warnings.filter((text) => !/ is not stated/.test(text))

test('halos without a positive mass are left out and counted', async () => {
  const path = changed('zero', {
    mass: (values) => {
      values[10] = 0
      values[20] = -1e12
    }
  })
  const catalog = await readCatalog(path)
  expect(catalog.halos).toBe(58)
  expect(catalog.x[10]).toBe(Math.fround(x[11]))
  expect(withoutUnits(catalog.warnings)).toEqual([
    expect.stringMatching(
      /^2 rows of the 60 in .* have a mass \(mass\) that is not positive \(first: row 11\) and were left out\.$/
    )
  ])
  await expect(readCatalog(changed('allzero', { mass: (values) => void values.fill(0) }))).rejects.toThrow(
    /60 rows of the 60.*not positive.*choose another column/
  )
})

test('positions at the edge of the box are wrapped and counted', async () => {
  const catalog = await readCatalog(
    changed('edge', { x: (values) => void (values[3] = 100), y: (values) => void (values[5] = 99.9999999) })
  )
  expect(catalog.x[3]).toBe(0)
  expect(catalog.y[5]).toBe(0)
  expect(catalog.warnings.join()).toMatch(/2 rows of .* lie exactly at the edge of the box \(100 Mpc\/h\)/)
})

test('positions a little outside, or centred on zero, are wrapped and counted', async () => {
  const catalog = await readCatalog(changed('drift', { x: (values) => void (values[3] = -0.5) }))
  expect(catalog.x[3]).toBe(99.5)
  expect(catalog.warnings.join()).toMatch(/1 row of .* lay outside \[0, 100\) Mpc\/h \(first: row 4\) and was wrapped/)
  const centred = await readCatalog(
    changed('centred', { x: (values) => values.forEach((value, i) => void (values[i] = value - 50)) })
  )
  for (let i = 0; i < 60; i++) expect(centred.x[i]).toBeCloseTo((x[i] + 50) % 100, 3)
})

test('positions far outside the box are refused with the likely unit', async () => {
  const thousandfold = changed(
    'kpc',
    { x: (values) => values.forEach((value, i) => void (values[i] = value * 1000)) },
    { BoxSize: '100', units: 'x Mpc/h; y Mpc/h; z Mpc/h; BoxSize Mpc/h' }
  )
  await expect(readCatalog(thousandfold)).rejects.toThrow(
    /lie outside the box of 100 Mpc\/h \(first: row 1; positions run from .*\); the positions look like kpc\/h: give the unit with --map/
  )
  await expect(readCatalog(changed('small', {}), { boxSize: 60 })).rejects.toThrow(
    /outside the box of 60 Mpc\/h.*Mpc\/h and the positions in Mpc/
  )
})

test('a box in kpc/h is converted, and --box overrides it', async () => {
  const factor = 1000
  const path = folder.write(
    'kpcbox.arrow',
    arrowBytes(
      { x: x.map((v) => v * factor), y: y.map((v) => v * factor), z: z.map((v) => v * factor) },
      { BoxSize: '100000' }
    )
  )
  const catalog = await readCatalog(path)
  expect(catalog.boxSize).toBe(100)
  expect(catalog.x[0]).toBeCloseTo(x[0], 4)
  expect(catalog.warnings.join()).toContain('taken as kpc/h')
  const bare = changed('bare', {}, {})
  expect(await readCatalog(bare)).toMatchObject({
    boxSize: null,
    periodic: false,
    warnings: expect.arrayContaining([expect.stringMatching(/does not say its box size.*--box/)])
  })
  const given = await readCatalog(bare, { boxSize: 200 })
  expect(given).toMatchObject({ boxSize: 200, periodic: true })
  expect(withoutUnits(given.warnings)).toEqual([])
  expect(await readCatalog(bare, { boxSize: 200, periodic: false })).toMatchObject({ boxSize: 200, periodic: false })
})

const cuboid = (values: Iterable<number>, axis: number): number[] => Array.from(values, (v) => v * [1, 1, 2][axis])

test.each([
  ['a list', { BoxSize: '[100, 100, 200]' }],
  ['a list with a unit', { BoxSize: '[100, 100, 200] Mpc/h' }],
  ['numbers apart', { box_size: '100.0 100.0 2e2' }],
  ['a product', { 'Box size': '100 x 100 x 200 Mpc/h' }],
  ['a name each', { BoxX: '100', BoxY: '100', BoxZ: '200' }],
  ['a numbered name each, beside one side', { LBOX: '100', BOXSIZE1: '100', BOXSIZE2: '100', BOXSIZE3: '200' }],
  ['a name each with a unit', { Lx_kpch: '100000', Ly_kpch: '100000', Lz_kpch: '200000' }]
] as [string, Record<string, string>][])('three sides are read: %s', async (name, metadata) => {
  const columns = { x: cuboid(x, 0), y: cuboid(y, 1), z: cuboid(z, 2), mass }
  const path = folder.write(`${name.replace(/\W/g, '')}.arrow`, arrowBytes({ ...columns, vx, vy, vz }, metadata))
  const catalog = await readCatalog(path)
  expect(catalog).toMatchObject({ boxSize: [100, 100, 200], periodic: true })
  expect(withoutUnits(catalog.warnings)).toEqual([])
  expect(catalog.z).toEqual(Float32Array.from(columns.z))
  expect(catalogSummary(catalog).boxSize).toEqual([100, 100, 200])
})

test.each([
  ['equal sides', { BoxSize: '[100, 100, 100]' }],
  ['equal sides with a name each', { BoxX: '100', BoxY: '100', BoxZ: '100' }]
] as [string, Record<string, string>][])('a box with three %s is a cube', async (name, metadata) => {
  const path = folder.write(`${name.replace(/\W/g, '')}.arrow`, arrowBytes({ x, y, z, mass, vx, vy, vz }, metadata))
  const catalog = await readCatalog(path)
  expect(catalog).toMatchObject({ boxSize: 100, periodic: true })
  expect(withoutUnits(catalog.warnings)).toEqual([])
})

test.each([
  ['two', '[100, 200]'],
  ['six', '0 100 0 100 0 200'],
  ['a negative one among', '100 100 -200']
])('%s numbers are not a box, and are never taken as a cube without a warning', async (name, BoxSize) => {
  expect(await readCatalog(changed(`nobox ${name}`, {}, { BoxSize }))).toMatchObject({
    boxSize: null,
    periodic: false,
    warnings: expect.arrayContaining([expect.stringMatching(/does not say its box size.*--box/)])
  })
})

test('positions are wrapped at each side, and refused beyond it', async () => {
  const columns = { x: cuboid(x, 0), y: cuboid(y, 1), z: cuboid(z, 2), mass }
  columns.z[0] = -1
  columns.x[1] = 100
  columns.z[2] = 199.5
  const path = folder.write('edges.arrow', arrowBytes({ ...columns, vx, vy, vz }, { BoxSize: '100 100 200' }))
  const catalog = await readCatalog(path)
  expect([catalog.z[0], catalog.x[1], catalog.z[2]]).toEqual([199, 0, 199.5])
  expect(withoutUnits(catalog.warnings)).toEqual([
    expect.stringMatching(/1 row .*lies exactly at the edge of the box \(100 x 100 x 200 Mpc\/h\)/),
    expect.stringMatching(/1 row .*lay outside the box of 100 x 100 x 200 Mpc\/h \(first: row 1\) and was wrapped/)
  ])
  await expect(readCatalog(path, { boxSize: [100, 100, 150] })).rejects.toThrow(
    /outside the box of 100 x 100 x 150 Mpc\/h/
  )
  expect(await readCatalog(path, { boxSize: [100, 120, 210] })).toMatchObject({ boxSize: [100, 120, 210] })
  await expect(loadCatalog(path, { boxSize: [100, 100, 0] })).rejects.toThrow(
    'A box size of 100 x 100 x 0 Mpc/h is not possible'
  )
})

test('duplicate positions are counted', async () => {
  const catalog = await readCatalog(
    folder.write(
      'twice.arrow',
      arrowBytes(
        { x: [...x, ...x.slice(0, 7)], y: [...y, ...y.slice(0, 7)], z: [...z, ...z.slice(0, 7)] },
        { BoxSize: '100' }
      )
    )
  )
  expect(catalog.warnings.join('\n')).toMatch(/7 rows of .* have the same position as an earlier halo/)
  expect(countDuplicates(Float32Array.of(1, 2, 1, 1, 0, 0), new Float32Array(6), new Float32Array(6))).toBe(3)
})

test('a catalog without masses or velocities loads with a warning about them', async () => {
  const catalog = await readCatalog(folder.write('positions.arrow', arrowBytes({ x, y, z }, { BoxSize: '100' })))
  expect(catalog).toMatchObject({ mass: null, velocity: null })
  expect(catalog.warnings).toEqual([
    expect.stringMatching(/^Positions in .* reach [\d.]+ and their unit is not stated: taken as Mpc\/h/),
    expect.stringMatching(/^The unit of the box size 100 in .* is not stated: taken as Mpc\/h/),
    expect.stringContaining('has no masses'),
    expect.stringContaining('has no velocities')
  ])
})

test('masses in 1e10 Msun/h and logarithms are guessed from their range, with a warning', async () => {
  const small = await readCatalog(
    changed('tenten', { mass: (values) => values.forEach((value, i) => void (values[i] = value / 1e10)) })
  )
  expect(small.mass?.[0]).toBeCloseTo(mass[0], -9)
  expect(small.warnings.join()).toContain('taken as 1e10 Msun/h')
  const log = await readCatalog(
    changed('log', { mass: (values) => values.forEach((value, i) => void (values[i] = Math.log10(value))) })
  )
  expect((log.mass?.[0] ?? 0) / mass[0]).toBeCloseTo(1, 4)
  expect(log.warnings.join()).toContain('taken as log10(Msun/h)')
})

test('a table of several snapshots gives a warning', async () => {
  const catalog = await readCatalog(folder.write('trees.csv', 'x,y,z,snapNum\n1,2,3,60\n4,5,6,61\n'))
  expect(catalog.warnings.join('\n')).toMatch(/snapNum runs from 60 to 61.*several snapshots/)
})
