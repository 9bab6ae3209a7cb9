import { expect, test } from 'vitest'
import { fittedLaw, lawConstants } from '../../../../src-main/law/graph-law.ts'
import { keepLaws, readKeptLaws, withConstantsOf } from '../../../../src-main/law/search/kept-laws.ts'
import { parseLaw } from '../../../../src-main/law/text/parse-law.ts'

const law = (text: string, loss: number) => fittedLaw(parseLaw(text, 50), loss)
const simple = law('delta = 0.5 * e - 0.4, e = sum(M_j / (1 + (r / 20.5) ^ 16.5))', 0.09)
const bent = law('delta = (e + 0.07 * M_i) ^ 0.83 - 0.5, e = sum(0.03 * (M_j + 0.26) * exp(-0.1 * r))', 0.06)
const two = law(
  'delta = e1 + 0.1 * e2 - 0.4, e1 = sum(M_j * exp(-0.1 * r)), e2 = sum(v_j * cos_j * exp(-0.2 * r))',
  0.055
)
const values = ({ formula }: typeof simple) => lawConstants(formula).map(({ value }) => value)

test('kept laws are read back in the order of their fits, with their constants and errors', () => {
  const judged = {
    ...law('delta = (e + 0.08 * M_i) ^ 0.8 - 0.5, e = sum(0.02 * (M_j + 0.2) * exp(-0.1 * r))', 0.061),
    validationMae: 0.058
  }
  const { kept, places } = keepLaws([simple, bent, two], [judged])
  const read = [...readKeptLaws(kept)]
  expect(read.map(({ fit, loss }) => [fit, loss])).toEqual([
    [0, 0.09],
    [1, 0.061],
    [2, 0.055]
  ])
  expect(read.map(({ law }) => lawConstants(law).map(({ value }) => value))).toEqual([
    values(simple),
    values(judged),
    values(two)
  ])
  expect(read.map(({ law }) => law)).toEqual([simple.formula, judged.formula, two.formula])
  expect(read.map(({ validationLoss }) => validationLoss)).toEqual([NaN, 0.058, NaN])
  expect([...places]).toEqual([[judged, 1]])
})

test('refitted constants replace those of their law alone', () => {
  const { kept } = keepLaws([simple, bent, two], [])
  const better = law('delta = (e + 0.075 * M_i) ^ 0.82 - 0.52, e = sum(0.031 * (M_j + 0.25) * exp(-0.11 * r))', 0.05)
  const read = [...readKeptLaws(withConstantsOf(kept, [{ place: 1, law: better }]))]
  expect(read.map(({ law }) => law)).toEqual([simple.formula, better.formula, two.formula])
  expect(read.map(({ loss }) => loss)).toEqual([0.09, 0.05, 0.055])
})
