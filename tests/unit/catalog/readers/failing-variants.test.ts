import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { makeVector, Table, tableToIPC } from 'apache-arrow'
import { afterAll, expect, test } from 'vitest'
import type { BoxSize } from '../../../../src-shared/contract/box.ts'
import { readCatalog } from '../../../../src-main/catalog/read.ts'
import { columnsOf } from '../../../../src-main/catalog/summary.ts'
import { readColumns } from '../../../../src-main/cli/table-columns.ts'
import { fixture, scratch, truth } from '../../../fixtures/catalogs.ts'
import type { Column } from '../../../fixtures/catalogs.ts'

// Kinds of faults that readers once had, in other names, units, types and formats than where they were found. The files
// are those of make.py in tests/fixtures/catalogs/failing: the first 24 halos of truth.csv.
const halos = truth()
const folder = scratch()
afterAll(folder.remove)

const position: Column[] = ['x', 'y', 'z']
const withMass: Column[] = [...position, 'mass']
const all: Column[] = [...withMass, 'vx', 'vy', 'vz']

interface Variant {
  columns: Column[]
  box: BoxSize | null
  redshift?: number
  /** Each matches a warning */
  present?: RegExp[]
  /** No warning matches it; default: nothing is guessed */
  absent?: RegExp
  /** Largest relative error: some texts have six digits after the point */
  tolerance?: number
}

const aGuess = /is not stated/
const nothing = /^$/
const guesses: Pick<Variant, 'present' | 'absent'> = {
  present: [/Positions in .* their unit is not stated: taken as Mpc\/h/, /The unit of mass .*: taken as Msun\/h/],
  absent: nothing
}

const variants: Record<string, Variant> = {
  'soap_kpc.hdf5': { columns: all, box: 100, redshift: 1 },
  'velociraptor_comoving.properties.0': { columns: all, box: 100, redshift: 1 },
  'velociraptor_physical.properties.0': { columns: all, box: 100, redshift: 1 },
  'eagle.hdf5': { columns: all, box: 100, redshift: 1 },
  'gadget4.hdf5': { columns: all, box: 100, redshift: 1 },
  'caesar_kpccm.hdf5': {
    columns: all,
    box: 100,
    redshift: 1,
    present: [/other tables with positions: \/galaxy_data \(3\)/]
  },
  'astropy_quantities.h5': { columns: withMass, box: 100, redshift: 1 },
  'astropy_quantities.ecsv': { columns: withMass, box: 100, redshift: 1 },
  'astropy_comma.ecsv': { columns: withMass, box: 100, redshift: 1 },
  'astropy_cuboid.ecsv': { columns: withMass, box: [100, 100, 200], redshift: 1 },
  'astropy_cuboid.parquet': { columns: withMass, box: [100, 100, 200], redshift: 1 },
  'cuboid.fits': { columns: position, box: [100, 100, 200] },
  'cuboid.catalog': { columns: position, box: [100, 100, 200] },
  'cuboid.parquet': { columns: position, box: [100, 100, 200] },
  'cuboid.txt': { columns: position, box: [100, 100, 200] },
  'decimal128.parquet': { columns: all, box: null, ...guesses },
  'decimal256.parquet': { columns: all, box: null, ...guesses },
  'decimal128.arrow': { columns: all, box: null, ...guesses },
  'decimal256.arrow': { columns: all, box: null, ...guesses },
  'records.h5': {
    columns: all,
    box: 100,
    present: [/left out: name \(text\), parts \(lists of variable length\), tag \(text\), inner \(records\)/],
    absent: nothing
  },
  'thousands.tsv': { columns: all, box: null, ...guesses, tolerance: 2e-6 },
  'thousands_quoted.csv': { columns: all, box: null, ...guesses, tolerance: 2e-6 },
  'comma.tsv': { columns: all, box: null, ...guesses },
  'comma.txt': { columns: all, box: null, ...guesses },
  'comma_thousands.csv': { columns: all, box: null, ...guesses, tolerance: 2e-6 },
  'ends.csv': { columns: all, box: null, ...guesses },
  'ends_crlf.tsv': { columns: all, box: null, ...guesses },
  'halos.z1.000.AHF_halos': { columns: all, box: null, redshift: 1 }
}

for (const [name, { columns, box, redshift, present = [], absent = aGuess, tolerance = 5e-7 }] of Object.entries(
  variants
))
  test(`${name} gives the halos, in their units`, async () => {
    const catalog = await readCatalog(fixture(`failing/${name}`))
    expect(catalog.halos).toBe(24)
    const values = columnsOf(catalog)
    for (const column of columns)
      for (let i = 0; i < 24; i++)
        expect(Math.abs((values.get(column)?.[i] ?? NaN) / halos[column][i] - 1), `${column}[${i}]`).toBeLessThan(
          tolerance
        )
    if (typeof box === 'number') expect(catalog.boxSize).toBeCloseTo(box, 9)
    else expect(catalog.boxSize).toEqual(box)
    if (redshift !== undefined) expect(catalog.metadata.redshift).toBeCloseTo(redshift, 12)
    const warnings = catalog.warnings.join('\n')
    for (const sentence of present) expect(warnings).toMatch(sentence)
    expect(warnings).not.toMatch(absent)
    if (box === null) expect(warnings).toMatch(/does not say its box size/)
  })

