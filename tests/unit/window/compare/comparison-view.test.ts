import Papa from 'papaparse'
import { expect, test } from 'vitest'
import type { FrontEntry, LawReport, ModelReport, RunResult } from '../../../../src-shared/contract.ts'
import { runResult } from '../../../fixtures/run-config.ts'
import { errorSummary, nearestPoint, rowsOf } from '../../../../src-renderer/compare/rows.ts'
import { comparisonCsv, comparisonLatex } from '../../../../src-renderer/compare/export.ts'
import {
  bestModel,
  excludesZero,
  inMethodOrder,
  modelLabel,
  presentSets,
  sortModels
} from '../../../../src-renderer/state/models.ts'
import { markConstants } from '../../../../src-renderer/parts/law-latex.ts'
import { entryTexts, frontTexts, lawTexts } from '../../../../src-renderer/state/law-texts.ts'
import { frontScores, paretoFront, staircase, steepestIndex } from '../../../../src-renderer/formula/front.ts'

const models: ModelReport[] = [
  {
    id: 'formula',
    mae: { train: 0.0604, test: 0.0588 },
    ci95: { train: [0.0598, 0.0611], test: [0.0575, 0.0601] },
    parameters: 7,
    complexity: 25,
    text: 'C1 + e, "quoted"'
  },
  { id: 'constant', mae: { train: 0.281, test: 0.294 }, ci95: {}, parameters: 1, text: 'C1' },
  {
    id: 'gnn',
    mae: { train: 0.0512, test: 0.0561 },
    ci95: { test: [0.0549, 0.0573] },
    parameters: 12345,
    text: 'network'
  }
]
const result: RunResult = {
  ...runResult(),
  split: { train: 2, test: 1, ood: 0 },
  models,
  gnnMinusFormula: { test: { difference: -0.0027, ci95: [-0.0036, -0.0018] } }
}

test('the LaTeX table has the sets that hold halos, the best bold, intervals, and the paired difference', () => {
  const table = comparisonLatex(result, 'Delta_20')
  expect(presentSets(result)).toEqual(['train', 'test'])
  expect(table).toContain('\\begin{tabular}{lccrr}')
  expect(table).toContain('Graph network & $\\mathbf{0.0512}$ & $\\mathbf{0.0561}_{0.0549}^{0.0573}$ & 12345 & -- \\\\')
  expect(table).toContain('Constant & $0.2810$ & $0.2940$ & 1 & -- \\\\')
  expect(table).toContain('Network $-$ formula, paired & -- & $-0.0027_{-0.0036}^{-0.0018}$ & & \\\\')
  expect(table).toContain('Delta\\_20')
})

test('the CSV reads back with every digit', () => {
  const rows = Papa.parse<Record<string, string>>(comparisonCsv(result), { header: true, skipEmptyLines: true }).data
  expect(rows.map(({ model }) => model)).toEqual(['constant', 'gnn', 'formula'])
  expect(Number(rows[2].mae_test)).toBe(0.0588)
  expect(rows[2].text).toBe('C1 + e, "quoted"')
  expect(rows[1].low95_train).toBe('')
})

test('rows sort by any column, those without a value last', () => {
  expect(bestModel(models, 'test')).toBe('gnn')
  expect(bestModel(models, 'ood')).toBeNull()
  expect(sortModels(models, 'test', 'ascending').map(({ id }) => id)).toEqual(['gnn', 'formula', 'constant'])
  expect(sortModels(models, 'complexity', 'descending')[0].id).toBe('formula')
  expect(sortModels(models, 'model', 'ascending').map(({ id }) => id)).toEqual(['constant', 'gnn', 'formula'])
  expect(excludesZero([-0.1, 0.2])).toBe(false)
  expect(excludesZero([-0.2, -0.1])).toBe(true)
})

const entry = (complexity: number, loss: number, text = `f${complexity}`): FrontEntry => ({
  complexity,
  loss,
  score: 0,
  text,
  latex: text,
  python: text
})

test('the law is where the loss falls most steeply', () => {
  const front = [entry(1, 1), entry(3, 0.9), entry(5, 0.1), entry(9, 0.09)]
  expect(frontScores(front)[2]).toBeCloseTo(Math.log(9) / 2)
  expect(steepestIndex(front)).toBe(2)
  expect(steepestIndex([entry(1, 1)])).toBe(0)
  expect(steepestIndex([])).toBe(-1)
  // An exact law has a finite score and wins.
  expect(steepestIndex([entry(1, 1), entry(3, 0), entry(5, 0)])).toBe(1)
})

