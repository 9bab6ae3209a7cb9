import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { readCatalog } from '../../../../src-main/catalog/read.ts'
import { projectRoot } from '../../../../src-main/native.ts'
import { needs } from '../../../fixtures/needs.ts'

// Every genuine catalog of shared/data/catalogs. The figures come from numpy and h5py, by the units that SOURCES.md
// states: sum, first, smallest and largest value of each column, in Mpc/h, km/s and Msun/h.
const folder = join(projectRoot(), '..', 'shared', 'data', 'catalogs')
const onData = needs(existsSync(folder), 'the folder shared/data/catalogs beside the project')

type Figures = [sum: number, first: number, min: number, max: number]

interface Genuine {
  file: string
  map?: Record<string, string>
  box?: number
  halos: number
  boxSize: number | null
  redshift?: number
  h?: number
  x: Figures
  z: Figures
  vx?: Figures
  mass?: Figures
  /** Each matches one of the warnings */
  warnings: RegExp[]
}

const oneOfMany = /: halos of several snapshots are mixed/
const unitGuessed = /their unit is not stated: taken as Mpc\/h/
const noBox = /does not say its box size/

const read: Genuine[] = [
  {
    file: 'rockstar_ascii/tangos_out_14.list',
    halos: 11,
    boxSize: 50,
    redshift: 1 / 0.309249 - 1,
    h: 0.701,
    x: [288.80778, 9.93615, 1.23818, 47.97716],
    z: [306.31725, 33.90779, 4.17648, 43.20503],
    vx: [-256.46, -242.61, -288.76, 127.68],
    mass: [1.004313e14, 1.8774e13, 4.4109e12, 1.8774e13],
    warnings: [/Mass is taken from Mvir; M200c, M200b, M500c are kept as extra columns/]
  },
  {
    file: 'rockstar_ascii/linked_widgets_out_64.list',
    halos: 342,
    boxSize: 100,
    redshift: 0,
    x: [19594.3839, 69.95449, 0.48663, 99.71919],
    z: [14391.7614, 50.64586, 0.22022, 99.12686],
    vx: [-618.08, -789.51, -929.37, 899.83],
    mass: [9.76408201e15, 1.1469e13, 6.0361e11, 4.5694e14],
    warnings: []
  },
  {
    file: 'consistent_trees/tangos_really_consistent_14.list',
    halos: 4,
    boxSize: null,
    x: [88.74285, 9.93615, 9.70227, 39.70101],
    z: [105.80732, 33.90779, 5.08554, 33.90779],
    vx: [-51.22, -242.61, -242.61, 292.77],
    mass: [1.94667e13, 1.877e13, 1.661e11, 1.877e13],
    warnings: [noBox]
  },
  {
    file: 'consistent_trees/halotools_dummy_halocat_0.07812.list',
    halos: 436,
    boxSize: 250,
    redshift: 1 / 0.07812 - 1,
    h: 0.68,
    x: [16716.4938, 34.06759, 0.07852, 249.55756],
    z: [11557.6857, 19.55492, 1.34954, 53.36495],
    vx: [-6586.39, 65.24, -261.02, 169.49],
    mass: [1.0480471e12, 4.649e8, 3.099e8, 1.751e10],
    warnings: []
  },
  {
    file: 'ahf/tangos_tiny.000640.z2.964.AHF_halos',
    halos: 9,
    boxSize: 33.6315,
    redshift: 2.964,
    x: [166.713404, 18.4943865, 18.0738743, 19.0234844],
    z: [135.998774, 15.2193198, 14.698637, 15.4594836],
    vx: [-342.27, -59.01, -99.48, 34.85],
    mass: [4.642686e11, 2.34068e11, 1.28763e10, 2.34068e11],
    warnings: []
  },
  {
    file: 'amiga_stat/tangos_h242.cosmo50PLK.1536g1bwK1C52.004096.amiga.stat',
    map: { h: '0.6777' },
    halos: 9,
    boxSize: null,
    // Xc has no unit, and masses and radii have no h: it is in Mpc, of a box of 50 Mpc.
    x: [258.55954, 27.57038, 26.34401, 30.951].map((value) => value * 0.6777) as Figures,
    z: [229.57117, 26.32138, 21.28491, 27.34505].map((value) => value * 0.6777) as Figures,
    vx: [791.35001, 104.73, -147.08, 267.35001],
    mass: [8.41954325e11, 7.60937012e11, 6.67025019e9, 7.60937012e11],
    warnings: [
      /taken as Mpc, without h like Mvir in M_sol/,
      noBox,
      /left out: Contam \(text\), False\? \(text or nothing\)/
    ]
  },
  {
    file: 'ascii_xyz/VAST_gadget_sim_100_256_wall.dat',
    halos: 7660,
    boxSize: null,
    x: [37355.0989, -43.4581612, -49.9814337, 49.9979874],
    z: [-35369.5449, -0.100484885, -49.9882992, 49.9632032],
    warnings: [unitGuessed, noBox, /no masses that are known by name/, /no velocities that are known by name/]
  },
  {
    file: 'ascii_xyz/ViaLacteaII_Info.first5000.dat',
    map: { h: '0.7' },
    halos: 5000,
    boxSize: null,
    x: [21.2683096, 0.3722418, -1.205519, 2.481885],
    z: [-882.156848, -2.151688, -2.151688, 1.650313],
    vx: [-37466.9659, 43.4586, -208.146, 439.285],
    mass: [1.08288316e11, 2464021, 2351.797, 8.49387e9],
    warnings: [noBox]
  },
  {
    file: 'ascii_xyz/outerrim_Testbox000.txt',
    map: { x: 'col1', y: 'col2', z: 'col3', vx: 'col4', vy: 'col5', vz: 'col6', mass: 'col7:log10(Msun/h)' },
    box: 3000,
    halos: 1000,
    boxSize: 3000,
    x: [108899.072, 0.03662, 0.00415, 140.5126],
    z: [18958.8518, 9.95463, 0.01343, 286.21613],
    vx: [-246102.149, -185.02673, -1040.46313, 1208.03772],
    mass: [4.27420106e14, 1.14572397e11, 3.6958982e10, 1.91579925e13],
    warnings: [unitGuessed, /The unit of col4 .* is not stated: taken as km\/s/]
  },
  ...['1', '88', '170', '174'].map((chunk): Genuine => ({
    file: `subfind_hdf5/fof_subhalo_tab_099.${chunk}.hdf5`,
    halos: 25,
    boxSize: 75,
    redshift: 0,
    h: 0.6774,
    x: [1019.4529, 25.9633867, 2.81403003, 73.4884219],
    z: [905.692104, 31.1574121, 11.0347988, 74.8441406],
    vx: [1542.07336, -283.97583, -433.440002, 482.393372],
    mass: [1.05168123e14, 3.76294678e13, 2.39169952e12, 3.76294678e13],
    warnings: [/4 of the 448 files of the catalog/, /Lengths are taken in kpc\/h, as the box of 75000 tells/]
  })),
  {
    file: 'subfind_hdf5/fof_subhalo_tab_099.88.hdf5',
    map: { position: '/Subhalo/SubhaloPos' },
    halos: 4479,
    boxSize: 75,
    redshift: 0,
    x: [163315.324, 25.9633867, 2.56318677, 73.8224922],
    z: [153955.756, 31.1574121, 0.00403137922, 74.9924688],
    vx: [-97973.0616, -281.097046, -1325.13672, 895.384521],
    mass: [1.01143171e14, 3.55262085e13, 11020904.6, 3.55262085e13],
    warnings: []
  },
  {
    file: 'hdf5_galacticus/galacticus_treeUNIT.hdf5',
    halos: 21484,
    boxSize: 1000,
    h: 0.6774,
    x: [3569978.35, 169.382904, 157.794098, 170.660706],
    z: [1084328.3, 48.1300812, 43.81884, 58.9362793],
    vx: [4816423.2, 304.390015, -1040.71997, 1803.14001],
    mass: [5.27503619e15, 9.61699968e13, 2.49400013e9, 9.78200025e13],
    warnings: [oneOfMany]
  },
  {
    // Its boxSize of 500 is that of the whole Millennium run; its halos fill a corner of 62.5 Mpc/h.
    file: 'hdf5_galacticus/galacticus_splitForests-milliMillennium-tree4000027000000.hdf5',
    halos: 1078,
    boxSize: 500,
    h: 0.73,
    x: [63306.7063, 58.3866, 55.765232, 60.72045],
    z: [35473.9922, 33.266346, 30.398409, 35.149548],
    vx: [-34148.4389, -56.106396, -396.7302, 322.43655],
    mass: [2.01295796e14, 1.8318e12, 5.16394e9, 6.469556e12],
    warnings: [oneOfMany, /Positions spread over only 6\.51405 of the box's 500 Mpc\/h/]
  },
  {
    file: 'csv/galacticus_millenniumTestTrees.csv',
    halos: 10713,
    boxSize: null,
    x: [310435.543, 16.078884, 0.0016048428, 62.496048],
    z: [317885.745, 23.163322, 0.0015347231, 62.49764],
    vx: [-226386.976, -25.42859, -462.57465, 532.08185],
    mass: [2.19516519e15, 7.212303e11, 5.16394e9, 1.2875424e12],
    warnings: [
      unitGuessed,
      noBox,
      oneOfMany,
      /2207 rows of the 12920 in .* have a mass \(m_tophat\) that is not positive/,
      /The unit of m_tophat .* reaches only 128.8: taken as 1e10 Msun\/h/
    ]
  }
]

for (const { file, map = {}, box, halos, boxSize, redshift, h, warnings, ...figures } of read)
  onData(`${file}${map.position ? ' (subhalos)' : ''} agrees with numpy and h5py`, async () => {
    const catalog = await readCatalog(join(folder, file), { map, boxSize: box })
    expect(catalog.halos).toBe(halos)
    expect(catalog.boxSize).toBe(boxSize)
    if (redshift !== undefined) expect(catalog.metadata.redshift).toBeCloseTo(redshift, 10)
    if (h !== undefined) expect(catalog.metadata.h).toBe(h)
    const columns = { x: catalog.x, z: catalog.z, vx: catalog.velocity?.vx, mass: catalog.mass ?? undefined }
    for (const [name, expected] of Object.entries(figures) as ['x', Figures][]) {
      const values = [...(columns[name] ?? [])]
      const actual = [values.reduce((a, b) => a + b, 0), values[0], Math.min(...values), Math.max(...values)]
      // Single precision has seven digits; a sum of values of both signs has fewer.
      const scale = Math.max(...values.map(Math.abs))
      expect(Math.abs(actual[0] - expected[0]) / (scale * halos), `${name}: sum`).toBeLessThan(1e-7)
      for (const k of [1, 2, 3])
        expect(Math.abs(actual[k] - expected[k]) / Math.abs(expected[k]), `${name} ${k}`).toBeLessThan(3e-7)
    }
    expect(figures.mass === undefined).toBe(catalog.mass === null)
    for (const sentence of warnings) expect(catalog.warnings.join('\n')).toMatch(sentence)
  })

const sky = /has sky positions \(RA, Dec\) and no comoving x, y, z; convert them to comoving Mpc\/h first/
const refused: Record<string, RegExp> = {
  'abacus_asdf/Mini_N64_L32/halo_info_000.asdf': /is an ASDF file/,
  'abacus_asdf/Mini_N64_L32/halo_info_001.asdf': /is an ASDF file/,
  'abacus_asdf/Mini_N64_L32/cleaned_halo_info_000.asdf': /is an ASDF file/,
  'abacus_asdf/Mini_N64_L32/cleaned_halo_info_001.asdf': /is an ASDF file/,
  'abacus_asdf/test_halos_clean.asdf': /is an ASDF file/,
  'rockstar_binary/tangos_halos_14.0.bin': /Rockstar's binary form/,
  'corrfunc/Mr19_mock_northonly.rdcz.ff': /is a fast-food file \(Corrfunc's Fortran records/,
  'fits/VAST_vollim_dr7_cbp_102709.fits': sky,
  'fits/redmapper_test_dr8_centcalcat.fit': sky,
  'fits/clevar_demo_cat1.fits': sky,
  'fits/redmapper_test_dr8_input_cluster_catalog.fit': /no columns that are known as positions .* mem_match_id/,
  'csv/GradSchool_halos.csv': /no columns that are known as positions x, y, z; its columns are x, y, R, c/,
  'rockstar_ascii/linked_widgets_out_0.list': /holds no halos/
}
for (const [file, sentence] of Object.entries(refused))
  onData(`${file} is refused by name`, async () => {
    await expect(readCatalog(join(folder, file))).rejects.toThrow(sentence)
  })

onData('what a file needs and does not state is asked for', async () => {
  const stat = 'amiga_stat/tangos_h242.cosmo50PLK.1536g1bwK1C52.004096.amiga.stat'
  await expect(readCatalog(join(folder, stat))).rejects.toThrow(
    /Mvir .* is in M_sol, which needs the Hubble constant h/
  )
  const noHeading = join(folder, 'ascii_xyz/outerrim_Testbox000.txt')
  await expect(readCatalog(noHeading)).rejects.toThrow(/has no heading .* --map x=col1,y=col2,z=col3/)
  const needsH = join(folder, 'ascii_xyz/ViaLacteaII_Info.first5000.dat')
  await expect(readCatalog(needsH)).rejects.toThrow(/is in kpc, which needs the Hubble constant h/)
})

onData('every catalog of the folder is in one of these lists', () => {
  const known = new Set([...read.map(({ file }) => file), ...Object.keys(refused)])
  const beside = /SOURCES\.md$|README|\.AHF_param$|\.log$|\/header$/
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/')
    )
  expect(files.filter((file) => !known.has(file) && !beside.test(file))).toEqual([])
})
