import { expect, test } from 'vitest'
import type { ProjectCatalog, ProjectSummary, RunSummary } from '../../../../src-shared/contract.ts'
import {
  catalogLabel,
  catalogOfRun,
  currentCatalog,
  whyNotShown,
  wouldRebind
} from '../../../../src-renderer/state/project-catalogs.ts'

const catalog = (id: string, changes: Partial<ProjectCatalog> = {}): ProjectCatalog => ({
  id,
  path: `/data/${id}.csv`,
  halos: 10,
  map: {},
  boxSize: null,
  state: 'closed',
  temporary: false,
  runs: [],
  ...changes
})
const run = (id: string, name: string) => ({ id, name }) as RunSummary
const project = (path: string | null, runs: RunSummary[], catalogs: ProjectCatalog[]): ProjectSummary => ({
  path,
  name: 'p',
  catalog: null,
  catalogs,
  masks: [],
  runs,
  readOnly: null
})

test('only a project with runs or a name, and another catalog, would be rebound', () => {
  const a = catalog('a')
  expect(wouldRebind(null, '/data/b.csv')).toBe(false)
  expect(wouldRebind(project(null, [], [a]), '/data/b.csv')).toBe(false)
  expect(wouldRebind(project('/p.halolaw', [], []), '/data/b.csv')).toBe(false)
  expect(wouldRebind(project('/p.halolaw', [], [a]), '/data/b.csv')).toBe(true)
  expect(wouldRebind(project(null, [run('r1', 'Run 1')], [a]), '/data/b.csv')).toBe(true)
  expect(wouldRebind(project(null, [run('r1', 'Run 1')], [a]), '/data/a.csv')).toBe(false)
})

test('a run belongs to its catalog, and its values are shown only while that is open', () => {
  const catalogs = [catalog('b', { state: 'open', runs: ['r2'] }), catalog('a', { runs: ['r1'] })]
  expect(currentCatalog(catalogs)?.id).toBe('b')
  expect(currentCatalog(catalogs.slice(1))?.id).toBe('a')
  expect(catalogOfRun(catalogs, 'r1')?.id).toBe('a')
  expect(whyNotShown(catalogs, run('r2', 'Run 2'))).toBeNull()
  expect(whyNotShown(catalogs, run('r1', 'Run 1'))).toBe('Run 1 was made on a.csv, which is not open.')
  expect(whyNotShown([catalog('a', { state: 'missing', runs: ['r1'] })], run('r1', 'Run 1'))).toContain('is missing')
  expect(whyNotShown(catalogs, run('r3', 'Run 3'))).toContain('does not know')
})

test('catalogs with the same name are distinguished by how they were read', () => {
  const catalogs = [
    catalog('a'),
    catalog('a2', { path: '/data/a.csv', map: { mass: 'M200m' }, boxSize: 100 }),
    catalog('b')
  ]
  expect(catalogs.map((one) => catalogLabel(one, catalogs))).toEqual([
    'a.csv (as the file says)',
    'a.csv (mass M200m, box 100)',
    'b.csv'
  ])
})
