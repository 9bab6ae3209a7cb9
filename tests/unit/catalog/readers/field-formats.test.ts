import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readCatalog } from '../../../../src-main/catalog/read.ts'
import { columnsOf } from '../../../../src-main/catalog/summary.ts'
import { projectRoot } from '../../../../src-main/native.ts'
import { fixture, scratch, truth } from '../../../fixtures/catalogs.ts'
import { needs } from '../../../fixtures/needs.ts'
import type { Column } from '../../../fixtures/catalogs.ts'

const folder = scratch()
afterAll(folder.remove)
const halos = truth()
const POSITION_VELOCITY_MASS: Column[] = ['x', 'y', 'z', 'vx', 'vy', 'vz', 'mass']

async function expectTruth(
  path: string,
  names: Column[],
  options = {}
): Promise<Awaited<ReturnType<typeof readCatalog>>> {
  const catalog = await readCatalog(path, options)
  const columns = columnsOf(catalog)
  for (const name of names) {
    const values = columns.get(name) ?? []
    for (let i = 0; i < 60; i++) expect(Math.abs(values[i] / halos[name][i] - 1), `${name}[${i}]`).toBeLessThan(5e-7)
  }
  return catalog
}

// Figures by eye from the files themselves.
describe('genuine files of halo finders', () => {
  test('Rockstar out_N.list', async () => {
    const catalog = await readCatalog(fixture('field/tangos_out_14.list'))
    expect(catalog).toMatchObject({ format: 'rockstar', halos: 11, boxSize: 50, periodic: true })
    expect(catalog.metadata.h).toBe(0.701)
    expect(catalog.metadata.redshift).toBeCloseTo(1 / 0.309249 - 1, 12)
    expect(catalog.mass?.[0]).toBe(Math.fround(1.8774e13))
    expect(catalog.extra.get('b_to_a_500c')?.[0]).toBe(0.57927)
    expect(catalog.warnings).toEqual([expect.stringContaining('Mass is taken from Mvir')])
  })
  test('consistent-trees really_consistent_N.list has no box, which a warning says', async () => {
    const catalog = await readCatalog(fixture('field/tangos_really_consistent_14.list'))
    expect(catalog).toMatchObject({ format: 'rockstar', halos: 4, boxSize: null })
    expect([catalog.x[0], catalog.y[0], catalog.z[0]]).toEqual([9.93615, 4.40202, 33.90779].map(Math.fround))
    expect(catalog.velocity?.vx[0]).toBe(Math.fround(-242.61))
  })
  test('consistent-trees hlist with numbered headings', async () => {
    const heading =
      '#scale(0) id(1) desc_scale(2) desc_id(3) pid(4) upid(5) mvir(6) x(7) y(8) z(9) vx(10) vy(11) vz(12) mmp?(13)'
    const rows = Array.from(halos.x, (_, i) =>
      [
        0.5,
        i,
        1,
        i,
        -1,
        -1,
        ...POSITION_VELOCITY_MASS.map((name) => halos[name][i])
          .toSpliced(0, 0, halos.mass[i])
          .slice(0, 7),
        1
      ].join(' ')
    )
    const path = folder.write(
      'hlist_0.50000.list',
      [
        heading,
        '#Omega_M = 0.3; Omega_L = 0.7; h0 = 0.68',
        '#Full box size = 100.000000 Mpc/h',
        '#X/Y/Z: Halo position (Mpc/h comoving).',
        ...rows
      ].join('\n')
    )
    const catalog = await expectTruth(path, POSITION_VELOCITY_MASS)
    expect(catalog).toMatchObject({ format: 'consistent-trees', boxSize: 100, metadata: { redshift: 1, h: 0.68 } })
  })
  test('AHF, its box from the log beside it and its redshift from its name', async () => {
    const catalog = await readCatalog(fixture('field/tangos_tiny.000640.z2.964.AHF_halos'))
    expect(catalog).toMatchObject({ format: 'ahf', halos: 9, boxSize: 33.6315, periodic: true })
    expect(catalog.x[0]).toBeCloseTo(18.49438646187, 5)
    expect(catalog.mass?.[0]).toBe(Math.fround(2.34068e11))
    expect(catalog.metadata.redshift).toBe(2.964)
  })
})

