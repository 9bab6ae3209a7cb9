import { randomUUID } from 'node:crypto'
import { linkSync, openSync, closeSync, readFileSync, readlinkSync, renameSync, rmSync, statSync } from 'node:fs'
import { writeFileSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import { HalolawError } from '../../src-shared/errors.ts'
import { bootId, isAlive, thisProcess, type Owner } from './owner.ts'

/** The content of a lock file: the process that may write the project. */
export interface LockHolder extends Owner {
  /** Machine start and process namespace in which `pid` is valid; '' if the system does not report it */
  space: string
  /** ISO date */
  since: string
  /** Unique to this lock */
  nonce: string
}

/** A lock file that another process holds, or a folder in which no lock file can be created. */
export type LockRefusal = { holder: LockHolder | null } | { unwritable: string }

/** A process on another machine is gone if it has not refreshed its lock for this long. */
const staleAfterMs = 120_000
const refreshMs = 20_000
/** A takeover takes a millisecond; one that takes this long was killed. */
const takeoverLimitMs = 10_000

const held = new Set<ProjectLock>()
process.on('exit', () => {
  for (const lock of held) lock.release()
})

/**
 * The right to write a project. The lock is a file beside the project, which is refreshed while the project is open.
 * SQLite's own locks end with a transaction and do not work on every network file system.
 */
export class ProjectLock {
  private readonly path: string
  private readonly holder: LockHolder
  private readonly timer: NodeJS.Timeout
  private refreshed = performance.now()
  private lost: LockHolder | 'missing' | null = null

  /** Use `acquireLock`. */
  constructor(path: string, holder: LockHolder) {
    this.path = path
    this.holder = holder
    this.timer = setInterval(() => this.refresh(), refreshMs).unref()
    held.add(this)
  }

  /** @throws HalolawError `disk` when another process has taken over the lock, e.g. while this one was suspended */
  require(): void {
    if (performance.now() - this.refreshed > 1.5 * refreshMs) this.refresh()
    if (this.lost === null) return
    const project = projectOf(this.path)
    throw new HalolawError(
      'disk',
      this.lost === 'missing'
        ? `The lock file of ${project} was removed, so nothing more is written to it; save the project under another name.`
        : `${project} is ${describeHolder(this.lost)} since this Halolaw was suspended; save the project under another name.`
    )
  }

  release(): void {
    clearInterval(this.timer)
    if (!held.delete(this)) return
    if (readLock(this.path)?.holder?.nonce === this.holder.nonce) rmSync(this.path, { force: true })
  }

  /** Writes the same content again, so that the file system sets the modification time by its own clock. */
  private refresh(): void {
    try {
      const current = readLock(this.path)
      if (current?.holder?.nonce !== this.holder.nonce) {
        this.lost = current ? (current.holder ?? 'missing') : 'missing'
        return
      }
      const file = openSync(this.path, 'r+')
      writeSync(file, textOf(this.holder), 0)
      closeSync(file)
      this.refreshed = performance.now()
    } catch {
      // A file system that does not respond now may respond at the next refresh.
    }
  }
}

/**
 * Takes the lock of the project at `path`, or returns its holder. A lock whose process is gone is taken over.
 * @param path without symbolic links
 */
export function acquireLock(path: string): ProjectLock | LockRefusal {
  const lockPath = `${path}.lock`
  const holder: LockHolder = {
    ...thisProcess(),
    space: processSpace(),
    since: new Date().toISOString(),
    nonce: randomUUID()
  }
  const candidate = `${lockPath}.${holder.nonce}`
  try {
    writeFileSync(candidate, textOf(holder), { flag: 'wx' })
  } catch (cause) {
    const code = String((cause as NodeJS.ErrnoException).code)
    if (['EACCES', 'EROFS', 'EPERM'].includes(code)) return { unwritable: code }
    throw cause
  }
  try {
    // A lock may appear or vanish between two checks, so several attempts are needed.
    for (let attempt = 0; attempt < 200; attempt++) {
      if (place(candidate, lockPath)) return new ProjectLock(lockPath, holder)
      const current = readLock(lockPath)
      if (current === null) continue
      if (!isStale(current, candidate)) return { holder: current.holder }
      if (takeOver(lockPath, current, candidate)) return new ProjectLock(lockPath, holder)
      pause(20)
    }
    return { holder: readLock(lockPath)?.holder ?? null }
  } finally {
    rmSync(candidate, { force: true })
  }
}

/** "open in another Halolaw (process 12 on desk, since 2026-11-30 14:03)", to follow the name of a project. */
export function describeHolder(holder: LockHolder | null): string {
  if (holder === null) return 'open in another Halolaw'
  const since = holder.since.slice(0, 16).replace('T', ' ')
  return `open in another Halolaw (process ${holder.pid} on ${holder.host}, since ${since} UTC)`
}

interface LockFile {
  /** Null: not written by Halolaw, or not complete yet */
  holder: LockHolder | null
  /** By the clock of the file system */
  modifiedMs: number
}

function readLock(path: string): LockFile | null {
  try {
    const { mtimeMs: modifiedMs } = statSync(path)
    return { holder: parseHolder(readFileSync(path, 'utf8')), modifiedMs }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw cause
  }
}

function parseHolder(text: string): LockHolder | null {
  try {
    const value = JSON.parse(text) as unknown
    return isHolder(value) ? value : null
  } catch {
    return null
  }
}

function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== 'object' || value === null) return false
  const entries = new Map(Object.entries(value))
  const texts = ['host', 'started', 'space', 'since', 'nonce']
  return typeof entries.get('pid') === 'number' && texts.every((name) => typeof entries.get(name) === 'string')
}

