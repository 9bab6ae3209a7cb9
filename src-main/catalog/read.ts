import { resolve } from 'node:path'
import { badInput, HalolawError } from '../../src-shared/errors.ts'
import { throwIfCancelled } from '../work.ts'
import { assemble } from './assemble.ts'
import type { Catalog } from './catalog.ts'
import { detectReader } from './detect.ts'
import type { LoadOptions } from './load.ts'

/**
 * `loadCatalog` on the calling thread: what its worker runs.
 * @throws HalolawError `bad-input` in one sentence: what is wrong with which file and how to mend it.
 */
export async function readCatalog(path: string, options: LoadOptions = {}): Promise<Catalog> {
  const full = resolve(path)
  try {
    throwIfCancelled(options.signal)
    const reader = await detectReader(full)
    const reading = { map: options.map ?? {}, signal: options.signal, onProgress: options.onProgress }
    options.onProgress?.({ fraction: 0, message: `Opening ${reader.title}` })
    const table = await reader.open(full, reading)
    try {
      return await assemble(table, full, { ...reading, boxSize: options.boxSize ?? null, periodic: options.periodic })
    } finally {
      await table.close?.()
    }
  } catch (cause) {
    throw asSentence(full, cause)
  }
}

/** What a reader's library throws at a damaged file, put so that a person can act on it. */
function asSentence(path: string, cause: unknown): Error {
  if (cause instanceof HalolawError) return cause
  const reason = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0].slice(0, 160)
  if (cause instanceof RangeError && /alloc|array (?:buffer|length)|out of memory/i.test(reason))
    return badInput(
      `${path} asks for more memory than there is (${reason}); it is damaged, or too large for this machine.`
    )
  return badInput(`${path} cannot be read (${reason}); it is damaged, copy or write it again.`)
}
