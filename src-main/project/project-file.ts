import type Database from 'better-sqlite3'
import type { HalolawError } from '../../src-shared/errors.ts'
import { onDisk } from './disk-errors.ts'
import type { ProjectLock } from './lock.ts'

/** A connection to a project, and its access rights. */
export interface ProjectFile {
  /** Absolute; used in sentences */
  path: string
  db: Database.Database
  /** Schema version; older than this Halolaw's only in a file that is open for reading */
  version: number
  /** Why the project cannot be written; null: it can */
  readOnly: HalolawError | null
  lock: ProjectLock | null
}

/** @throws HalolawError for a project that is open only for reading */
export function requireWritable({ readOnly, lock }: ProjectFile): void {
  if (readOnly) throw readOnly
  lock?.require()
}

/** One transaction: all of it or nothing. */
export function writeTo<T>(file: ProjectFile, work: () => T): T {
  requireWritable(file)
  return onDisk(file.path, () => file.db.transaction(work).immediate())
}