test('half precision is read as far as it goes', async () => {
  const { velocity, mass } = await readCatalog(fixture('failing/half.h5'))
  for (let i = 0; i < 24; i++) {
    expect(Math.abs((velocity?.vz[i] ?? NaN) / halos.vz[i] - 1)).toBeLessThan(2 ** -11)
    // The logarithm has steps of 2^-7, so that the mass may be off by half a step.
    expect(Math.abs(Math.log10((mass?.[i] ?? NaN) / halos.mass[i]))).toBeLessThan(2 ** -8 + 1e-6)
  }
})

test('lists of one length and half precision are kept beside decimals; other lists are named', async () => {
  for (const name of ['decimal128.arrow', 'decimal256.parquet']) {
    const { extra, warnings } = await readCatalog(fixture(`failing/${name}`))
    expect([extra.get('c')?.[7], extra.get('shape_0')?.[7], extra.get('shape_1')?.[7]]).toEqual([7, 7, 2])
    expect(warnings.join('\n')).toMatch(/left out: ragged \(lists of different lengths\)\./)
  }
})

test('every VOTable is refused by name', async () => {
  for (const name of ['binary.vot', 'prefixed.xml'])
    await expect(readCatalog(fixture(`failing/${name}`))).rejects.toThrow(/is a VOTable, which Halolaw does not read/)
})

test('every file of the folder is tested', () => {
  const others = ['make.py', 'half.h5', 'binary.vot', 'prefixed.xml']
  const files = readdirSync(fixture('failing'))
  expect(files.filter((name) => !(name in variants) && !others.includes(name))).toEqual([])
})

test('a column that lost its end is never read as a shorter one', async () => {
  const root = join(folder.path, 'cut')
  const column = (header: string, parts: Record<string, NodeJS.ArrayBufferView>): void => {
    rmSync(root, { recursive: true, force: true })
    mkdirSync(join(root, 'Position'), { recursive: true })
    writeFileSync(join(root, 'Position', 'header'), `DTYPE: <f4\nNMEMB: 3\n${header}`)
    for (const [name, bytes] of Object.entries(parts)) writeFileSync(join(root, 'Position', name), bytes)
  }
  const rows = (count: number): Float32Array => Float32Array.from({ length: 3 * count }, (_, i) => i)
  const parts = { '000000': rows(4), '000001': rows(4) }
  column('NFILE: 2\n000000: 4 : 0 : 0\n000001: 4 : 0 : 0\n', parts)
  expect((await readCatalog(root)).halos).toBe(8)
  column('NFILE: 2\n000000: 4 : 0 : 0\n', parts)
  await expect(readCatalog(root)).rejects.toThrow(/NFILE 2 and lists 1 parts/)
  column('NFILE: 2\n000000: 4 : 0 : 0\n000001: 4 : 0 : 0\n', { '000000': rows(4) })
  await expect(readCatalog(root)).rejects.toThrow(/000001 does not exist/)
  column('NFILE: 1\n000000: 4 : 0 : 0\n', { '000000': rows(3) })
  await expect(readCatalog(root)).rejects.toThrow(/is truncated: 36 bytes where its header says 48/)
  column('NFILE: 1\n000000: 3 : 0 : 0\n', { '000000': rows(4) })
  await expect(readCatalog(root)).rejects.toThrow(/has 48 bytes where its header says 36/)
  column('NFILE: 1\n000000: 4 : 12345 : 0\n', { '000000': rows(4) })
  await expect(readCatalog(root)).rejects.toThrow(/The checksum of .* is \d+ and its header says 12345/)
})

test('a fit refuses whole numbers above 2^53, whatever the format', async () => {
  const y = BigInt64Array.from({ length: 30 }, (_, i) => 2n ** 53n + BigInt(i))
  const u = BigUint64Array.from({ length: 30 }, (_, i) => 2n ** 63n + BigInt(i))
  const a = Float64Array.from(y, (_, i) => i)
  const table = new Table({ a: makeVector(a), y: makeVector(y), u: makeVector(u) })
  const text = `a;y;u\n${Array.from(a, (_, i) => `${i};${y[i]};${u[i]}`).join('\n')}\n`
  const files = [
    folder.write('target.arrow', tableToIPC(table, 'file')),
    folder.write('target.csv', text),
    folder.write('target.csv.gz', gzipSync(text))
  ]
  for (const file of files) {
    for (const target of ['y', 'u'])
      await expect(readColumns(file, ['a', target], 'all')).rejects.toThrow(/holds whole numbers above 2\^53/)
    expect((await readColumns(file, ['a'], 'all')).columns.get('a')?.length).toBe(30)
  }
})
