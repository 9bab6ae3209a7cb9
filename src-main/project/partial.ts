import { readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

// A new project is written beside its place, and gets its name only when it is whole.

const logSuffixes = ['-journal', '-wal', '-shm']

/**
 * The path at which this process writes a new project. Removes what a process that was killed left there.
 * @param target whose lock this process holds, so that no other process is writing one
 */
export function newPartial(target: string): string {
  const folder = dirname(target)
  const start = `${basename(target)}.partial-`
  for (const name of readdirSync(folder)) if (name.startsWith(start)) rmSync(join(folder, name), { force: true })
  return `${target}.partial-${process.pid}`
}

/**
 * The target does not exist, and this process holds its lock. A log left there by a deleted project would damage the
 * new one.
 */
export function moveIntoPlace(partial: string, target: string): void {
  for (const suffix of logSuffixes) rmSync(target + suffix, { force: true })
  renameSync(partial, target)
}

export function removeWithLogs(path: string): void {
  for (const suffix of ['', ...logSuffixes]) rmSync(path + suffix, { force: true })
}
