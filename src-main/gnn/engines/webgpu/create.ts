import type { NativeCellGrid } from '../../../graph/neighbours.ts'
import type { NetworkSetup } from '../../network/engine.ts'
import { edgeMultiplyAdds } from '../../network/parameters.ts'
import { defaultThreads } from '../cpu/cpu.ts'
import { networkInputs } from '../shared/inputs.ts'
import type { NetworkInputs, InputTable } from '../shared/inputs.ts'
import { Device } from './device/device.ts'
import { networkLayout } from './wgsl/layout.ts'
import type { NetworkLayout } from './wgsl/layout.ts'
import { WebGpuNetwork } from './network.ts'

/**
 * A network on a WebGPU device, which it owns from now on.
 * @param edgesAtOnce edges of a batch in memory at the same time; default: as many as one dispatch should take
 */
export async function createWebGpuNetwork(
  gpu: GPUDevice,
  { catalog, neighbours, config, standardisation }: NetworkSetup,
  edgesAtOnce?: number
): Promise<WebGpuNetwork> {
  const device = new Device(gpu)
  try {
    const layout = networkLayout(config)
    const inputs = networkInputs(catalog, config, standardisation)
    const haloQuads = layout.receiver + layout.sender + layout.node + (inputs.velocity ? 1 : 0)
    const grid = await (neighbours.grid as NativeCellGrid).layout(defaultThreads())
    const degrees = await neighbours.degrees()
    const place = new Uint32Array(catalog.halos)
    grid.order.forEach((halo, n) => (place[halo] = n))
    const network = new WebGpuNetwork(
      device,
      { config, standardisation, layout, haloQuads, blockEdges: 64 },
      {
        grid,
        radius: neighbours.radius,
        boxSize: neighbours.boxSize,
        inputs: haloInputs(inputs, layout, haloQuads, grid.order),
        place,
        degrees,
        multiplyAdds: edgeMultiplyAdds(config, 'per edge').forward
      },
      edgesAtOnce
    )
    await network.ready()
    return network
  } catch (cause) {
    device.destroy()
    throw cause
  }
}

/** Inputs of the halos by place: receiver, sender and node features, and velocity in 1000 km/s; in quads. */
function haloInputs(
  { receiver, sender, node, velocity }: NetworkInputs,
  layout: NetworkLayout,
  haloQuads: number,
  order: Uint32Array
): Float32Array<ArrayBuffer> {
  const row = 4 * haloQuads
  const out = new Float32Array(order.length * row)
  const put = (column: (halo: number) => number, at: number): void =>
    order.forEach((halo, n) => (out[n * row + at] = column(halo)))
  const putTable = ({ columns, values }: InputTable, quad: number): void => {
    for (let c = 0; c < columns; c++) put((halo) => values[halo * columns + c], 4 * quad + c)
  }
  putTable(receiver, 0)
  putTable(sender, layout.receiver)
  putTable(node, layout.receiver + layout.sender)
  const quad = layout.receiver + layout.sender + layout.node
  if (velocity) [velocity.x, velocity.y, velocity.z].forEach((column, n) => put((halo) => column[halo], 4 * quad + n))
  return out
}
