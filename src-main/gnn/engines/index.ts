import { HalolawError } from '../../../src-shared/errors.ts'
import type { Engine, EngineId } from '../network/engine.ts'
import { cpuEngine } from './cpu/cpu.ts'
import { nativeLibraryPath } from './tensorflow/library.ts'

/** Engines beyond the CPU are loaded when first asked for: their libraries take time and memory. */
const open: Record<EngineId, () => Promise<Engine>> = {
  cpu: () => Promise.resolve(cpuEngine),
  webgpu: async () => (await import('./webgpu/index.ts')).openWebGpu(),
  tensorflow: async () => (await import('./tensorflow/index.ts')).openTensorflow()
}

const opened = new Map<EngineId, Promise<Engine>>()

/**
 * The engine of a name, opened once a process.
 * @throws HalolawError `bad-input` that says what an engine lacks here, and how to get it
 */
export function findEngine(id: EngineId): Promise<Engine> {
  const engine = opened.get(id) ?? open[id]()
  opened.set(id, engine)
  return engine
}

/** All engines that work here, with those in software or without; the CPU first. */
export async function enginesPresent(software: boolean): Promise<Engine[]> {
  const found: Engine[] = []
  for (const id of Object.keys(open) as EngineId[]) {
    // Without its native library it would be loaded only to be passed over.
    if (id === 'tensorflow' && !software && nativeLibraryPath() === null) continue
    try {
      const engine = await findEngine(id)
      if (software || !engine.software) found.push(engine)
    } catch (cause) {
      if (!(cause instanceof HalolawError && cause.code === 'bad-input')) throw cause
    }
  }
  return found
}
