import type Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { createProject } from '../../../src-main/project/project.ts'
import { projectFolder, thrownBy } from '../../fixtures/project-folder.ts'
import { runConfig } from '../../fixtures/run-config.ts'

const { path } = projectFolder()

test('a full disk is reported and loses nothing', () => {
  const project = createProject(path())
  const { id } = project.runs.create(runConfig())
  project.runs.savePredictions(id, 'gnn', new Float32Array(1000).fill(1))
  // SQLite gives the same error for its own limit as for a disk without room.
  const { db } = (project as unknown as { file: { db: Database.Database } }).file
  db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`)
  expect(thrownBy(() => project.runs.savePredictions(id, 'gnn', new Float32Array(100_000)))).toMatchObject({
    code: 'disk',
    message: expect.stringMatching(/is full: what was saved before is kept; make room/)
  })
  expect(project.runs.predictions(id, 'gnn')).toEqual(new Float32Array(1000).fill(1))
  project.close()
})

test('a folder that cannot be written is reported', () => {
  for (const unwritable of ['/proc/a.halolaw', path('missing/a.halolaw')])
    expect(thrownBy(() => createProject(unwritable))).toMatchObject({ code: 'disk' })
})
