import { HalolawError } from '../../../src-shared/errors.ts'
import { logger } from '../../log.ts'
import { describeDiskError } from '../../project/disk-errors.ts'

const log = logger('service')

/** Converts any thrown value to an error with a code and a sentence. */
export function asHalolawError(cause: unknown): HalolawError {
  if (cause instanceof HalolawError) return cause
  const error = cause instanceof Error ? cause : new Error(String(cause))
  if (error.name === 'AbortError') return new HalolawError('cancelled', 'Cancelled; what was finished is kept.')
  const described = describeDiskError('The project file', error)
  if (described instanceof HalolawError) return described
  // An error without a code is a bug in Halolaw: its first line says what happened, and the logged stack says where.
  log.error('An error without a code', error)
  return new HalolawError(
    'internal',
    `Halolaw made a mistake (${error.message.split('\n')[0]}); repeat what you did, and please report this if it comes back.`
  )
}
