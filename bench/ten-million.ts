// `node bench/ten-million.ts [HALOS]`: writes a mock of ten million halos (default) into the temporary folder and prints its path.
// The mock serves to measure scale only: copies of the bundled simulation side by side in a larger periodic box, with positions
// displaced by up to half a Mpc/h. Density and neighbours are realistic, large scales are not; the file's comment says so.
import { createWriteStream } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { RecordBatch, RecordBatchStreamWriter, Schema, tableFromArrays } from 'apache-arrow'
import type { Catalog } from '../src-main/catalog/catalog.ts'
import { loadCatalog } from '../src-main/catalog/load.ts'
import { projectRoot } from '../src-main/native.ts'
import { Random } from '../src-main/random.ts'

const requestedHalos = Number(process.argv[2] ?? 1e7)
if (!Number.isInteger(requestedHalos) || requestedHalos < 1) {
  console.error(`halolaw: ${process.argv[2]} halos are not possible; give a positive whole number.`)
  process.exit(2)
}
const sample = await loadCatalog(join(projectRoot(), 'resources', 'fastpm-500-z0.h5'))
const tile = sample.boxSize as number
/** Side of the box with this many halos at the sample's density, Mpc/h; the last copy along each axis is cut off. */
const side = tile * Math.cbrt(requestedHalos / sample.halos)
const metadata = new Map([
  ['BoxSize', `${side} Mpc/h`],
  ['Redshift', '0'],
  [
    'Comment',
    `Mock to measure scale only: copies of ${sample.path} side by side, positions displaced by half a Mpc/h. Not for science.`
  ]
])

/** One copy of the sample at a time. */
function* copies({ x, y, z, velocity, mass, extra }: Catalog): Generator<RecordBatch> {
  const random = new Random(1)
  const along = Math.ceil(side / tile)
  for (let copy = 0; copy < along ** 3; copy++) {
    const shift = [copy % along, Math.floor(copy / along) % along, Math.floor(copy / along ** 2)].map((n) => n * tile)
    const placed = [x, y, z].map((values, axis) => values.map((value) => value + shift[axis] + random.uniform() - 0.5))
    const inside = Uint32Array.from(x.keys()).filter((i) =>
      placed.every((values) => values[i] >= 0 && values[i] < side)
    )
    if (inside.length === 0) continue
    const take = (values: Float32Array | Float64Array): Float32Array => Float32Array.from(inside, (i) => values[i])
    const table = tableFromArrays({
      x: take(placed[0]),
      y: take(placed[1]),
      z: take(placed[2]),
      vx: take(velocity?.vx ?? x),
      vy: take(velocity?.vy ?? x),
      vz: take(velocity?.vz ?? x),
      mass: take(mass ?? x),
      Delta20: take(extra.get('Delta20') ?? x)
    })
    yield new RecordBatch(new Schema(table.schema.fields, metadata), table.batches[0].data)
  }
}

const path = join(tmpdir(), `halolaw-mock-${requestedHalos}.arrow`)
await pipeline(Readable.from(copies(sample)), RecordBatchStreamWriter.throughNode(), createWriteStream(path))
console.log(path)
