import { HalolawError, badInput } from '../../../src-shared/errors.ts'
import type { Engine, EngineId } from '../engine.ts'
import { cpuEngine } from './cpu.ts'

/** Engines beyond the CPU are loaded when first asked for: their libraries take time and memory. */
const open: Record<EngineId, () => Promise<Engine>> = {
  cpu: () => Promise.resolve(cpuEngine),
  webgpu: () => Promise.reject(notPart('webgpu')),
  tensorflow: () => Promise.reject(notPart('tensorflow'))
}

function notPart(id: EngineId): HalolawError {
  return badInput(`The engine "${id}" is not part of this version of Halolaw; take --engine cpu, or leave it out.`)
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

/** All engines that work here, those in software included; the CPU first. */
export async function enginesPresent(): Promise<Engine[]> {
  const found: Engine[] = []
  for (const id of Object.keys(open) as EngineId[]) {
    try {
      found.push(await findEngine(id))
    } catch (cause) {
      if (!(cause instanceof HalolawError && cause.code === 'bad-input')) throw cause
    }
  }
  return found
}
