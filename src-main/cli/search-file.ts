import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { dirname } from 'node:path'
import { badInput } from '../../src-shared/errors.ts'
import { readCheckpoint, type SearchCheckpoint } from '../symbolic/index.ts'

export interface CheckpointFile {
  save(checkpoint: SearchCheckpoint): void
  /** Why the last checkpoint could not be saved; null if it was */
  failure(): Error | null
}

/**
 * Saves a search's checkpoints in a file. Each one is written completely before it replaces the previous one, so a
 * program killed during a write leaves the previous one. A checkpoint that cannot be written does not end the search.
 * @param onFailure called at the first failure of a series
 * @throws HalolawError `bad-input` if the file is not writable; checked before the search
 */
export function checkpointFile(path: string, onFailure: (sentence: string) => void): CheckpointFile {
  const refused = (why: string): Error => badInput(`The search cannot be saved in "${path}": ${why}.`)
  checkPlace(path, refused)
  let failed: Error | null = null
  return {
    failure: () => failed,
    save: (checkpoint) => {
      const part = `${path}.part`
      try {
        writeFileSync(part, JSON.stringify(checkpoint))
        renameSync(part, path)
        failed = null
      } catch (error) {
        rmSync(part, { force: true })
        const first = failed === null
        failed = refused(`${(error as Error).message}; make room, or mend the folder`)
        if (first) onFailure(`${failed.message} The search continues.`)
      }
    }
  }
}

function checkPlace(path: string, refused: (why: string) => Error): void {
  const info = statSync(path, { throwIfNoEntry: false })
  if (info && !info.isFile()) throw refused('it is not a file; name another')
  if (info && info.size > 0 && !beginning(path).startsWith('{"version":'))
    throw refused('it contains other data, which would be lost; name another file')
  try {
    accessSync(dirname(path), constants.W_OK)
  } catch (error) {
    throw refused(`${(error as Error).message}; choose another folder`)
  }
}

function beginning(path: string): string {
  const file = openSync(path, 'r')
  const bytes = Buffer.alloc(16)
  const length = readSync(file, bytes)
  closeSync(file)
  return bytes.toString('utf8', 0, length)
}

/** @throws HalolawError `bad-input` if the file cannot be read or is not a checkpoint */
export function checkpointFrom(path: string): SearchCheckpoint {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw badInput(
      `The search to resume cannot be read from "${path}" (${(error as Error).message}); check its path and permissions.`
    )
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw badInput(`"${path}" is not a complete checkpoint of a search; name another file, or start a new search.`)
  }
  return readCheckpoint(value)
}