test('SUBFIND in three files, one of them without groups: a/1 velocities, kpc/h, 1e10 Msun/h', async () => {
  for (const chunk of [0, 1, 2]) {
    const catalog = await expectTruth(fixture(`fof_subhalo_tab_004.${chunk}.hdf5`), POSITION_VELOCITY_MASS)
    expect(catalog).toMatchObject({ format: 'subfind', halos: 60, boxSize: 100, metadata: { redshift: 1, h: 0.7 } })
  }
})

test("yt's halo catalog in cgs", async () => {
  const catalog = await expectTruth(fixture('yt.h5'), POSITION_VELOCITY_MASS)
  expect(catalog.boxSize).toBeCloseTo(100, 10)
})

test('a FITS binary table in physical units without h', async () => {
  const catalog = await expectTruth(fixture('halos.fits'), POSITION_VELOCITY_MASS)
  expect(catalog).toMatchObject({ format: 'fits', boxSize: 100 })
  expect(catalog.warnings).toEqual([
    expect.stringMatching(/left out: NAME \(text\)\.$/),
    expect.stringMatching(/^The unit of the box size 100 in .* is not stated: taken as Mpc\/h/)
  ])
  expect(Array.from(catalog.extra.get('NPART') ?? [])).toEqual(Array.from(halos.Npart))
})

test('a bigfile folder as FastPM writes it: mass is length times the mass of a particle', async () => {
  const root = join(folder.path, 'fastpm')
  type Block = { dtype: string; width: number; parts: NodeJS.ArrayBufferView[]; rows: number[] }
  const column = (path: string, { dtype, width, parts, rows }: Block): void => {
    const at = join(root, path)
    mkdirSync(at, { recursive: true })
    writeFileSync(
      join(at, 'header'),
      [
        `DTYPE: ${dtype}`,
        `NMEMB: ${width}`,
        `NFILE: ${parts.length}`,
        ...rows.map((count, i) => `${String(i).padStart(6, '0')}: ${count} : 0 : 0`)
      ].join('\n') + '\n'
    )
    parts.forEach((part, i) => writeFileSync(join(at, String(i).padStart(6, '0')), part))
  }
  const vectors = (names: Column[], from: number, to: number): Float32Array =>
    Float32Array.from({ length: 3 * (to - from) }, (_, i) => halos[names[i % 3]][from + Math.floor(i / 3)])
  const positions = [vectors(['x', 'y', 'z'], 0, 25), vectors(['x', 'y', 'z'], 25, 60)]
  const velocities = [vectors(['vx', 'vy', 'vz'], 0, 60)]
  column('LL-0.200/Position', { dtype: '<f4', width: 3, parts: positions, rows: [25, 35] })
  column('LL-0.200/Velocity', { dtype: '<f4', width: 3, parts: velocities, rows: [60] })
  column('LL-0.200/Length', { dtype: '<i4', width: 1, parts: [Int32Array.from(halos.Npart)], rows: [60] })
  column('1/Position', { dtype: '<f4', width: 3, parts: [new Float32Array(300)], rows: [100] })
  const hex = (value: number): string => Buffer.from(Float64Array.of(value).buffer).toString('hex').toUpperCase()
  writeFileSync(join(root, 'LL-0.200', 'attr-v2'), `M0 <f8 1 ${hex(65.5)} #HUMANE [ 65.5 ]\n`)
  mkdirSync(join(root, 'Header'))
  writeFileSync(join(root, 'Header', 'header'), 'DTYPE: <i8\nNMEMB: 0\nNFILE: 0\n')
  writeFileSync(
    join(root, 'Header', 'attr-v2'),
    `BoxSize <f8 1 ${hex(100)} #HUMANE [ 100 ]\nHubbleParam <f8 1 ${hex(0.7)} #HUMANE [ 0.7 ]\nScalingFactor <f8 1 ${hex(0.5)} #HUMANE [ 0.5 ]\n`
  )
  for (const path of [root, join(root, 'LL-0.200')]) {
    const catalog = await expectTruth(path, ['x', 'y', 'z', 'vx', 'vy', 'vz'])
    expect(catalog).toMatchObject({ format: 'bigfile', halos: 60, boxSize: 100, metadata: { redshift: 1, h: 0.7 } })
    for (let i = 0; i < 60; i++) expect((catalog.mass?.[i] ?? 0) / (halos.Npart[i] * 65.5e10)).toBeCloseTo(1, 6)
    expect(catalog.warnings.join()).toContain('Mass is Length times the particle mass')
  }
  writeFileSync(join(root, 'LL-0.200', 'Velocity', '000000'), new Uint8Array(10))
  await expect(readCatalog(root)).rejects.toThrow(/000000 is truncated: 10 bytes where its header says 720/)
})

