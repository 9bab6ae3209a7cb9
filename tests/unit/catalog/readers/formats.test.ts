import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import type { Catalog } from '../../../../src-main/catalog/catalog.ts'
import { readCatalog } from '../../../../src-main/catalog/read.ts'
import { columnsOf } from '../../../../src-main/catalog/summary.ts'
import { arrowBytes, fixture, scratch, truth } from '../../../fixtures/catalogs.ts'
import type { Column } from '../../../fixtures/catalogs.ts'

const folder = scratch()
afterAll(folder.remove)
const halos = truth()

/** The catalog has the truth's numbers to single precision. */
function expectTruth(catalog: Catalog, names: Column[]): void {
  const columns = columnsOf(catalog)
  expect(catalog.halos).toBe(60)
  for (const name of names) {
    const values = columns.get(name)
    if (values === undefined) throw new Error(`no column ${name}`)
    for (let i = 0; i < 60; i++)
      expect(Math.abs(values[i] - halos[name][i]) / Math.abs(halos[name][i]), `${name}[${i}]`).toBeLessThan(3e-7)
  }
}

const ALL: Column[] = ['x', 'y', 'z', 'vx', 'vy', 'vz', 'mass', 'Delta20', 'Npart']

test.each([
  ['lz4.feather', 'arrow'],
  ['zstd.feather', 'arrow'],
  ['plain.feather', 'arrow'],
  ['snappy.parquet', 'parquet'],
  ['gzip.parquet', 'parquet'],
  ['zstd.parquet', 'parquet'],
  ['lz4.parquet', 'parquet'],
  ['brotli.parquet', 'parquet'],
  ['none.parquet', 'parquet'],
  ['group.h5', 'hdf5']
])('%s, written from Python, gives the numbers that were put in', async (name, format) => {
  const catalog = await readCatalog(fixture(name))
  expectTruth(catalog, ALL)
  const text = expect.stringMatching(/^Columns of .* without plain numbers are left out: name \(text\)\.$/)
  const velocity = expect.stringMatching(/^The unit of (?:vx|vel_x) in .* is not stated: taken as km\/s \(--map /)
  const warnings = format === 'hdf5' ? [velocity] : [text, velocity]
  expect(catalog).toMatchObject({ format, boxSize: 100, periodic: true, warnings })
})

test('halotools-like rows of a compound dataset are read, text members left out', async () => {
  const catalog = await readCatalog(fixture('compound.h5'))
  expectTruth(catalog, ['x', 'y', 'z', 'vx', 'vy', 'vz', 'mass'])
  expect(catalog.boxSize).toBe(100)
  expect([...catalog.extra.keys()]).toEqual(['halo_upid'])
  expect(catalog.warnings).toEqual([expect.stringMatching(/without plain numbers are left out: label \(text\)\.$/)])
})

describe('vectors, units in metadata and missing values', () => {
  test('an Arrow stream with field metadata', async () => {
    const catalog = await readCatalog(fixture('vectors.arrows'))
    expectTruth(catalog, ['x', 'y', 'z', 'vx', 'vy', 'vz', 'mass'])
    expect(catalog.boxSize).toBe(100)
    expect(catalog.extra.get('Delta20')?.[3]).toBeNaN()
    expect(catalog.columns.find((column) => column.name === 'Delta20')?.nulls).toBe(1)
    expect(catalog.warnings).toEqual(['Missing or non-finite values in Delta20 (1), of 60 rows.'])
    expect(Array.from(catalog.extra.get('central') ?? [])).toEqual(
      Array.from(halos.Npart, (count) => (count % 2 === 0 ? 1 : 0))
    )
  })
  test('lists in Parquet are vectors', async () => {
    const catalog = await readCatalog(fixture('vectors.parquet'))
    expectTruth(catalog, ['x', 'y', 'z', 'vx', 'vy', 'vz', 'mass'])
    expect(catalog.warnings).toEqual([
      expect.stringMatching(/^Positions in .* reach 99550\.0 and their unit is not stated: taken as kpc\/h/),
      'Missing or non-finite values in Delta20 (1), of 60 rows.'
    ])
  })
  test('units in column names and pandas attributes', async () => {
    const catalog = await readCatalog(fixture('pandas.parquet'))
    expectTruth(catalog, ['x', 'y', 'z', 'mass'])
    expect(catalog).toMatchObject({ boxSize: 100, velocity: null })
    expect(catalog.warnings.join()).toContain('no velocities')
  })
})

test.each(['file', 'stream'] as const)('an uncompressed Arrow %s from apache-arrow', async (kind) => {
  const bytes = arrowBytes({ x: halos.x, y: halos.y, z: halos.z, mass: halos.mass }, { BoxSize: '100' }, kind)
  const catalog = await readCatalog(folder.write(`own.${kind}`, bytes))
  expectTruth(catalog, ['x', 'y', 'z', 'mass'])
  expect(catalog).toMatchObject({ format: 'arrow', boxSize: 100 })
})

describe('text tables', () => {
  const lines = (separator: string): string[] =>
    Array.from({ length: 60 }, (_, i) => [halos.x[i], halos.y[i], halos.z[i], halos.mass[i]].join(separator))
  const written: [string, string][] = [
    ['comma', ['x,y,z,mass', ...lines(',')].join('\n')],
    [
      'comma, Windows line ends, no last line end, byte-order mark',
      '\ufeff' + ['x,y,z,mass', ...lines(',')].join('\r\n')
    ],
    ['tab', ['x\ty\tz\tmass', ...lines('\t')].join('\n') + '\n'],
    ['semicolon', ['x;y;z;mass', ...lines(';')].join('\n')],
    ['blanks under a commented heading', ['# some halos', '# x y z mass', ...lines('   ')].join('\n')],
    ['blanks in headings with units', ['# x [Mpc/h]  y [Mpc/h]  z [Mpc/h]  mass [Msun/h]', ...lines(' ')].join('\n')],
    [
      'units in another unit',
      [
        'x [kpc/h],y [kpc/h],z [kpc/h],M [1e10 Msun/h]',
        ...Array.from(halos.x, (x, i) =>
          [x * 1000, halos.y[i] * 1000, halos.z[i] * 1000, halos.mass[i] / 1e10].join(',')
        )
      ].join('\n')
    ],
    ['a row of units', ['x,y,z,mass', 'Mpc/h,Mpc/h,Mpc/h,Msun/h', ...lines(',')].join('\n')],
    ['quoted text', ['name,x,y,z,mass', ...lines(',').map((line, i) => `"halo, ${i}",${line}`)].join('\n')],
    [
      'comments and blank lines between',
      ['x,y,z,mass', ...lines(',').flatMap((line) => [line, '# a remark', ''])].join('\n')
    ],
    ['a delimiter at each line end', ['x,y,z,mass,', ...lines(',').map((line) => line + ',')].join('\n')],
    [
      'ECSV',
      [
        '# %ECSV 1.0',
        '# ---',
        '# datatype:',
        '# - {name: x, unit: Mpc / h, datatype: float64}',
        '# - {name: mass, unit: solMass / h, datatype: float64}',
        '# meta: {BoxSize: 100.0}',
        'x y z mass',
        ...lines(' ')
      ].join('\n')
    ]
  ]
  test.each(written)('%s', async (name, content) => {
    expectTruth(await readCatalog(folder.write(`${name.replace(/\W/g, '')}.csv`, content)), ['x', 'y', 'z', 'mass'])
  })

  test('gzipped, and comments that give box, redshift and h', async () => {
    const content = [
      '# Box size: 100.0 Mpc/h',
      '# Om = 0.3; Ol = 0.7; h = 0.68',
      '# a = 0.5',
      'x,y,z,mass',
      ...lines(',')
    ].join('\n')
    const catalog = await readCatalog(folder.write('halos.csv.gz', gzipSync(content)))
    expectTruth(catalog, ['x', 'y', 'z', 'mass'])
    expect(catalog).toMatchObject({ boxSize: 100, metadata: { redshift: 1, h: 0.68 } })
  })

  test('numbers are read exactly as Number reads them', async () => {
    const texts = [
      '1',
      '-2.5',
      '+3',
      '.5',
      '7.',
      '1e3',
      '1E-30',
      '123456789012345678',
      '0.1234567890123456789',
      '2.2250738585072014e-308',
      '9007199254740993',
      '1.7976931348623157e308',
      '0.30000000000000004',
      '-0',
      '6.02214076e23'
    ]
    const catalog = await readCatalog(
      folder.write('numbers.csv', ['x,y,z,value', ...texts.map((text, i) => `${i},0,0,${text}`)].join('\n'))
    )
    expect(Array.from(catalog.extra.get('value') ?? [])).toEqual(texts.map(Number))
  })

  test('missing, special and Fortran values', async () => {
    const texts = ['nan', 'inf', '-Infinity', '', 'null', 'True', '1.5D+03', '"2.5"']
    const catalog = await readCatalog(
      folder.write('special.csv', ['x,y,z,value', ...texts.map((text, i) => `${i},0,0,${text}`)].join('\n'))
    )
    expect(Array.from(catalog.extra.get('value') ?? [])).toEqual([NaN, Infinity, -Infinity, NaN, NaN, 1, 1500, 2.5])
  })

  test('a column of text is left out, text among numbers is counted with its line', async () => {
    const rows = lines(',').map((line, i) => `${line},${i === 7 ? 'oops' : i},name${i}`)
    const catalog = await readCatalog(folder.write('mixed.csv', ['x,y,z,mass,id,name', ...rows].join('\n')))
    expect([...catalog.extra.keys()]).toEqual(['id'])
    expect(catalog.warnings.join('\n')).toMatch(
      /1 of 60 values of id in .*mixed\.csv are no numbers \(first: "oops" in line 9\)/
    )
  })

  test('a table without heading is read by column numbers, and refused without them', async () => {
    const path = folder.write('bare.txt', lines(' ').join('\n'))
    await expect(readCatalog(path)).rejects.toThrow(/no heading.*col1 to col4.*--map x=col1/)
    expectTruth(await readCatalog(path, { map: { x: 'col1', y: 'col2', z: 'col3', mass: 'col4:Msun/h' } }), [
      'x',
      'y',
      'z',
      'mass'
    ])
  })
})

test('a mislabelled file is read as what it is', async () => {
  const { readFileSync } = await import('node:fs')
  for (const name of ['zstd.parquet', 'lz4.feather', 'group.h5', 'truth.csv']) {
    const copy = folder.write(`${name}.h5.csv.parquet`, readFileSync(fixture(name)))
    expectTruth(await readCatalog(copy), ['x', 'y', 'z', 'mass'])
  }
})

test('--map converts units, and gives h', async () => {
  const physical = [
    'a,b,c,m',
    ...Array.from(halos.x, (x, i) =>
      [x / 0.7, halos.y[i] / 0.7, halos.z[i] / 0.7, Math.log10(halos.mass[i] / 0.7)].join(',')
    )
  ].join('\n')
  const path = folder.write('mapped.csv', physical)
  const map = { x: 'a:Mpc', y: 'b:Mpc', z: 'c:Mpc', mass: 'm:log10(Msun)' }
  await expect(readCatalog(path, { map })).rejects.toThrow(/needs the Hubble constant h/)
  const catalog = await readCatalog(path, { map: { ...map, h: '0.7' }, boxSize: 100 })
  for (let i = 0; i < 60; i++) {
    expect(Math.abs(catalog.x[i] / halos.x[i] - 1)).toBeLessThan(1e-6)
    expect(Math.abs((catalog.mass?.[i] ?? 0) / halos.mass[i] - 1)).toBeLessThan(1e-5)
  }
})
