import { logger } from '../../log.ts'

const log = logger('catalog')

/** Longer reasons are cut. */
const LONGEST = 160
/** What a library says when it follows a damaged description without checking it. */
const OF_PROGRAM = /\bundefined\b|\[object|is not a function|Invalid (?:array|string) length|of null\b/

/**
 * Why a library could not read a file, for a sentence in parentheses: its own words, unless they speak of JavaScript
 * instead of the file; those are logged at level `debug`.
 */
export function reasonOf(cause: unknown): string {
  const text = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0].slice(0, LONGEST)
  if (!(cause instanceof TypeError || cause instanceof ReferenceError || OF_PROGRAM.test(text))) return text
  log.debug('A reader failed on a damaged file.', cause)
  return 'its description contradicts itself'
}
