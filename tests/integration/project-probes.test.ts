import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { damagedProjects } from '../../bench/probes/damaged-projects.ts'
import { killedCopies } from '../../bench/probes/killed-copies.ts'
import { killedBeginnings } from '../../bench/probes/kills.ts'
import { twoWriters } from '../../bench/probes/two-writers.ts'
import { storedCatalog, storedProject } from '../fixtures/stored-project.ts'

// The same probes at full size: npm run bench:probes.

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'halolaw-project-probes-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a damaged project is read or refused, and never hangs', async () => {
  const project = storedProject('finished', folder)
  const { jams, crashes, mistakes, codes } = await damagedProjects({ project, catalog: storedCatalog, folder }, 100, 1)
  expect({ jams, crashes, mistakes }).toEqual({ jams: [], crashes: [], mistakes: [] })
  expect(codes['bad-input']).toBeGreaterThan(30)
}, 300_000)

test('two processes on the same projects lose nothing', async () => {
  const { records, faults } = await twoWriters(folder, 10, 1)
  expect(faults).toEqual([])
  expect(records).toBeGreaterThan(20)
}, 200_000)

test('a run killed at any moment leaves a whole project that keeps its finished runs', async () => {
  const project = storedProject('finished', folder)
  const { kills, faults } = await killedBeginnings({ project, catalog: storedCatalog, folder }, 3, 3)
  expect(faults).toEqual([])
  expect(kills).toBe(3)
}, 60_000)

test('a save-as killed at any moment leaves whole projects', async () => {
  expect(await killedCopies(folder, 2, 1)).toEqual([])
}, 60_000)
