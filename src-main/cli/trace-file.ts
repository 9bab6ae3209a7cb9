import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { badInput } from '../../src-shared/errors.ts'
import type { TraceEvent } from '../symbolic/index.ts'

export interface TraceFile {
  write(event: TraceEvent): void
  close(): void
}

/**
 * Opens a file for the events of a search, one JSON object per line. It overwrites an earlier trace, but no other file.
 * An event that cannot be written does not end the search; later events are skipped.
 * @param onFailure called once, with a sentence, when writing fails
 * @throws HalolawError `bad-input` when the file cannot be opened or holds something else
 */
export function traceFile(path: string, onFailure: (sentence: string) => void): TraceFile {
  const refused = (why: string): Error => badInput(`The trace cannot be written to "${path}": ${why}.`)
  const before = statSync(path, { throwIfNoEntry: false })
  if (before && !before.isFile()) throw refused('it is not a file; name another')
  if (before && before.size > 0 && !isTrace(path))
    throw refused('it contains other data, which would be lost; name another file')
  let file: number | null
  try {
    file = openSync(path, 'w')
  } catch (error) {
    throw refused(`${(error as Error).message}; choose another file`)
  }
  const close = (): void => {
    if (file !== null) closeSync(file)
    file = null
  }
  return {
    close,
    write: (event) => {
      if (file === null) return
      try {
        writeSync(file, `${JSON.stringify(event)}\n`)
      } catch (error) {
        close()
        onFailure(`${refused((error as Error).message).message} The search continues without it.`)
      }
    }
  }
}

function isTrace(path: string): boolean {
  const file = openSync(path, 'r')
  const bytes = Buffer.alloc(17)
  const length = readSync(file, bytes)
  closeSync(file)
  return bytes.toString('utf8', 0, length) === '{"event":"start",'
}
