import { badInput } from '../../../../src-shared/errors.ts'
import type { Engine } from '../../network/engine.ts'
import { findDevice, openDevice } from './device/adapter.ts'
import { createWebGpuNetwork } from './create.ts'
import { measurePeak } from './device/peak.ts'

/**
 * The engine on a graphics card, through WebGPU. The first network loads Dawn, in the process that trains.
 * @throws HalolawError `bad-input` if WebGPU finds no device
 */
export async function openWebGpu(): Promise<Engine> {
  const adapter = await findDevice()
  if (adapter === null)
    throw badInput(
      'The engine "webgpu" found no graphics card that it can use, and no software driver; install a driver with Vulkan, Metal or Direct3D 12, or take --engine cpu.'
    )
  const device = adapter.software ? `${adapter.name} (a software driver: no graphics card was found)` : adapter.name
  return {
    id: 'webgpu',
    device,
    software: adapter.software,
    notice: adapter.software
      ? 'No graphics card was found: WebGPU computes on the processor through a software driver, which is slow; --engine cpu is the fast way.'
      : undefined,
    measurePeak: async () => measurePeak(await openDevice(adapter)),
    createNetwork: async (setup) => createWebGpuNetwork(await openDevice(adapter), setup)
  }
}
