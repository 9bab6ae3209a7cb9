import { execFileSync, fork, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileSystemType, journalModeOn } from '../../../src-main/project/file-system.ts'
import { acquireLock, ProjectLock, type LockHolder } from '../../../src-main/project/lock.ts'
import { createProject, openProject } from '../../../src-main/project/project.ts'
import { needs } from '../../fixtures/needs.ts'
import { runConfig } from '../../fixtures/run-config.ts'

let folder: string
let path: string
const children: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halolaw-lock-'))
  path = join(folder, 'a.halolaw')
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** A process on a host of this name that has created a project at `path` and writes to it. */
async function writerOn(host: string): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, '../../fixtures/project-writer.ts'), [path], {
    execArgv: [],
    env: { ...process.env, HALOLAW_HOST: host }
  })
  children.push(child)
  await once(child, 'message')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function silence(seconds: number): void {
  const time = statSync(`${path}.lock`).mtimeMs / 1000 - seconds
  utimesSync(`${path}.lock`, time, time)
}

test('a project has one writer; the second opener reads it and names the writer', async () => {
  const child = await writerOn('desk')
  const project = openProject(path)
  expect(project.readOnly).toMatch(
    new RegExp(
      `^a\\.halolaw is open in another Halolaw \\(process ${child.pid} on desk, since [-0-9]+ [:0-9]+ UTC\\); it is open`
    )
  )
  expect(project.runs.list()).toHaveLength(1)
  for (const write of [
    () => project.saveMask({ name: 'a', role: 'ood', expression: 'x > 1' }),
    () => project.deleteMask('m1'),
    () => project.runs.create(runConfig()),
    () => project.runs.update('r1', { name: 'b' }),
    () => project.runs.delete('r1')
  ])
    expect(write).toThrow(project.readOnly!)
  await project.copyTo(join(folder, 'copy.halolaw'))
  project.close()
  const copy = openProject(join(folder, 'copy.halolaw'))
  expect([copy.readOnly, copy.runs.list().length]).toEqual([null, 1])
  await expect(copy.copyTo(path)).rejects.toThrow(`process ${child.pid} on desk`)
  await expect(copy.copyTo(path)).rejects.toThrow('choose another name')
  copy.close()
  await kill(child)
})

test('the lock of a killed process on this host is taken over at once', async () => {
  await kill(await writerOn('here'))
  expect(existsSync(`${path}.lock`)).toBe(true)
  const host = process.env.HALOLAW_HOST
  process.env.HALOLAW_HOST = 'here'
  try {
    const project = openProject(path)
    expect(project.readOnly).toBeNull()
    expect(project.runs.get('r1').state).toBe('interrupted')
    project.close()
  } finally {
    if (host === undefined) delete process.env.HALOLAW_HOST
    else process.env.HALOLAW_HOST = host
  }
  expect(readdirSync(folder)).toEqual(['a.halolaw'])
})

test('the lock of a process on another host holds until it is silent for two minutes', async () => {
  await kill(await writerOn('node17'))
  const early = openProject(path)
  expect(early.readOnly).toContain('on node17')
  early.close()
  silence(110)
  const still = openProject(path)
  expect(still.readOnly).toContain('on node17')
  still.close()
  silence(130)
  const project = openProject(path)
  expect(project.readOnly).toBeNull()
  project.runs.create(runConfig())
  project.close()
  expect(existsSync(`${path}.lock`)).toBe(false)
})

test('a writer that lost its lock while suspended writes no more', () => {
  const project = createProject(path)
  const lock = JSON.parse(readFileSync(`${path}.lock`, 'utf8')) as LockHolder
  writeFileSync(`${path}.lock`, JSON.stringify({ ...lock, host: 'node18', nonce: 'other' }))
  const now = performance.now
  performance.now = () => now.call(performance) + 60_000
  try {
    expect(() => project.runs.create(runConfig())).toThrow(/on node18.*; save the project under another name/)
  } finally {
    performance.now = now
  }
  project.close()
  // The lock of the other one stays.
  expect(existsSync(`${path}.lock`)).toBe(true)
})

