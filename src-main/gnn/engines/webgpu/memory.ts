import type { BoxSize } from '../../../../src-shared/contract/box.ts'
import { badInput } from '../../../../src-shared/errors.ts'
import type { CellGridLayout } from '../../../graph/neighbours.ts'
import type { Cut, PlacedHalos } from './batches.ts'
import type { Device } from './device/device.ts'
import { edgeKernel } from './wgsl/edge-kernel.ts'
import { edgeBytes } from './wgsl/kernel.ts'
import type { BufferName } from './wgsl/kernel.ts'
import type { NetworkPlan } from './wgsl/layout.ts'
import { nodeKernel } from './wgsl/node-kernel.ts'
import { reducers } from './wgsl/optimiser-kernels.ts'

/** Most edges and operations of one dispatch: drivers reset a device whose dispatch runs for seconds. */
const mostEdges = 2 ** 20
export const operationsAtOnce = 2e11
const rowsAtOnce = 2 ** 14
const mostGroups = 512
/** Limit for one buffer, so that intermediate results stay small compared with the card's memory */
const bufferBytes = 2 ** 29
const quadBytes = 16

/** The halos in the form that a network on the GPU reads. */
export interface DeviceCatalog extends PlacedHalos {
  grid: CellGridLayout
  /** Mpc/h; the box is null in open space */
  radius: number
  boxSize: BoxSize | null
  /** By place: [halos x haloQuads] quads; see NetworkPlan */
  inputs: Float32Array<ArrayBuffer>
  /** Multiply-adds per edge of a forward pass */
  multiplyAdds: number
}

/** How the work is divided, and the sizes of the buffers for it, bytes. */
export interface MemoryPlan {
  cut: Cut
  buffers: [BufferName, number][]
}

/**
 * @param mostBytes largest buffer of the device
 * @param edgesAtOnce edges of a batch in memory at the same time; default: as many as one dispatch should take
 * @throws HalolawError `bad-input` if a buffer is larger than the device allows
 */
export function planMemory(
  plan: NetworkPlan,
  catalog: DeviceCatalog,
  mostBytes: number,
  edgesAtOnce?: number
): MemoryPlan {
  const { layout, blockEdges } = plan
  let allEdges = 0
  let largestDegree = 1
  for (const degree of catalog.degrees) {
    allEdges += degree
    largestDegree = Math.max(largestDegree, degree)
  }
  const affordable = Math.max(2 ** 14, Math.floor(operationsAtOnce / (8 * catalog.multiplyAdds)))
  const edges = Math.max(largestDegree, Math.min(allEdges, edgesAtOnce ?? Math.min(mostEdges, affordable)))
  const blocks = Math.ceil(edges / blockEdges)
  const slab = Math.max(edgeKernel(plan, 'gradient').slab, nodeKernel(plan, 'gradient').slab)
  const budget = Math.min(mostBytes, bufferBytes) / quadBytes
  const groups = Math.min(mostGroups, Math.max(blocks, 32), Math.floor(budget / layout.size), Math.floor(budget / slab))
  const buffers: MemoryPlan['buffers'] = [
    ['edges', edges * edgeBytes],
    ['slab', groups * slab * quadBytes],
    ['sums', (3 * blocks + rowsAtOnce) * layout.sums * quadBytes],
    ['sumGradients', rowsAtOnce * layout.sums * quadBytes],
    ['gradients', groups * layout.size * quadBytes],
    ['gradient', layout.size * quadBytes],
    ['penalties', groups * 4],
    ['norms', reducers(layout).all * 4],
    ['state', 16]
  ]
  const needed = Math.max(
    catalog.inputs.byteLength,
    catalog.grid.x.length * quadBytes,
    ...buffers.map(([, bytes]) => bytes)
  )
  if (groups < 1 || needed > mostBytes)
    throw badInput(
      `This catalog and network need a buffer of ${Math.ceil(needed / 2 ** 20)} MB on the graphics device, which allows at most ${Math.floor(mostBytes / 2 ** 20)} MB; use --engine cpu.`
    )
  return { cut: { capacity: { edges, rows: rowsAtOnce }, blockEdges, groups }, buffers }
}

/** Creates the buffers and writes the halos; all weights and moments are zero. */
export function fillMemory(
  device: Device,
  { buffers }: MemoryPlan,
  { layout }: NetworkPlan,
  catalog: DeviceCatalog
): void {
  const { grid, inputs } = catalog
  for (const [name, bytes] of buffers) device.buffer(name, bytes)
  device.write('positions', interleaved([grid.x, grid.y, grid.z]))
  device.write('bins', Uint32Array.from(grid.binStart))
  device.write('settled', Uint32Array.from(grid.settled))
  device.write('halos', inputs)
  device.write('order', Uint32Array.from(grid.order))
  for (const name of ['weights', 'average', 'first', 'second'] as const)
    device.write(name, new Float32Array(4 * layout.size))
}

/** Interleaves up to four columns, four floats per row. */
function interleaved(columns: Float32Array[]): Float32Array<ArrayBuffer> {
  const out = new Float32Array(4 * columns[0].length)
  columns.forEach((column, c) => column.forEach((value, n) => (out[4 * n + c] = value)))
  return out
}
