import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/** A device that WebGPU can open on this machine. */
export interface WebGpuAdapter {
  /** Name of the graphics card, as its driver reports it */
  name: string
  /** Emulates a graphics card on the processor */
  software: boolean
  /** Null: the system's driver */
  driver: SoftwareDriver | null
}

interface SoftwareDriver {
  /** Path of the manifest that the Vulkan loader reads */
  manifest: string
  /** Path of the loader next to it, for machines without a loader, and the flags to open it with */
  loader: string | null
  flags: number
}

/** Zeroes workgroup memory by a loop, because SwiftShader compiles the extension into one store per number. */
const dawnOptions = ['disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension']
const probeSeconds = 30

/**
 * The fastest device that Dawn (the npm package `webgpu`) finds; without a graphics card, a software driver. Each is first
 * tried in a separate process, because a broken driver may crash it.
 * @returns null if not even a software driver works
 */
export async function findDevice(): Promise<WebGpuAdapter | null> {
  const system = await probe(null)
  if (system && !system.software) return system
  const driver = softwareDriver()
  return (driver && (await probe(driver))) ?? system
}

/** Keeps Dawn's instances alive: collecting one while its devices exist crashes the process. */
const instances: GPU[] = []

/**
 * Opens the device, with subgroup operations if it has them and `subgroups` does not leave them out. The caller must destroy it,
 * because a process with an open device may not exit.
 */
export async function openDevice(
  { driver }: WebGpuAdapter,
  subgroups: 'if-present' | 'none' = 'if-present'
): Promise<GPUDevice> {
  if (driver) useDriver(driver)
  const { create } = await import('webgpu')
  const gpu = create(dawnOptions)
  instances.push(gpu)
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (adapter === null)
    throw new Error(
      'The graphics device that was found a moment ago is no longer available; try again, or use --engine cpu.'
    )
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits
  const isPresent = adapter.features.has('subgroups') && gpu.wgslLanguageFeatures.has('subgroup_id')
  return adapter.requestDevice({
    requiredFeatures: isPresent && subgroups === 'if-present' ? ['subgroups'] : [],
    requiredLimits: { maxStorageBufferBindingSize, maxBufferSize }
  })
}

/** Points this process's Vulkan loader at the driver, and loads a loader if the system has none. */
function useDriver({ manifest, loader, flags }: SoftwareDriver): void {
  process.env.VK_DRIVER_FILES = manifest
  if (loader === null) return
  // Node throws because the library is not an add-on, but RTLD_NODELETE keeps it loaded, so Dawn finds it by name.
  try {
    process.dlopen({ exports: {} }, loader, flags)
  } catch {
    // Expected.
  }
}

/** Opens a device in a child process, computes a sum on it, and prints its name. */
const probeCode = `
const { module, options, driver } = JSON.parse(process.argv[1])
if (driver && driver.loader) try { process.dlopen({ exports: {} }, driver.loader, driver.flags) } catch {}
const gpu = (await import(module)).create(options)
const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
if (adapter) {
  const { description, device: model, vendor, isFallbackAdapter } = adapter.info
  const device = await adapter.requestDevice()
  const code = '@group(0) @binding(0) var<storage, read_write> x: array<u32>; @compute @workgroup_size(1) fn main() { x[0] = x[1] + 2; }'
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module: device.createShaderModule({ code }) } })
  const [data, read] = [0x8c, 0x09].map((usage) => device.createBuffer({ size: 16, usage }))
  device.queue.writeBuffer(data, 0, Uint32Array.of(0, 40, 0, 0))
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: data } }] }))
  pass.dispatchWorkgroups(1)
  pass.end()
  encoder.copyBufferToBuffer(data, 0, read, 0, 16)
  device.queue.submit([encoder.finish()])
  await read.mapAsync(1)
  const works = new Uint32Array(read.getMappedRange())[0] === 42
  if (works) console.log(JSON.stringify({ name: description || model || vendor, software: isFallbackAdapter }))
  device.destroy()
}
process.exit(0)
`

async function probe(driver: SoftwareDriver | null): Promise<WebGpuAdapter | null> {
  const task = JSON.stringify({ module: import.meta.resolve('webgpu'), options: dawnOptions, driver })
  const env = driver ? { ...process.env, VK_DRIVER_FILES: driver.manifest } : process.env
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', probeCode, '--', task],
      { env: { ...env, NODE_OPTIONS: '' }, timeout: 1000 * probeSeconds }
    )
    const reply = JSON.parse(stdout.trim().split('\n').at(-1) as string) as { name: string; software: boolean }
    return { name: reply.name || 'graphics device without a name', software: reply.software === true, driver }
  } catch {
    // No adapter, no library for this platform, or a driver that crashed or hung.
    return null
  }
}

/** SwiftShader, from the system's or Playwright's Chromium. */
function softwareDriver(): SoftwareDriver | null {
  if (process.platform !== 'linux') return null
  const rtldNoDelete = 0x1000
  for (const folder of chromiumFolders()) {
    const manifest = join(folder, 'vk_swiftshader_icd.json')
    if (!existsSync(manifest)) continue
    const loader = join(folder, 'libvulkan.so.1')
    const flags = constants.dlopen.RTLD_NOW | rtldNoDelete
    return { manifest, loader: existsSync(loader) ? loader : null, flags }
  }
  return null
}

function chromiumFolders(): string[] {
  const { PATH = '', HALOLAW_CHROMIUM, PLAYWRIGHT_BROWSERS_PATH, HOME = '/' } = process.env
  const named = HALOLAW_CHROMIUM ? [join(HALOLAW_CHROMIUM, '..')] : []
  const parents = [
    ...PATH.split(delimiter),
    '/usr/lib',
    '/usr/lib64',
    '/opt',
    '/opt/google',
    '/snap/chromium/current/usr/lib'
  ]
  const browsers = PLAYWRIGHT_BROWSERS_PATH ?? join(HOME, '.cache', 'ms-playwright')
  const downloaded = existsSync(browsers)
    ? readdirSync(browsers).map((name) => join(browsers, name, 'chrome-linux'))
    : []
  const below = ['', 'chromium', 'chromium-browser', 'chrome', 'google-chrome']
  return [...named, ...parents.flatMap((parent) => below.map((name) => join(parent, name))), ...downloaded]
}