const shared = [join(projectRoot(), '..', 'shared', 'data'), join(projectRoot(), '..', '..', 'shared', 'data')].find(
  (path) => existsSync(path)
)

// Files that may not be bundled: tested where the folder of simulation data lies beside the project.
describe('catalogs in the shared folder of simulation data', () => {
  const test = needs(shared !== undefined, "the folder shared/data of simulation data beside the project's own")
  const at = (...parts: string[]): string => join(shared ?? '', ...parts)
  test('bigfile: the same halos as the flat HDF5 made from it', async () => {
    const folderCatalog = await readCatalog(at('fastpm-125-z0'))
    const flat = await readCatalog(at('fastpm-125-z0.h5'))
    expect(folderCatalog.halos).toBe(600)
    const sorted = (values: Float32Array): number[] => Array.from(values).sort((a, b) => a - b)
    const [mine, theirs] = [sorted(folderCatalog.x), sorted(flat.x)]
    for (let i = 0; i < 600; i++) expect(Math.abs(mine[i] - theirs[i])).toBeLessThan(1e-4)
    expect(Array.from(folderCatalog.extra.get('Length') ?? []).sort((a, b) => b - a)).toEqual(
      Array.from(flat.extra.get('Npart') ?? [])
    )
  })
  test.each([
    ['rockstar_ascii/linked_widgets_out_64.list', 'rockstar', 342, 100],
    ['consistent_trees/halotools_dummy_halocat_0.07812.list', 'consistent-trees', 436, 250],
    ['subfind_hdf5/fof_subhalo_tab_099.88.hdf5', 'subfind', 25, 75],
    ['hdf5_galacticus/galacticus_treeUNIT.hdf5', 'hdf5', 21484, 1000],
    ['csv/galacticus_millenniumTestTrees.csv', 'csv', 10713, null],
    ['ascii_xyz/VAST_gadget_sim_100_256_wall.dat', 'csv', 7660, null]
  ])('%s', async (name, format, count, boxSize) => {
    expect(await readCatalog(at('catalogs', name))).toMatchObject({ format, halos: count, boxSize })
  })
  test('subhalos, when --map names them', async () => {
    const catalog = await readCatalog(at('catalogs', 'subfind_hdf5', 'fof_subhalo_tab_099.88.hdf5'), {
      map: { position: '/Subhalo/SubhaloPos' }
    })
    expect(catalog.halos).toBe(1247 + 1593 + 1639)
  })
  test.each([
    ['rockstar_ascii/linked_widgets_out_0.list', /holds no halos/],
    ['csv/GradSchool_halos.csv', /no columns that are known as positions/],
    ['ascii_xyz/outerrim_Testbox000.txt', /no heading/],
    ['fits/clevar_demo_cat1.fits', /sky positions/],
    ['corrfunc/Mr19_mock_northonly.rdcz.ff', /is a fast-food file/]
  ])('%s is refused', async (name, sentence) => {
    await expect(readCatalog(at('catalogs', name))).rejects.toThrow(sentence)
  })
})
