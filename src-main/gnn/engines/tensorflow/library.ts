import { createRequire } from 'node:module'
import util from 'node:util'
import type * as tfjs from '@tensorflow/tfjs'

/** The tfjs module; its backend is set separately. */
export type Tf = typeof tfjs

/** Members that tfjs-node-gpu's backend adds to a tfjs backend. */
interface NodeBackend {
  isUsingGpuDevice: boolean
  binding: { TF_Version?: string }
}

/** The path in HALOLAW_TENSORFLOW, else that of `@tensorflow/tfjs-node-gpu`; null if neither exists. */
export function nativeLibraryPath(): string | null {
  const chosen = process.env.HALOLAW_TENSORFLOW
  if (chosen) return chosen
  try {
    return createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu')
  } catch {
    return null
  }
}

/**
 * Loads TensorFlow's native library, which registers itself with tfjs as the backend `tensorflow`. It uses functions of
 * `util` that Node 23 removed or deprecated; they are supplied here.
 * @throws Error of any kind; a broken library may end the process, so probe.ts tries it in another process first
 */
export function loadNativeLibrary(path: string): { tf: Tf; gpu: boolean; version: string } {
  const isNullOrUndefined = (value: unknown): boolean => value === null || value === undefined
  Object.assign(util, { isNullOrUndefined, isArray: Array.isArray })
  const tf = createRequire(import.meta.url)(path) as Tf
  const { isUsingGpuDevice, binding } = tf.backend() as unknown as NodeBackend
  return { tf, gpu: isUsingGpuDevice, version: binding.TF_Version ?? 'of unknown version' }
}
