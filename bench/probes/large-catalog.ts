import { writeFileSync } from 'node:fs'
import { makeTable, tableToIPC } from 'apache-arrow'
import { Random } from '../../src-main/random.ts'

/** Writes a catalog of halos at random places in a box of 1000 Mpc/h. */
export function writeLargeCatalog(path: string, halos: number): void {
  const random = new Random(1)
  const column = (draw: () => number): Float32Array => Float32Array.from({ length: halos }, draw)
  const place = (): Float32Array => column(() => 1000 * random.uniform())
  const speed = (): Float32Array => column(() => 600 * random.uniform() - 300)
  const table = makeTable({
    x: place(),
    y: place(),
    z: place(),
    vx: speed(),
    vy: speed(),
    vz: speed(),
    mass: column(() => 10 ** (12 + 2 * random.uniform())),
    Delta20: column(() => random.uniform() - 0.5)
  })
  table.schema.metadata.set('BoxSize', '1000')
  writeFileSync(path, tableToIPC(table, 'file'))
}
