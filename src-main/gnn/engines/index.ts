import { HalolawError } from '../../../src-shared/errors.ts'
import { logger } from '../../log.ts'
import type { Engine, EngineId } from '../network/engine.ts'
import { cpuEngine } from './cpu/cpu.ts'
import { nativeLibraryPath } from './tensorflow/library.ts'

/** Engines other than the CPU load on first use, because their libraries take time and memory. */
const open: Record<EngineId, () => Promise<Engine>> = {
  cpu: () => Promise.resolve(cpuEngine),
  webgpu: async () => (await import('./webgpu/index.ts')).openWebGpu(),
  tensorflow: async () => (await import('./tensorflow/index.ts')).openTensorflow()
}

const log = logger('engines')
const opened = new Map<EngineId, Promise<Engine>>()

/**
 * An engine by name, opened once per process.
 * @throws HalolawError `bad-input` that says what the engine lacks on this machine and how to get it
 */
export function findEngine(id: EngineId): Promise<Engine> {
  const engine = opened.get(id) ?? open[id]()
  opened.set(id, engine)
  return engine
}

/** The engines that work on this machine, the CPU first; `hardware` excludes those that emulate a GPU in software. */
export async function enginesPresent(which: 'all' | 'hardware'): Promise<Engine[]> {
  const present: Engine[] = []
  for (const id of Object.keys(open) as EngineId[]) {
    // Without its native library TensorFlow is software, and loading it takes seconds.
    if (id === 'tensorflow' && which === 'hardware' && nativeLibraryPath() === null) continue
    try {
      const engine = await findEngine(id)
      if (which === 'all' || !engine.software) present.push(engine)
    } catch (cause) {
      if (!(cause instanceof HalolawError && cause.code === 'bad-input')) throw cause
      log.debug(`The engine ${id} is missing here.`, cause)
    }
  }
  return present
}