test('one of several processes takes over a stale lock', async () => {
  createProject(path).close()
  const stale: LockHolder = {
    host: 'gone',
    pid: 1,
    started: '',
    space: '',
    since: '2026-01-01T00:00:00.000Z',
    nonce: 'n'
  }
  for (let round = 0; round < 3; round++) {
    writeFileSync(`${path}.lock`, JSON.stringify(stale))
    silence(1000)
    const contenders = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const script = `
          const { acquireLock, ProjectLock } = await import(${JSON.stringify(join(import.meta.dirname, '../../../src-main/project/lock.ts'))})
          process.on('message', () => { process.send(acquireLock(${JSON.stringify(path)}) instanceof ProjectLock) })
          process.send('ready')`
        const child = fork('-', [], { execArgv: ['--input-type=module', '--eval', script] })
        children.push(child)
        await once(child, 'message')
        return child
      })
    )
    const answers = contenders.map(async (child) => (await once(child, 'message'))[0] as boolean)
    for (const child of contenders) child.send('go')
    expect((await Promise.all(answers)).filter(Boolean)).toHaveLength(1)
    for (const child of contenders) await kill(child)
    rmSync(`${path}.lock`)
  }
})

test('a lock is removed when its process exits, and a half-written one is held', () => {
  const lockModule = join(import.meta.dirname, '../../../src-main/project/project.ts')
  const script = `const { createProject } = await import(${JSON.stringify(lockModule)}); createProject(${JSON.stringify(path)}); process.exit(3)`
  expect(spawnSync(process.execPath, ['--input-type=module', '--eval', script]).status).toBe(3)
  expect(existsSync(`${path}.lock`)).toBe(false)
  writeFileSync(`${path}.lock`, '')
  const refused = acquireLock(path)
  expect(refused).toEqual({ holder: null })
  silence(130)
  const lock = acquireLock(path) as ProjectLock
  expect(lock).toBeInstanceOf(ProjectLock)
  lock.release()
})

test('a network file system gets a rollback journal', () => {
  expect([0x6969, 0xff534d42, -11317950, 0x0bd00bd0, 0x65735546, 0x01021997].map(journalModeOn)).toEqual(
    Array.from({ length: 6 }, () => 'DELETE')
  )
  expect([0xef53, 0x01021994, 0x58465342, 0x9123683e, null].map(journalModeOn)).toEqual(
    Array.from({ length: 5 }, () => 'WAL')
  )
  if (process.platform !== 'linux') return
  const { stdout } = spawnSync('stat', ['-f', '-c', '%t', tmpdir()], { encoding: 'utf8' })
  expect(fileSystemType(path)).toBe(parseInt(stdout, 16))
})

const python = ((): string | null => {
  const { status } = spawnSync('python3', ['-c', 'import sqlite3; assert sqlite3.sqlite_version_info < (3, 45)'])
  return status === 0 ? 'python3' : null
})()

needs(python !== null, 'a python3 whose SQLite is older than 3.45')(
  'an older SQLite finds no fault in a project',
  () => {
    const project = createProject(path)
    project.runs.create(runConfig())
    project.close()
    const script = `import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('PRAGMA integrity_check').fetchall())`
    expect(execFileSync(python!, ['-c', script, path], { encoding: 'utf8' }).trim()).toBe(`[('ok',)]`)
  }
)

test('a hard link to an open project is read, and neither written nor replaced', async () => {
  const link = join(folder, 'b.halolaw')
  const first = createProject(path)
  const run = first.runs.create(runConfig())
  linkSync(path, link)
  const other = createProject(join(folder, 'other.halolaw'))
  await expect(other.saveAs(link)).rejects.toThrow(/b\.halolaw has 2 names on this disk .* use a copy/)
  expect(first.runs.detail(run.id).state).toBe('queued')
  first.close()
  const linked = openProject(link)
  expect(linked.readOnly).toMatch(/2 names/)
  linked.close()
  rmSync(link)
  const alone = openProject(path)
  expect(alone.readOnly).toBeNull()
  expect(alone.runs.detail(run.id).name).toBe('Run 1')
  alone.close()
  other.close()
})
