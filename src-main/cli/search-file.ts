import { accessSync, constants, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { badInput } from '../../src-shared/errors.ts'
import { readCheckpoint, type SearchCheckpoint } from '../symbolic/index.ts'

/** Keeps a file at the search's last checkpoint; one that is killed while writing leaves the one before. */
export function keepCheckpoint(path: string): (checkpoint: SearchCheckpoint) => void {
  const write = (text: string): void => {
    try {
      writeFileSync(`${path}.part`, text)
      renameSync(`${path}.part`, path)
    } catch (error) {
      throw badInput(`The search cannot be kept in "${path}": ${(error as Error).message}.`)
    }
  }
  // what stands in the way is told before the search, not after its first seconds
  try {
    accessSync(dirname(path), constants.W_OK)
  } catch (error) {
    throw badInput(`The search cannot be kept in "${path}": ${(error as Error).message}.`)
  }
  return (checkpoint) => write(JSON.stringify(checkpoint))
}

/** @throws HalolawError `bad-input` when the file cannot be read or is no checkpoint */
export function checkpointFrom(path: string): SearchCheckpoint {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw badInput(`The search to resume cannot be read from "${path}": ${(error as Error).message}.`)
  }
  return readCheckpoint(value)
}
