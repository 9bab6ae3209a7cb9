import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** The process that works on a run. If the owner of an unfinished run has ended, the run was interrupted. */
export interface Owner {
  host: string
  pid: number
  /** Distinguishes the process from a later one with the same number; '' if the system does not report it. */
  started: string
}

/**
 * The heartbeat shows whether an owner is alive on another machine, or on a system that does not report when a process
 * started.
 */
const heartbeatLimitMs = 60_000

export function thisProcess(): Owner {
  return { host: hostName(), pid: process.pid, started: startOf(process.pid) }
}

/** @param heartbeat the owner's last heartbeat, milliseconds since 1970 */
export function isAlive(owner: Owner, heartbeat: number): boolean {
  const fresh = Date.now() - heartbeat < heartbeatLimitMs
  if (owner.host !== hostName()) return fresh
  try {
    process.kill(owner.pid, 0)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return owner.started === '' ? fresh : startOf(owner.pid) === owner.started
}

/** Boot and clock tick at which a process started, on Linux. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Fields follow the command's closing bracket; the command may contain blanks and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return 'ended'
    return `${bootId()}:${fields[19]}`
  } catch {
    return ''
  }
}

/** Differs after each start of the machine. @throws if the system does not report it */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** HALOLAW_HOST names the machine if its host name is not unique. */
function hostName(): string {
  return process.env.HALOLAW_HOST ?? hostname()
}
