import { execFileSync, fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openProject } from '../../src-main/project/project.ts'
import type { Service } from '../../src-main/service/index.ts'
import { needs } from '../fixtures/needs.ts'
import { ask, sampleCatalog, scriptedService } from '../fixtures/service.ts'
import { storedProject } from '../fixtures/stored-project.ts'

let folder: string
let service: Service
let writer: ChildProcess | null = null
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halolaw-read-only-'))
  process.env.HALOLAW_CONFIG_DIR = join(folder, 'config')
  service = scriptedService({ writableFolders: [folder] })
})
afterEach(async () => {
  await service.close()
  writer?.kill('SIGKILL')
  writer = null
  chmodSync(folder, 0o700)
  rmSync(folder, { recursive: true, force: true })
})

test('a project that another process writes can be read and saved under another name, but not changed', async () => {
  const path = join(folder, 'theirs.halolaw')
  writer = fork(join(import.meta.dirname, '../fixtures/project-writer.ts'), [path], { execArgv: [] })
  await once(writer, 'message')
  const opened = await ask(service, 'project.open', { path })
  expect(opened.readOnly).toContain(`open in another Halolaw (process ${writer.pid} on `)
  expect((await ask(service, 'run.get', { id: 'r1' })).state).toBe('running')
  const mask = { name: 'a', role: 'ood' as const, expression: 'x > 1' }
  await expect(ask(service, 'mask.save', mask)).rejects.toMatchObject({ message: opened.readOnly })
  await expect(ask(service, 'run.cancel', { id: 'r1' })).rejects.toMatchObject({ message: opened.readOnly })
  const added = { path: sampleCatalog, project: 'current' as const }
  await expect(ask(service, 'catalog.open', added)).rejects.toMatchObject({ message: opened.readOnly })
  const saved = await ask(service, 'project.saveAs', { path: join(folder, 'mine.halolaw') })
  expect([saved.readOnly, saved.runs.length]).toEqual([null, 1])
  await expect(ask(service, 'project.saveAs', { path })).rejects.toThrow(`process ${writer.pid} on `)
  expect(await ask(service, 'mask.save', mask)).toMatchObject(mask)
})

test('a damaged file, or none, is refused within 5 s, and the open project stays', async () => {
  await ask(service, 'mask.save', { name: 'a', role: 'ood', expression: 'x > 1' })
  const pipe = join(folder, 'pipe.halolaw')
  execFileSync('mkfifo', [pipe])
  symlinkSync('/dev/zero', join(folder, 'zero.halolaw'))
  for (const path of [pipe, join(folder, 'zero.halolaw')]) {
    const started = performance.now()
    await expect(ask(service, 'project.open', { path })).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('is not a file but a device, pipe or socket')
    })
    expect(performance.now() - started).toBeLessThan(5000)
  }
  expect((await ask(service, 'project.current', {})).masks).toHaveLength(1)
})

test('a project of an older version is read without being migrated', () => {
  const path = storedProject('finished', folder)
  const before = execFileSync('cksum', [path], { encoding: 'utf8' })
  const project = openProject(path, 'read')
  expect(project.runs.detail('r1').epochs).toHaveLength(12)
  project.close()
  expect(execFileSync('cksum', [path], { encoding: 'utf8' })).toBe(before)
})

const mounts = ((): boolean => {
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

needs(mounts, 'the right to mount')('projects on read-only media are read by export', () => {
  storedProject('finished', folder)
  const cli = join(import.meta.dirname, '../../src-main/cli/main.ts')
  const out = mkdtempSync(join(tmpdir(), 'halolaw-out-'))
  const script = `mount --bind ${folder} ${folder} && mount -o remount,ro,bind ${folder} && ! touch ${folder}/x 2>/dev/null && ${process.execPath} ${cli} export ${folder}/finished.halolaw --history ${out}/h.csv --json`
  expect(execFileSync('unshare', ['-m', 'sh', '-c', script], { encoding: 'utf8' })).toContain('h.csv')
  rmSync(out, { recursive: true })
})
