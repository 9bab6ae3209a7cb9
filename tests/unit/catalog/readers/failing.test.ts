import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Catalog } from '../../../../src-main/catalog/catalog.ts'
import { readCatalog } from '../../../../src-main/catalog/read.ts'
import { splitHalos } from '../../../../src-main/evaluation/splits.ts'
import { readColumns } from '../../../../src-main/cli/table-columns.ts'
import { projectRoot } from '../../../../src-main/native.ts'
import { needs } from '../../../fixtures/needs.ts'

// The same halos in many writings: positions, masses and box must come out alike.
const folder = join(projectRoot(), '..', 'shared', 'data', 'failing')
const onData = needs(existsSync(folder), 'the folder shared/data/failing beside the project')

function expectHalos({ halos, x, y, z, mass }: Catalog): void {
  expect(halos).toBe(60)
  const all = [...x, ...y, ...z]
  expect(Math.min(...all)).toBeCloseTo(0.8697, 3)
  expect(Math.max(...all)).toBeCloseTo(99.0545, 2)
  expect(Math.min(...(mass ?? [])) / 1.323e12).toBeCloseTo(1, 3)
  expect(Math.max(...(mass ?? [])) / 8.685e14).toBeCloseTo(1, 3)
}

const read = [
  { name: 'swift_soap_Mpc_read_as_Mpc_h.hdf5', boxSize: 100 },
  { name: 'astropy_hdf5_units_ignored.h5', boxSize: 100 },
  { name: 'caesar_h_box_mass_not_found.hdf5', boxSize: 100 },
  { name: 'fits_gz_taken_as_text.fits.gz', boxSize: 100 },
  { name: 'hdf5_float16_column_dropped.h5', boxSize: 100 },
  { name: 'hdf5_table_with_vlen_string_column.h5', boxSize: 100 },
  { name: 'parquet_decimal_dropped.parquet', boxSize: null },
  { name: 'arrow_decimal_numeric_dictionary_list_dropped.arrow', boxSize: null },
  { name: 'thousands.csv', boxSize: null },
  { name: 'decimal_comma.csv', boxSize: null },
  { name: 'ahf_trailing_tab_heading_lost.z0.000.AHF_halos', boxSize: null }
]
for (const { name, boxSize } of read)
  onData(`${name} gives the halos, in their units`, async () => {
    const catalog = await readCatalog(join(folder, name))
    expectHalos(catalog)
    if (boxSize === null) expect(catalog.boxSize).toBeNull()
    else expect(catalog.boxSize).toBeCloseTo(boxSize, 5)
  })

onData('decimals, half precision, numeric dictionaries and lists are numbers; other columns are named', async () => {
  for (const name of ['parquet_decimal_dropped.parquet', 'arrow_decimal_numeric_dictionary_list_dropped.arrow']) {
    const { extra, warnings } = await readCatalog(join(folder, name))
    expect(extra.get('dec')?.[1]).toBe(0.01)
    expect(extra.get('dec256')?.[59]).toBe(0.59)
    expect([...extra.keys()]).toEqual(expect.arrayContaining(['numdict', 'h16', 'lst_0', 'lst_1']))
    expect(warnings.join('\n')).toMatch(/left out: kind \(text\), ts \(dates or times\).*st \(nested records\)/)
  }
  const { extra } = await readCatalog(join(folder, 'hdf5_float16_column_dropped.h5'))
  expect(extra.get('conc')?.length).toBe(60)
})

onData('what nothing states is guessed and said, for masses as for lengths', async () => {
  const { warnings } = await readCatalog(join(folder, 'thousands.csv'))
  expect(warnings.join('\n')).toMatch(/Positions in .* their unit is not stated: taken as Mpc\/h/)
  expect(warnings.join('\n')).toMatch(/The unit of mass in .* is not stated .* taken as Msun\/h/)
})

onData('what is not read is refused by its name', async () => {
  await expect(readCatalog(join(folder, 'votable_taken_as_text.vot'))).rejects.toThrow(/VOTable.*ECSV/)
  await expect(readCatalog(join(folder, 'bigfile-position-header-cut'))).rejects.toThrow(/NFILE 2 and lists 1 parts/)
  const catalogs = join(folder, '..', 'catalogs')
  await expect(readCatalog(join(catalogs, 'rockstar_binary', 'tangos_halos_14.0.bin'))).rejects.toThrow(
    /Rockstar's binary form/
  )
  await expect(readCatalog(join(catalogs, 'abacus_asdf', 'test_halos_clean.asdf'))).rejects.toThrow(/ASDF file/)
})

onData('a cuboid box keeps its sides', async () => {
  const { boxSize } = await readCatalog(join(folder, 'box_100x100x200_taken_as_cube.h5'))
  expect(boxSize).toEqual([100, 100, 200])
})

onData('whole numbers above 2^53 are said', async () => {
  const { warnings } = await readCatalog(join(folder, 'parquet_decimal_dropped.parquet'))
  expect(warnings.join('\n')).toMatch(/Whole numbers above 2\^53 in id, uid of .* are rounded/)
  await expect(readColumns(join(folder, '28_int_target_above_2p53.csv'), ['y'], 'all')).rejects.toThrow(
    /Column "y" .* holds whole numbers above 2\^53.*subtract its smallest value/
  )
})

onData('a TNG chunk without groups, alone in its folder, is said to hold no halos', async () => {
  const alone = mkdtempSync(join(tmpdir(), 'halolaw-chunk-'))
  const name = 'fof_subhalo_tab_099.1.hdf5'
  copyFileSync(join(folder, '..', 'catalogs', 'subfind_hdf5', name), join(alone, name))
  await expect(readCatalog(join(alone, name))).rejects.toThrow(
    /holds no halos in \/Group \(0 rows\); choose another chunk/
  )
  rmSync(alone, { recursive: true })
})

onData('train_constant_target.h5 is read, and refused before training', async () => {
  const catalog = await readCatalog(join(folder, 'train_constant_target.h5'))
  expect([catalog.halos, catalog.boxSize]).toEqual([200, 100])
  const request = { target: 'Delta20', ood: null, test: null, seed: 1 }
  expect(() => splitHalos(catalog, request)).toThrow(/The target Delta20 does not vary: it is 0\.3\d* for every halo/)
  // With one other value among the halos that a mask takes away, the training halos still have one.
  const almost = catalog.extra.get('Delta20')?.map((value, halo) => (catalog.x[halo] > 50 ? value + halo : value))
  const varied = { ...catalog, extra: new Map([['Delta20', almost ?? new Float64Array()]]) }
  expect(() => splitHalos(varied, { ...request, ood: 'x > 50' })).toThrow(/for all \d+ training halos/)
})

onData('decimals are the numbers that their digits state', async () => {
  for (const name of ['parquet_decimal_dropped.parquet', 'arrow_decimal_numeric_dictionary_list_dropped.arrow']) {
    const { extra } = await readCatalog(join(folder, name))
    for (const column of ['dec', 'dec256'])
      expect([...(extra.get(column) ?? [])]).toEqual(Array.from({ length: 60 }, (_, i) => i / 100))
  }
})
