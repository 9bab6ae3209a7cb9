import Database from 'better-sqlite3'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openProject } from '../../../src-main/project/project.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halolaw-lost-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a project that is open for reading shows a run whose process died as interrupted, and is not written', async () => {
  const path = join(folder, 'theirs.halolaw')
  const writer = fork(join(import.meta.dirname, '../../fixtures/project-writer.ts'), [path], { execArgv: [] })
  await once(writer, 'message')
  const project = openProject(path, 'read')
  expect(project.runs.get('r1')).toMatchObject({ state: 'running', message: 'Training' })
  writer.kill('SIGKILL')
  await once(writer, 'exit')
  // The same connection: a window that stays open sees the death.
  const interrupted = { state: 'interrupted', message: 'Interrupted; it can be resumed from its last checkpoint.' }
  expect(project.runs.get('r1')).toMatchObject(interrupted)
  expect(project.runs.list()).toMatchObject([interrupted])
  expect(project.runs.detail('r1')).toMatchObject(interrupted)
  project.close()

  const db = new Database(path, { readonly: true })
  expect(db.prepare('SELECT state, message FROM runs').all()).toEqual([{ state: 'running', message: 'Training' }])
  db.close()
})
