import { parentPort, workerData } from 'node:worker_threads'
import { HalolawError } from '../../src-shared/errors.ts'
import type { Catalog } from './catalog.ts'
import type { LoadReply, LoadRequest } from './load.ts'
import { readCatalog } from './read.ts'
import { columnsOf } from './summary.ts'

/** Minimum time between progress reports; a window needs no more. */
const REPORT_MILLISECONDS = 100

const { path, map, boxSize, periodic, memoryLimit, memory, hash } = workerData as LoadRequest
const say = (reply: LoadReply, moved: ArrayBuffer[] = []): void => parentPort?.postMessage(reply, moved)

let reported = 0
try {
  const catalog = await readCatalog(path, {
    map,
    boxSize,
    periodic,
    memoryLimit,
    hash,
    onProgress: (progress) => {
      const now = performance.now()
      if (now - reported < REPORT_MILLISECONDS) return
      reported = now
      say({ progress })
    }
  })
  if (memory === 'shared') say({ catalog: inSharedMemory(catalog) })
  else say({ catalog }, buffersOf(catalog))
} catch (cause) {
  const error = cause instanceof HalolawError ? cause : new HalolawError('internal', (cause as Error).message)
  say({ error: { code: error.code, message: error.message } })
}

function inSharedMemory(catalog: Catalog): Catalog {
  const { x, y, z, velocity, mass, extra } = catalog
  return {
    ...catalog,
    x: shared(x),
    y: shared(y),
    z: shared(z),
    velocity: velocity && { vx: shared(velocity.vx), vy: shared(velocity.vy), vz: shared(velocity.vz) },
    mass: mass && shared(mass),
    extra: new Map([...extra].map(([name, values]) => [name, shared(values)]))
  }
}

function shared<T extends Float32Array | Float64Array>(values: T): T {
  const memory = new SharedArrayBuffer(values.byteLength)
  const copy = values instanceof Float32Array ? new Float32Array(memory) : new Float64Array(memory)
  copy.set(values)
  return copy as T
}

/** The columns' memory, which is transferred to the caller instead of being copied. */
function buffersOf(catalog: Catalog): ArrayBuffer[] {
  const exact = [...(catalog.exact?.values() ?? [])]
  const buffers = [...columnsOf(catalog).values(), ...exact].map((values) => values.buffer)
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer)
}
