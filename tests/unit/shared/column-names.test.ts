import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRunColumn, predictionColumn, residualColumn, setColumn } from '../../../src-shared/column-names.ts'
import { setCodes, setOfCode } from '../../../src-shared/set-codes.ts'

test('the name of a run column is read back as it was written', () => {
  expect([setColumn('r1'), predictionColumn('r1', 'gnn'), residualColumn('r2', 'law-3')]).toEqual([
    '@set:r1',
    '@pred:r1:gnn',
    '@residual:r2:law-3'
  ])
  fc.assert(
    fc.property(
      fc.stringMatching(/^r\d{1,6}$/),
      fc.constantFrom('gnn', 'gnn-ensemble_spread', 'law-12'),
      (run, model) => {
        expect(parseRunColumn(setColumn(run))).toEqual({ kind: 'set', run })
        expect(parseRunColumn(predictionColumn(run, model))).toEqual({ kind: 'prediction', run, model })
        expect(parseRunColumn(residualColumn(run, model))).toEqual({ kind: 'residual', run, model })
      }
    )
  )
})

test('no other name is a column of a run', () => {
  for (const name of [
    '',
    'x',
    'set:r1',
    '@set',
    '@set:',
    '@sets',
    '@set:r1:gnn',
    '@pred:r1',
    '@pred:r1:',
    '@pred::gnn',
    '@residual:r1:gnn:2',
    '@mask:r1:gnn'
  ])
    expect(parseRunColumn(name), name).toBeNull()
  fc.assert(
    fc.property(fc.string(), (name) => {
      const column = parseRunColumn(name)
      if (!name.startsWith('@')) expect(column).toBeNull()
    })
  )
})

test('codes of sets', () => {
  expect([setCodes.train, setCodes.test, setCodes.ood, setCodes.none]).toEqual([0, 1, 2, 255])
  expect([0, 1, 2, 255, 3, -1, NaN].map(setOfCode)).toEqual(['train', 'test', 'ood', null, null, null, null])
})
