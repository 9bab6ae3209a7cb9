import type Database from 'better-sqlite3'
import type { HalolawError } from '../../src-shared/errors.ts'
import { onDisk } from './disk-errors.ts'
import type { ProjectLock } from './lock.ts'

/** A connection to a project, and what may be done with it. */
export interface ProjectFile {
  /** Absolute; sentences name it */
  path: string
  db: Database.Database
  /** Of the schema; older than this Halolaw's only in a file that is open for reading */
  version: number
  /** Why nothing can be written; null: it can */
  readOnly: HalolawError | null
  lock: ProjectLock | null
}

/** @throws HalolawError for a project that is open for reading only */
export function requireWritable({ readOnly, lock }: ProjectFile): void {
  if (readOnly) throw readOnly
  lock?.require()
}

/** One transaction: whole or not at all. */
export function writeTo<T>(file: ProjectFile, work: () => T): T {
  requireWritable(file)
  return onDisk(file.path, () => file.db.transaction(work).immediate())
}
