import { tableFromArrays, tableToIPC } from 'apache-arrow'
import { afterAll, expect, test } from 'vitest'
import { readCatalog } from '../../../src-main/catalog/read.ts'
import { readColumns } from '../../../src-main/cli/table-columns.ts'
import { fixture, scratch } from '../../fixtures/catalogs.ts'

const folder = scratch()
afterAll(folder.remove)

test('text in an Arrow table is left out and named, and refused if it is requested', async () => {
  const table = tableFromArrays({ a: Float64Array.of(1, 2), kind: ['halo', 'void'] })
  const path = folder.write('text.arrow', Buffer.from(tableToIPC(table, 'file')))
  const { columns, warnings } = await readColumns(path, [], 'all')
  expect([...columns.keys()]).toEqual(['a'])
  expect(warnings).toEqual(['Columns without numbers are left out: "kind".'])
  await expect(readColumns(path, ['kind'], 'all')).rejects.toThrow(/Column "kind" of .*text\.arrow holds text/)
})

test('so is text in a FITS table; in a Parquet table of numbers nothing is left out', async () => {
  expect((await readColumns(fixture('halos.fits'), [], 'all')).warnings).toEqual([
    'Columns without numbers are left out: "NAME".'
  ])
  expect((await readColumns(fixture('vectors.parquet'), [], 'all')).warnings).toEqual([])
})

test('control characters in the name of a column are blanks, in the table and in every sentence', async () => {
  const table = tableFromArrays({ 'a\u001b[31m\nb': Float64Array.of(1, 2), y: Float64Array.of(1, 2) })
  const path = folder.write('control.arrow', Buffer.from(tableToIPC(table, 'file')))
  expect([...(await readColumns(path, [], 'all')).columns.keys()]).toEqual(['a [31m b', 'y'])
  await expect(readCatalog(path)).rejects.toThrow(/^[^\p{Cc}]+$/u)
})

test('a repeated heading is reported with the name that its column gets', async () => {
  const path = folder.write('twice.csv', 'a,b,a\n1,2,3\n4,5,6\n')
  const { columns, warnings } = await readColumns(path, [], 'all')
  expect(columns.get('a_2')).toEqual(Float64Array.of(3, 6))
  expect(warnings).toEqual([`${path} has two columns "a"; the later one is called "a_2" here.`])
})
