import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { logger } from './log.ts'

const log = logger('uploads')
const prefix = 'halolaw-upload-'
/** Lists the project files that refer to an upload, one a line. */
const referrers = '.projects'

/** A folder in the system's temporary folder for one file that a browser sends; its name holds the id of this process. */
export function makeUploadFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`))
}

/** Whether a file is one that a browser sent. */
export function isUpload(path: string): boolean {
  const folder = dirname(path)
  return basename(folder).startsWith(prefix) && dirname(folder) === tmpdir()
}

/** Keeps an upload as long as a project file exists. */
export function keepUploadFor(path: string, project: string): void {
  if (!isUpload(path) || referrersOf(dirname(path)).includes(project)) return
  try {
    appendFileSync(join(dirname(path), referrers), `${project}\n`)
  } catch (cause) {
    log.warn(`${path} may be removed although ${project} refers to it.`, cause)
  }
}

/**
 * Removes an upload unless an existing project refers to it.
 * @param without a project that does not refer to it any more
 */
export function removeUnusedUpload(path: string, without?: string): void {
  if (isUpload(path)) removeUnused(dirname(path), without)
}

/** Removes uploads of processes that have ended, and of this one, unless an existing project refers to them. */
export function removeUnusedUploads(whose: 'ended' | 'ended and this'): void {
  let names: string[]
  try {
    names = readdirSync(tmpdir()).filter((name) => name.startsWith(prefix))
  } catch {
    return
  }
  for (const name of names) {
    const pid = Number(/^(\d+)-/.exec(name.slice(prefix.length))?.[1] ?? NaN)
    const isOver = pid === process.pid ? whose === 'ended and this' : !isRunning(pid)
    if (isOver) removeUnused(join(tmpdir(), name))
  }
}

function removeUnused(folder: string, without?: string): void {
  if (referrersOf(folder).some((project) => project !== without && existsSync(project))) return
  try {
    rmSync(folder, { recursive: true, force: true })
    log.debug(`${folder} is removed.`)
  } catch (cause) {
    log.warn(`${folder} stays.`, cause)
  }
}

function referrersOf(folder: string): string[] {
  try {
    return readFileSync(join(folder, referrers), 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}

/** Whether a process runs. Folders of earlier versions name no process: theirs is taken to have ended. */
function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    // It belongs to another user.
    return (cause as NodeJS.ErrnoException).code === 'EPERM'
  }
}
