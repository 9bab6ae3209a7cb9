import { expect, test } from 'vitest'
import type { ProjectCatalog } from '../../../src-shared/contract.ts'
import { temporaryCatalogs, temporaryWords } from '../../../src-shared/temporary-catalogs.ts'

const catalog = (path: string, changes: Partial<ProjectCatalog> = {}): ProjectCatalog => ({
  id: path,
  path,
  halos: 10,
  map: {},
  boxSize: null,
  state: 'open',
  temporary: true,
  runs: [],
  ...changes
})

test('a save asks about catalogs that lie in a temporary folder and are still there', () => {
  const catalogs = [
    catalog('/data/a.h5', { temporary: false }),
    catalog('/tmp/up/b.csv'),
    catalog('C:\\Temp\\up\\c.csv', { state: 'closed' }),
    catalog('/tmp/up/d.csv', { state: 'missing' })
  ]
  expect(temporaryCatalogs(catalogs)).toEqual(['b.csv', 'c.csv'])
})

test('one catalog and several are spoken of in their number', () => {
  expect(temporaryWords(['b.csv'])).toEqual({
    sentence: 'b.csv lies in a temporary folder, because the browser sent it.',
    them: 'it'
  })
  expect(temporaryWords(['b.csv', 'c.csv']).sentence).toBe(
    'b.csv, c.csv lie in a temporary folder, because the browser sent them.'
  )
})
