import { join } from 'node:path'
import h5wasm from 'h5wasm/node'
import { loadCatalog } from '../../src-main/catalog/load.ts'
import { Random } from '../../src-main/random.ts'
import { writeBombs } from './bombs.ts'

/** The cost of reading or refusing a catalog. */
export interface Reading {
  catalog: string
  outcome: 'read' | 'refused' | 'wrong'
  seconds: number
  /** Growth of the process's memory */
  megabytes: number
}

/**
 * Measures files that declare or unpack to more than they hold (the reader refuses each), and one large valid file,
 * which it reads.
 * @param rows of the large file
 */
export async function catalogSizes(folder: string, rows: number): Promise<Reading[]> {
  const readings: Reading[] = []
  for (const [catalog, { path, sentence }] of Object.entries(await writeBombs(folder)))
    readings.push({
      catalog,
      ...(await measured(async () => {
        const cause: unknown = await loadCatalog(path).then(
          () => null,
          (error: unknown) => error
        )
        return cause instanceof Error && sentence.test(cause.message) ? 'refused' : 'wrong'
      }))
    })
  const large = join(folder, 'large.h5')
  await writeHdf5(large, rows)
  const read = async (): Promise<Reading['outcome']> => ((await loadCatalog(large)).halos === rows ? 'read' : 'wrong')
  readings.push({ catalog: `HDF5 of ${rows} rows`, ...(await measured(read)) })
  return readings
}

async function measured(work: () => Promise<Reading['outcome']>): Promise<Omit<Reading, 'catalog'>> {
  const before = process.memoryUsage.rss()
  let most = before
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 10)
  const started = performance.now()
  const outcome = await work()
  const seconds = Math.round((performance.now() - started) / 100) / 10
  clearInterval(timer)
  return { outcome, seconds, megabytes: Math.round((most - before) / 2 ** 20) }
}

async function writeHdf5(path: string, rows: number): Promise<void> {
  await h5wasm.ready
  const random = new Random(1)
  const file = new h5wasm.File(path, 'w')
  for (const name of ['x', 'y', 'z', 'mass']) {
    const data = Float32Array.from({ length: rows }, () => (name === 'mass' ? 1e13 : 1000) * (0.001 + random.uniform()))
    file.create_dataset({ name, data, shape: [rows] })
  }
  file.close()
}
