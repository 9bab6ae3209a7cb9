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
  keep(checkpoint: SearchCheckpoint): void
  /** Why the last checkpoint could not be kept; null: it was */
  failure(): Error | null
}

/**
 * Keeps a file at the search's last checkpoint; one that is killed while writing leaves the one before. A checkpoint that cannot be
 * written does not end the search, which is worth more: `failure` tells.
 * @param onFailure told once, when it happens
 * @throws HalolawError `bad-input` for what stands in the way before the search
 */
export function checkpointFile(path: string, onFailure: (sentence: string) => void): CheckpointFile {
  const refused = (why: string): Error => badInput(`The search cannot be kept in "${path}": ${why}.`)
  checkPlace(path, refused)
  let failed: Error | null = null
  return {
    failure: () => failed,
    keep: (checkpoint) => {
      const part = `${path}.part`
      try {
        writeFileSync(part, JSON.stringify(checkpoint))
        renameSync(part, path)
        failed = null
      } catch (error) {
        rmSync(part, { force: true })
        const first = failed === null
        failed = refused((error as Error).message)
        if (first) onFailure(`${failed.message} The search goes on.`)
      }
    }
  }
}

function checkPlace(path: string, refused: (why: string) => Error): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found && !found.isFile()) throw refused('it is no file; name one')
  if (found && found.size > 0 && !beginning(path).startsWith('{"version":'))
    throw refused('it holds something else, which would be lost; name another file')
  try {
    accessSync(dirname(path), constants.W_OK)
  } catch (error) {
    throw refused((error as Error).message)
  }
}

function beginning(path: string): string {
  const file = openSync(path, 'r')
  const bytes = Buffer.alloc(16)
  const length = readSync(file, bytes)
  closeSync(file)
  return bytes.toString('utf8', 0, length)
}

/** @throws HalolawError `bad-input` when the file cannot be read or is no checkpoint */
export function checkpointFrom(path: string): SearchCheckpoint {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw badInput(`The search to resume cannot be read from "${path}": ${(error as Error).message}.`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw badInput(`"${path}" holds no whole checkpoint of a search; name another file, or begin the search anew.`)
  }
  return readCheckpoint(value)
}
