import { badInput } from '../../../../src-shared/errors.ts'
import type { Engine } from '../../network/engine.ts'
import { findDevice, openDevice } from './device/adapter.ts'
import { createWebGpuNetwork } from './create.ts'
import { measurePeak } from './device/peak.ts'

/**
 * The network on a graphics card, through WebGPU. Dawn is loaded by the first network, in the process that trains.
 * @throws HalolawError `bad-input` when there is nothing that WebGPU could compute on
 */
export async function openWebGpu(): Promise<Engine> {
  const found = await findDevice()
  if (found === null)
    throw badInput(
      'The engine "webgpu" found no graphics card that it can use, and no software driver; install a driver with Vulkan, Metal or Direct3D 12, or take --engine cpu.'
    )
  const device = found.software ? `${found.name} (a software driver: no graphics card was found)` : found.name
  return {
    id: 'webgpu',
    device,
    software: found.software,
    notice: found.software
      ? 'No graphics card was found: WebGPU computes on the processor through a software driver, which is slow; --engine cpu is the fast way.'
      : undefined,
    measurePeak: async () => measurePeak(await openDevice(found)),
    createNetwork: async (catalog, neighbours, config, standardisation) =>
      createWebGpuNetwork(await openDevice(found), catalog, neighbours, config, standardisation)
  }
}
