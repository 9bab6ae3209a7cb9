import { createRequire } from 'node:module'
import util from 'node:util'
import type * as tfjs from '@tensorflow/tfjs'

/** All of tfjs; which backend computes is set apart. */
export type Tf = typeof tfjs

/** What tfjs-node-gpu's backend says beyond a tfjs backend. */
interface NodeBackend {
  isUsingGpuDevice: boolean
  binding: { TF_Version?: string }
}

/** `@tensorflow/tfjs-node-gpu`, or the path in HALOLAW_TENSORFLOW where it lies elsewhere; null when there is none. */
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
 * Loads TensorFlow's native library, which registers itself with tfjs as the backend `tensorflow`. It is written for a
 * Node before 23, whose `util` had functions that were since removed or warn; they are supplied.
 * @throws Error of any kind; a broken library may end the process, so probe.ts tries it in another one first
 */
export function loadNativeLibrary(path: string): { tf: Tf; gpu: boolean; version: string } {
  const isNullOrUndefined = (value: unknown): boolean => value === null || value === undefined
  Object.assign(util, { isNullOrUndefined, isArray: Array.isArray })
  const tf = createRequire(import.meta.url)(path) as Tf
  const { isUsingGpuDevice, binding } = tf.backend() as unknown as NodeBackend
  return { tf, gpu: isUsingGpuDevice, version: binding.TF_Version ?? 'of unknown version' }
}
