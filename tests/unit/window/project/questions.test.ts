import { expect, test } from 'vitest'
import type { FileEntry, ProjectCatalog, ProjectSummary } from '../../../../src-shared/contract.ts'
import { listedEntries, projectPathIn, questionText } from '../../../../src-renderer/project/questions.ts'
import { runSummary } from '../../../fixtures/run-config.ts'

const catalog = (changes: Partial<ProjectCatalog>): ProjectCatalog => ({
  id: 'c',
  path: '/data/a.h5',
  halos: 10,
  map: {},
  boxSize: null,
  state: 'open',
  temporary: false,
  runs: [],
  ...changes
})
const summary = (changes: Partial<ProjectSummary>): ProjectSummary => ({
  path: '/data/p.halolaw',
  name: 'p',
  catalog: null,
  catalogs: [catalog({})],
  masks: [],
  runs: [],
  readOnly: null,
  ...changes
})

test('the question names the project, its catalog and how many runs it has', () => {
  expect(questionText(summary({}))).toMatch(/^The project p was made with a\.h5\. A new project leaves it as it is\./)
  expect(questionText(summary({ runs: [runSummary()] }))).toContain('a.h5 and has a run.')
  expect(questionText(summary({ runs: [runSummary(), runSummary({ id: 'r2' })] }))).toContain('has 2 runs.')
  expect(questionText(summary({ catalogs: [] }))).toContain('p has no catalog.')
})

test('adding is not spoken of where nothing can be added', () => {
  expect(questionText(summary({}))).toContain('Added to this project')
  expect(questionText(summary({ readOnly: 'p is open elsewhere.' }))).not.toContain('Added')
})

test('a dialog lists folders and its own kind, and unknown files last where a catalog is chosen', () => {
  const entry = (name: string, kind: FileEntry['kind']): FileEntry => ({
    name,
    path: name,
    kind,
    size: 0,
    modified: ''
  })
  const entries = [entry('x', 'other'), entry('f', 'folder'), entry('c', 'catalog'), entry('p', 'project')]
  expect(listedEntries(entries, 'project').map(({ name }) => name)).toEqual(['f', 'p'])
  expect(listedEntries(entries, 'catalog').map(({ name }) => name)).toEqual(['f', 'c', 'p', 'x'])
})

test('a project gets its extension once, with the separator of its folder', () => {
  expect(projectPathIn('/home/a/', ' law ')).toBe('/home/a/law.halolaw')
  expect(projectPathIn('/', 'law.halolaw')).toBe('/law.halolaw')
  expect(projectPathIn('C:\\work', 'law')).toBe('C:\\work\\law.halolaw')
})
