import { badInput, HalolawError } from '../../../src-shared/errors.ts'

/** Turns the operating system's error about a path into a sentence; returns any other error unchanged. */
export function describeAccess(path: string, cause: unknown): Error {
  if (cause instanceof HalolawError) return cause
  const { code, name, message } = cause as NodeJS.ErrnoException
  if (name === 'AbortError') return new HalolawError('cancelled', 'Cancelled; what was finished is kept.')
  if (code === 'ENOENT' || code === 'ENOTDIR') return badInput(`${path} does not exist; check the path.`)
  if (code === 'EACCES' || code === 'EPERM')
    return badInput(`${path} may not be read by this user; change its permissions (chmod +r).`)
  if (code === 'EISDIR') return badInput(`${path} is a folder; name the catalog file in it.`)
  if (code !== undefined) return badInput(`${path} cannot be read (${message}); check the file and the disk.`)
  return cause as Error
}
