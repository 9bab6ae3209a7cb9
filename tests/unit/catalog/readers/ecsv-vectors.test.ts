import { afterAll, expect, test } from 'vitest'
import { readCatalog } from '../../../../src-main/catalog/read.ts'
import { scratch } from '../../../fixtures/catalogs.ts'

const folder = scratch()
afterAll(folder.remove)

/** As astropy 8 writes it: a vector, a text with a blank, lists of different lengths, a matrix. */
const header = `# %ECSV 1.0
# ---
# datatype:
# - {name: pos, unit: kpc, datatype: string, subtype: 'float64[3]'}
# - {name: name, datatype: string}
# - {name: mass, unit: solMass, datatype: float64}
# - {name: var, datatype: string, subtype: json}
# - {name: m2, datatype: string, subtype: 'int64[2,2]'}
# meta: !!omap
# - {h: 0.5}
# - {BoxSize: 200 Mpc}
`
const blanks = `${header}# schema: astropy-2.0
pos name mass var m2
[1000.0,2000.0,3000.0] "a b" 2e13 [1,2] [[0,1],[2,3]]
[199000.0,5000.5,6000.0] c 4e13 [3] [[4,5],[6,7]]
`
const commas = `${header.replace('# ---', "# ---\n# delimiter: ','")}# schema: astropy-2.0
pos,name,mass,var,m2
"[1000.0,2000.0,3000.0]",a b,2e13,"[1,2]","[[0,1],[2,3]]"
"[199000.0,5000.5,6000.0]",c,4e13,[3],"[[4,5],[6,7]]"
`

test.each([
  ['blanks.ecsv', blanks],
  ['commas.ecsv', commas]
])('vectors of ECSV are columns, and its other lists are named: %s', async (name, text) => {
  const catalog = await readCatalog(folder.write(name, text), { map: {} })
  expect(catalog.boxSize).toBe(100)
  expect(Array.from(catalog.x)).toEqual([0.5, 99.5])
  expect(Array.from(catalog.y)).toEqual([1, 2.50025].map(Math.fround))
  expect(Array.from(catalog.z)).toEqual([1.5, 3])
  expect(Array.from(catalog.mass ?? [])).toEqual([1e13, 2e13].map(Math.fround))
  expect(catalog.warnings.join()).toMatch(/left out: name \(text\), var \(lists\), m2 \(lists\)/)
})

test('a vector of another length is refused with its line', async () => {
  const path = folder.write('short.ecsv', blanks.replace('[199000.0,5000.5,6000.0]', '[199000.0,5000.5]'))
  await expect(readCatalog(path, { map: {} })).rejects.toThrow(/Line 15 .* 2 numbers in pos where 3 belong/)
})
