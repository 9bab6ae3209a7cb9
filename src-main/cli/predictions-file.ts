import { tableFromArrays, tableToIPC } from 'apache-arrow'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { describeDiskError } from '../project/disk-errors.ts'

/**
 * Writes one row per halo and one float32 column per name: as Arrow if the name ends in .arrow or .feather, otherwise
 * as CSV.
 */
export async function writePredictions(path: string, columns: ReadonlyMap<string, Float32Array>): Promise<void> {
  try {
    if (!/\.(arrow|feather)$/i.test(path)) await writeCsv(path, columns)
    else await writeFile(path, tableToIPC(tableFromArrays(Object.fromEntries(columns)), 'file'))
  } catch (cause) {
    throw describeDiskError(path, cause)
  }
}

async function writeCsv(path: string, columns: ReadonlyMap<string, Float32Array>): Promise<void> {
  const file = createWriteStream(path)
  const values = [...columns.values()]
  await once(file, 'open')
  file.write(`${[...columns.keys()].join(',')}\n`)
  for (let halo = 0; halo < values[0].length; halo++)
    if (!file.write(`${values.map((column) => column[halo]).join(',')}\n`)) await once(file, 'drain')
  file.end()
  await once(file, 'close')
}
