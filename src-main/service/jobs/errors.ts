import { HalolawError } from '../../../src-shared/errors.ts'
import { describeDiskError } from '../../project/disk-errors.ts'

/** Whatever was thrown, as an error with a code and a sentence. */
export function asHalolawError(cause: unknown): HalolawError {
  if (cause instanceof HalolawError) return cause
  const error = cause instanceof Error ? cause : new Error(String(cause))
  if (error.name === 'AbortError') return new HalolawError('cancelled', 'Cancelled; what was finished is kept.')
  const described = describeDiskError('The project file', error)
  if (described instanceof HalolawError) return described
  // An error without a code is our own mistake: the first line says what, the trace on stderr says where.
  console.error(error.stack ?? error.message)
  return new HalolawError('internal', `Halolaw made a mistake: ${error.message.split('\n')[0]}`)
}
