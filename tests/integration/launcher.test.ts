import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { projectRoot } from '../../src-main/native.ts'
import { needs } from '../fixtures/needs.ts'

// bin/halolaw.mjs starts the pinned Node when the machine's own is older: the launcher then runs in another process.
const launcher = join(projectRoot(), 'bin', 'halolaw.mjs')

/** A Node of the machine below 24, or null. */
function olderNode(): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'node')
    const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
    const major = Number(/^v(\d+)\./.exec(stdout ?? '')?.[1] ?? 24)
    if (major >= 20 && major < 24) return path
  }
  return null
}
const node = olderNode()

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halolaw-launcher-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Processes whose parent is `pid`, as Linux lists them. */
function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
  return stdout.split('\n').filter(Boolean).map(Number)
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const withOlderNode = needs(node !== null, 'a Node below 24 on the PATH')

withOlderNode.each(['SIGTERM', 'SIGINT'] as const)(
  '%s to the launcher ends the search behind it, which prints what it has',
  async (signal) => {
    const rows = Array.from({ length: 200 }, (_, i) => `${i / 10},${Math.sin(i / 10) * Math.exp(-i / 70) + (i % 7)}`)
    writeFileSync(join(folder, 't.csv'), ['a,y', ...rows].join('\n'))
    const args = ['fit', join(folder, 't.csv'), '--target', 'y', '--time', '100', '--json', '--threads', '1']
    const child = spawn(node!, [launcher, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += String(chunk)))
    const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)))
    // The first line of progress: the search has a front.
    await new Promise((resolve) => child.stderr.once('data', resolve))
    const workers = childrenOf(child.pid!)
    expect(workers).toHaveLength(1)
    child.kill(signal)
    expect(await ended).toBe(0)
    expect(workers.filter(isRunning)).toEqual([])
    expect(JSON.parse(output)).toMatchObject({ interrupted: true })
  }
)

withOlderNode('the exit code of the command is the exit code of the launcher', () => {
  const { status, stderr } = spawnSync(node!, [launcher, 'info', join(folder, 'missing.h5')], { encoding: 'utf8' })
  expect(status).toBe(2)
  expect(stderr).toContain('missing.h5')
})
