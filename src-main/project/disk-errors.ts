import { badInput, HalolawError } from '../../src-shared/errors.ts'

const savedStays = 'what was saved before is kept'

/**
 * Turns a failure of the file system or of SQLite into a sentence about the project at `path`; returns other errors
 * unchanged.
 */
export function describeDiskError(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || cause instanceof HalolawError || !('code' in cause)) return cause
  const code = String(cause.code)
  const disk = (sentence: string): HalolawError => new HalolawError('disk', sentence)
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT')
    return disk(
      `The disk that holds ${path} is full: ${savedStays}; make room and repeat, or save under another folder.`
    )
  if (code.startsWith('SQLITE_READONLY') || ['EACCES', 'EROFS', 'EPERM'].includes(code))
    return disk(`${path} may not be written: ${savedStays}; choose a folder of your own, or change its permissions.`)
  if (code === 'ENAMETOOLONG') return disk(`The name of ${path.slice(0, 80)}... is too long; choose a shorter one.`)
  if (code.startsWith('SQLITE_CANTOPEN') || ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code))
    return disk(`${path} cannot be opened for writing; check that its folder exists and may be written.`)
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
    return disk(`${path} is being written by another program; repeat when that has finished.`)
  if (code.startsWith('SQLITE_IOERR'))
    return disk(
      `Reading or writing ${path} failed (${code}): ${savedStays}; check the disk, or save under another folder.`
    )
  // Halolaw writes nothing that violates a constraint, except over records that already violate one.
  if (/^SQLITE_(NOTADB|CORRUPT|CONSTRAINT|FORMAT|TOOBIG)/.test(code)) return damaged(path, cause.message)
  return cause
}

/** @param what part of the file, and what is wrong with it */
export function damaged(path: string, what: string): HalolawError {
  return badInput(`${path} is damaged (${what}); restore it from a copy.`)
}

/** Runs `work`; rethrows a disk error as a sentence. */
export function onDisk<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw describeDiskError(path, cause)
  }
}
