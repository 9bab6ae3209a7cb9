import { expect, test } from 'vitest'
import { loadCatalog } from '../../src-main/catalog/load.ts'
import { catalogSummary, columnsOf } from '../../src-main/catalog/summary.ts'
import { projectRoot } from '../../src-main/native.ts'

const sample = `${projectRoot()}/resources/fastpm-500-z0.h5`
const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length

// Figures by h5py and numpy from the same file.
test('the bundled simulation loads with the numbers that h5py reads', async () => {
  const catalog = await loadCatalog(sample)
  expect(catalog).toMatchObject({ format: 'hdf5', halos: 37239, boxSize: 500, periodic: true, warnings: [] })
  expect([catalog.x[20000], catalog.y[20000], catalog.z[20000]]).toEqual([
    459.5903625488281, 388.38751220703125, 21.542112350463867
  ])
  expect([catalog.velocity?.vx[20000], catalog.velocity?.vy[20000], catalog.velocity?.vz[20000]]).toEqual([
    -147.95619201660156, 394.7613525390625, -326.7986755371094
  ])
  expect(catalog.mass?.[20000]).toBe(26261174878208)
  const columns = columnsOf(catalog)
  expect([...columns.keys()]).toEqual([
    'x',
    'y',
    'z',
    'vx',
    'vy',
    'vz',
    'mass',
    'Delta10',
    'Delta20',
    'Delta30',
    'Npart'
  ])
  expect(mean(columns.get('Delta20') ?? [])).toBeCloseTo(0.32010360877857663, 6)
  expect(mean(columns.get('Npart') ?? [])).toBeCloseTo(85.58253443970031, 6)
  expect(catalog.metadata).toMatchObject({ redshift: 0, Omega_m: 0.3175, h: 0.6711 })
})

test('its summary contains units, ranges and sources', async () => {
  const summary = catalogSummary(await loadCatalog(sample))
  const mass = summary.columns.find((column) => column.name === 'mass')
  expect(mass).toMatchObject({
    source: 'Mass',
    type: 'float32',
    unit: 'Msun/h',
    min: 13130587439104,
    max: 2503346384535552,
    nulls: 0
  })
  expect(summary.columns.find((column) => column.name === 'x')).toMatchObject({ source: 'Position[0]', unit: 'Mpc/h' })
  expect(summary.columns.find((column) => column.name === 'vx')).toMatchObject({ source: 'Velocity[0]', unit: 'km/s' })
})
