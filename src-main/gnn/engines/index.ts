import { badInput } from '../../../src-shared/errors.ts'
import type { Engine, EngineId } from '../engine.ts'
import { cpuEngine } from './cpu.ts'

/**
 * The engine of a name; `auto` takes the fastest that is there.
 * @throws HalolawError `bad-input` that says what an engine lacks here, and how to get it
 */
export async function findEngine(id: EngineId | 'auto'): Promise<Engine> {
  if (id !== 'auto' && id !== 'cpu')
    throw badInput(`The engine "${id}" is not part of this version of Halolaw; take --engine cpu, or leave it out.`)
  return cpuEngine
}