test('dominated entries leave the front', () => {
  const front = paretoFront([entry(5, 0.5), entry(1, 1), entry(7, 0.6), entry(3, 0.5, 'shorter')])
  expect(front.map(({ text }) => text)).toEqual(['f1', 'shorter'])
  expect(staircase(front, 8)).toEqual([
    [1, 1],
    [3, 1],
    [3, 0.5],
    [8, 0.5]
  ])
})

test('halos of a set with both values, their errors, and the one under the cursor', () => {
  const sets = [0, 1, 1, 2]
  const truth = [0, 1, 2, 3]
  const predicted = [0, 1.5, NaN, 3]
  expect([...rowsOf('test', sets, truth, predicted)]).toEqual([1])
  const all = rowsOf(null, sets, truth, predicted)
  expect([...all]).toEqual([0, 1, 3])
  expect(errorSummary(all, truth, predicted)).toEqual({ halos: 3, mae: 0.5 / 3, bias: 0.5 / 3 })
  const pixels = Float32Array.of(0, 10, 20)
  expect(nearestPoint(pixels, pixels, { x: 12, y: 11 }, 8)).toBe(1)
  expect(nearestPoint(pixels, pixels, { x: 40, y: 11 }, 8)).toBe(-1)
})

test('fitted constants are marked in the LaTeX and rounded to the digits that their errors support', () => {
  const constants = [
    { name: 'C1', value: -0.40612, standardError: 0.0021 },
    { name: 'C2', value: 16.72, standardError: 0.4 },
    { name: 'C3', value: 2.31e-7, standardError: null }
  ]
  const marked = (name: string, value: string) => `\\htmlData{constant=${name}}{${value}}`
  expect(markConstants('-0.4061 + r_{12}^{16.72}', constants)).toBe(
    `-${marked('C1', '0.4061')} + r_{12}^{${marked('C2', '16.7')}}`
  )
  expect(markConstants('2.31 \\times 10^{-7} x^{2} + 3.5', constants)).toBe(
    `${marked('C3', '2.31\\times10^{-7}')} x^{2} + 3.5`
  )
  expect(
    markConstants('3 x^{2} - 12', [
      { name: 'C4', value: 3.00001, standardError: 0.2 },
      { name: 'C5', value: 12.3, standardError: 1 }
    ])
  ).toBe(`${marked('C4', '3.00')} x^{2} - 12`)
  expect(markConstants('C_{1} + C_2 x', constants)).toBe(`${marked('C1', 'C_{1}')} + ${marked('C2', 'C_2')} x`)
})

test('hand-measured laws follow the models, by their number, in the table and in exports', () => {
  const law: LawReport = { ...models[0], id: 'law-12', asked: 'sum(M_j)', formula: result.formula, text: 'C1 * e' }
  const all = [law, ...models]
  expect(inMethodOrder(all).map(({ id }) => id)).toEqual(['constant', 'gnn', 'formula', 'law-12'])
  expect(modelLabel('law-12')).toBe('Law 12')
  expect(comparisonLatex({ ...result, models: all }, 'delta')).toContain('Law 12 & $')
  expect(
    comparisonCsv({ ...result, models: all })
      .trimEnd()
      .split('\r\n')
      .at(-1)
  ).toMatch(/^law-12,0\.0604,.*C1 \* e$/)
})

test('a copied law or front is complete, and languages that it lacks are left empty', () => {
  const entry: FrontEntry = {
    complexity: 3,
    loss: 0.25,
    score: 0.1,
    text: 'M_j / r',
    latex: '\\frac{M_j}{r}',
    python: 'M_j / r'
  }
  const texts = new Map(entryTexts({ ...entry, c: 'M_j / r' }).map(({ label, text }) => [label, text]))
  expect([...texts.keys()]).toEqual(['Text', 'LaTeX', 'Python (NumPy)', 'SymPy', 'Julia', 'C', 'JSON'])
  expect([texts.get('C'), texts.get('Julia')]).toEqual(['M_j / r', undefined])
  expect(JSON.parse(texts.get('JSON')!)).toEqual({ ...entry, c: 'M_j / r' })
  const [table, json] = frontTexts([entry])
  expect(table.text).toContain('3 & $0.2500$ & $0.1000$ & $\\displaystyle \\frac{M_j}{r}$ \\\\')
  expect(JSON.parse(json.text!)).toEqual([entry])
  const law = lawTexts({ ...result.formula, text: 'delta = e' }, models[0]).find(({ label }) => label === 'JSON')
  expect(JSON.parse(law!.text!)).toMatchObject({ text: 'delta = e', complexity: 25, mae: { test: 0.0588 } })
})