/** @param witness a file just written beside the lock; its time is the current time by the clock of the file system */
function isStale({ holder, modifiedMs }: LockFile, witness: string): boolean {
  const isSilent = fileSystemNow(witness) - modifiedMs > staleAfterMs
  // A process number means nothing on another machine or in another container.
  const isOurs = holder !== null && holder.host === thisProcess().host && holder.space === processSpace()
  if (!isOurs) return isSilent
  return !isAlive(holder, isSilent ? 0 : Date.now())
}

function fileSystemNow(witness: string): number {
  const file = openSync(witness, 'r+')
  // The same byte again: an opening brace.
  writeSync(file, '{', 0)
  closeSync(file)
  return statSync(witness).mtimeMs
}

/**
 * Replaces a stale lock by `candidate`. Only one process at a time tries, so that no process replaces a lock just
 * taken.
 */
function takeOver(lockPath: string, stale: LockFile, candidate: string): boolean {
  const guard = `${lockPath}.takeover`
  if (!place(candidate, guard)) {
    const other = readLock(guard)
    if (other && fileSystemNow(candidate) - other.modifiedMs > takeoverLimitMs) rmSync(guard, { force: true })
    return false
  }
  try {
    const current = readLock(lockPath)
    if (current === null || current.holder?.nonce !== stale.holder?.nonce || !isStale(current, candidate)) return false
    renameSync(candidate, lockPath)
    return true
  } finally {
    rmSync(guard, { force: true })
  }
}

/** Creates `target` with the content of `candidate` unless it exists. */
function place(candidate: string, target: string): boolean {
  try {
    linkSync(candidate, target)
    return true
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'EEXIST') return false
    // File systems without hard links
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS' && code !== 'EMLINK')
      throw cause
  }
  try {
    writeFileSync(target, readFileSync(candidate), { flag: 'wx' })
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw cause
  }
}

function processSpace(): string {
  try {
    return `${bootId()}:${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return ''
  }
}

function textOf(holder: LockHolder): string {
  return JSON.stringify(holder)
}

function projectOf(lockPath: string): string {
  return basename(lockPath, '.lock')
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}
